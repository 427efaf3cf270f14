/* What every endpoint asks of a request's body before it is read. */
#ifndef RELAY_BODY_H
#define RELAY_BODY_H

#include "app/app.h"
#include "web/request.h"

/* ERR_TOO_LARGE above the ceiling, ERR_BAD_REQUEST when a part is missing. */
int body_check(const struct app *app, const struct request *r, struct err *e);

#endif
