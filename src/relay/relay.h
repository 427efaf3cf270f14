/* The endpoints of clients: everything that is not the admin interface. */
#ifndef RELAY_RELAY_H
#define RELAY_RELAY_H

#include "app/app.h"
#include "web/request.h"

/* The body that a large request may have: that of a stranger ends in 401 and is
 * not kept (fcgi_in_options). */
size_t relay_body_limit(struct app *app, const struct request *r);
/* Answers the request or takes it to a loop; frees it in the end. */
void relay_serve(struct app *app, struct request *r);

#endif
