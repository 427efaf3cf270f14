/* How an account does: shown, and set right again. */
#ifndef ADMIN_ACCOUNT_STATUS_H
#define ADMIN_ACCOUNT_STATUS_H

#include "app/app.h"
#include "base/json.h"
#include "store/account.h"

/* Adds status (active, inactive, paused, rateLimited, unauthorized, error),
 * statusReason, cooldownUntil and inFlight. */
void account_add_status(cJSON *o, struct app *app, const struct account *a);
/* id, status (healthy, error) and message, as CRS words a health-check.  Its
 * server is not asked: that is what a test is for. */
cJSON *account_health_json(struct app *app, const struct account *a);

#endif
