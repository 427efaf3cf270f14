/* POST /v1/embeddings: vectors that follow from the text alone. */
#ifndef DEMO_EMBEDDINGS_H
#define DEMO_EMBEDDINGS_H

#include "demo/demo.h"

/* Answer of a route (reply.c). */
void embeddings_answer(struct demo *d, const struct http_in *in,
		       struct str model, struct reply *r);

#endif
