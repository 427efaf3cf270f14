/*
 * Requests that go upstream as the client wrote them: what the relay must know
 * of one, and its bytes with another model's name in them (messages-api §17).
 */
#ifndef PROTO_PASS_REQUEST_H
#define PROTO_PASS_REQUEST_H

#include "proto/chat.h"
#include "proto/pass_facts.h"

/* Beside struct chat_request. */
struct pass_request {
	/* In: the model that the path names, for a body that names none;
	 * empty: it does not. */
	struct str path_model;
	bool single;		/* asks for one choice */
	int64_t input_estimate; /* tokens */
};

/*
 * Reads a body that is passed on: that it is an object with a model, and
 * of *out what the relay itself asks (model, stream, max_tokens, images).
 * doc receives the parse; doc, body and a must outlive *out.  ERR_BAD_REQUEST.
 */
int pass_request_read(struct chat_request *out, struct pass_request *more,
		      struct jdoc *doc, struct str body, struct arena *a,
		      struct err *e);

/*
 * Appends the body that doc was parsed from, with each top-level `model`, in
 * letters of any case, replaced (model empty: as it is) or, where there is
 * none, added.  add_usage
 * asks for usage in a stream (stream_options.include_usage) unless the client
 * said whether it wants it; true when that was added.
 */
bool pass_request_write(struct buf *out, const struct jdoc *doc,
			struct str model, bool add_usage);

#endif
