/* OpenAI's endpoints, passed through (messages-api §17). */
#ifndef RELAY_OPENAI_H
#define RELAY_OPENAI_H

#include "app/app.h"
#include "web/route.h"

/* POST; the path (relay/path.h), or its end behind a deployment, says which. */
enum route_result openai_create(struct app *app, struct request *r,
				const struct route_args *args);

#endif
