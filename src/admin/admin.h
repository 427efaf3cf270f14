/*
 * The JSON of administrators: sessions, accounts, API keys, figures.  One
 * table of routes; whatever goes wrong is answered in one envelope.
 */
#ifndef ADMIN_ADMIN_H
#define ADMIN_ADMIN_H

#include "app/app.h"
#include "web/request.h"
#include "web/route.h"

/* "/admin", what is below it, and what is below "/web". */
bool admin_owns(struct str path);
/* The largest body that any address here takes (fcgi_in_options). */
size_t admin_body_limit(void);
/* The table of routes, for tests that try each. */
const struct route *admin_routes(size_t *n);
/* Answers the request, logs it and frees it; on a worker. */
void admin_serve(struct app *app, struct request *r);

#endif
