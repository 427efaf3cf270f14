/* Short answers of the client-facing endpoints, in the endpoint's dialect. */
#ifndef RELAY_ANSWER_H
#define RELAY_ANSWER_H

#include "base/err.h"
#include "web/request.h"
#include "web/response.h"

/* Does this path speak OpenAI's dialect (messages-api §17)? */
bool answer_is_openai(struct str path);
/* OpenAI's clients do not know 529. */
int answer_status(struct str path, const struct err *e);
/* The error's body in the dialect of the path. */
void answer_error_body(struct buf *out, struct str path, const struct err *e,
		       struct str request_id);
/* A whole error answer from a worker; at most one more header with it. */
void answer_error(struct request *r, const struct err *e);
void answer_error_with(struct request *r, const struct err *e,
		       const struct response_header *more, size_t nmore);
void answer_json(struct request *r, int status, struct str body);

#endif
