/*
 * What a key may learn about itself: GET /v1/me, /v1/usage and /v1/key-info, in
 * the shapes that claude-relay-service's clients know.
 */
#ifndef RELAY_KEY_USAGE_H
#define RELAY_KEY_USAGE_H

#include "web/route.h"

enum route_result key_me_get(struct app *app, struct request *r,
			     const struct route_args *args);
enum route_result key_usage_get(struct app *app, struct request *r,
				const struct route_args *args);
enum route_result key_info_get(struct app *app, struct request *r,
			       const struct route_args *args);

#endif
