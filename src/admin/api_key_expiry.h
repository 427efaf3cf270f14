/* When a key ends: at a date, or some time after its first use. */
#ifndef ADMIN_API_KEY_EXPIRY_H
#define ADMIN_API_KEY_EXPIRY_H

#include "base/json.h"
#include "store/api_key.h"

/* expirationMode ("fixed", "activation"), activationDays, activationUnit
 * ("days", "hours"), expiresAt; what is absent stays. */
int api_key_read_expiry(struct api_key *k, const cJSON *body, struct err *e);
void api_key_write_expiry(cJSON *o, const struct api_key *k);

#endif
