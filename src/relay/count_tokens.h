/* POST /v1/messages/count_tokens (messages-api §15). */
#ifndef RELAY_COUNT_TOKENS_H
#define RELAY_COUNT_TOKENS_H

#include "web/route.h"

enum route_result count_tokens(struct app *app, struct request *r,
			       const struct route_args *args);

#endif
