/* What there is to say of the table of prices as a whole. */
#ifndef ADMIN_PRICES_ROUTES_H
#define ADMIN_PRICES_ROUTES_H

#include "app/app.h"
#include "base/json.h"

/* {initialized, lastUpdated, modelCount, nextUpdate} */
int pricing_status(struct app *app, cJSON **out, struct err *e);

#endif
