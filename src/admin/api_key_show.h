/* API keys as administrators see them. */
#ifndef ADMIN_API_KEY_SHOW_H
#define ADMIN_API_KEY_SHOW_H

#include "app/app.h"
#include "base/json.h"
#include "store/api_key.h"

/* "active", "waiting" (for its first use), "inactive" or "expired". */
const char *api_key_status(const struct api_key *k, int64_t now_ms);
int64_t api_key_last_used(struct app *app, const struct api_key *k);
/* What was configured, and what is known of it just now. */
cJSON *api_key_show(struct app *app, const struct api_key *k);

#endif
