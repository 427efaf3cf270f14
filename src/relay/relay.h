/* The endpoints of clients: everything that is not the admin interface. */
#ifndef RELAY_RELAY_H
#define RELAY_RELAY_H

#include "app/app.h"
#include "web/request.h"

/* Answers the request or takes it to a loop; frees it in the end. */
void relay_serve(struct app *app, struct request *r);

#endif
