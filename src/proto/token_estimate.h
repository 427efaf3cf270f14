/* The estimate of messages-api §15 step 4. */
#ifndef PROTO_TOKEN_ESTIMATE_H
#define PROTO_TOKEN_ESTIMATE_H

#include "proto/chat.h"

/* Tokens of a request's prompt; leans high; at least 1. */
int64_t token_estimate_request(const struct chat_request *r);
/* Those of its images, and of its tools, alone; 0: there are none. */
int64_t token_estimate_images(const struct chat_request *r);
int64_t token_estimate_tools(const struct chat_request *r);
/* Tokens of decoded text, fraction kept: sum, then round up. */
double token_estimate_text(struct str text);

#endif
