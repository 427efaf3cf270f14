/* Context overflow in the words of each backend (messages-api §14.4). */
#ifndef PROTO_OVERFLOW_H
#define PROTO_OVERFLOW_H

#include "base/err.h"
#include "proto/error_facts.h"

struct overflow { /* tokens, 0: not said */
	int64_t prompt, context, asked;
	/* prompt is a lower bound: vLLM stops counting where the answer that
	 * was asked for does not fit any more. */
	bool at_least;
};

/* True when the error says that the context was too small. */
bool overflow_read(struct overflow *o, const struct error_facts *f);
/* The error in the words that clients act on; text is the backend's, cleaned;
 * max_tokens is what was asked of it. */
void overflow_error(const struct overflow *o, struct str text,
		    int64_t max_tokens, struct err *e);

#endif
