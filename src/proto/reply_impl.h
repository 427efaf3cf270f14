/* What a kind of reply implements; its struct begins with a struct reply. */
#ifndef PROTO_REPLY_IMPL_H
#define PROTO_REPLY_IMPL_H

#include "proto/reply.h"

struct reply_ops {
	void (*free)(struct reply *r);
	/* feed and eof are not called once the state is DONE or FAILED. */
	enum reply_state (*feed)(struct reply *r, struct str bytes,
				 struct buf *out, struct err *e);
	enum reply_state (*eof)(struct reply *r, struct buf *out,
				struct err *e);
	void (*finish)(struct reply *r, struct buf *out);
	void (*fail)(struct reply *r, const struct err *e,
		     struct str request_id, struct buf *out);
	void (*ping)(struct reply *r, struct buf *out);
	bool (*streams)(const struct reply *r);
	bool (*visible)(const struct reply *r);
	const struct usage *(*usage)(const struct reply *r);
	const char *(*stop_reason)(const struct reply *r);
	unsigned (*notes)(const struct reply *r);
};

struct reply {
	const struct reply_ops *ops;
	enum reply_state state;
	struct upstream_verdict verdict;
	bool usage_early; /* usage came before the end */
};

/* May it be fed still? */
bool reply_going(const struct reply *r);
/* Fails as the backend's fault, in words for the client; before anything is
 * visible another account may be tried. */
enum reply_state reply_spoiled(struct reply *r, struct err *e, const char *why);
/* Fails with an error object in place of the answer, or of its rest. */
enum reply_state reply_error_object(struct reply *r, struct str error,
				    int64_t max_tokens, struct err *e);

#endif
