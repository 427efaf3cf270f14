/* POST /v1/messages (messages-api §§2-3). */
#ifndef RELAY_MESSAGES_H
#define RELAY_MESSAGES_H

#include "web/route.h"

enum route_result messages_create(struct app *app, struct request *r,
				  const struct route_args *args);

#endif
