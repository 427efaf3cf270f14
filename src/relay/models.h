/*
 * GET /v1/models and /v1/models/{id}: what clients may ask for, each entry in
 * Anthropic's and in OpenAI's form at once (messages-api §16).
 */
#ifndef RELAY_MODELS_H
#define RELAY_MODELS_H

#include "web/route.h"

enum route_result models_list(struct app *app, struct request *r,
			      const struct route_args *args);
enum route_result models_get(struct app *app, struct request *r,
			     const struct route_args *args);

#endif
