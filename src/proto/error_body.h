/* Error bodies in the two dialects (messages-api §14.1, §17). */
#ifndef PROTO_ERROR_BODY_H
#define PROTO_ERROR_BODY_H

#include "base/buf.h"
#include "base/err.h"

void error_body_anthropic(struct buf *out, const struct err *e,
			  struct str request_id);
void error_body_openai(struct buf *out, const struct err *e);

#endif
