/* Feeds a reply as the relay does, in pieces of any size. */
#ifndef SUPPORT_REPLY_RUN_H
#define SUPPORT_REPLY_RUN_H

#include "proto/chat_reply.h"

struct reply_result {
	struct buf out;
	struct buf content; /* what was kept of it */
	struct err error;   /* ERR_NONE: it succeeded */
	bool visible;	    /* before the failure */
	struct usage usage;
	char stop_reason[32];
	unsigned notes;
	struct upstream_verdict verdict;
};

/* Gives the length of the next piece (at least 1 of left). */
typedef size_t reply_cut(void *ctx, size_t left);

void reply_result_release(struct reply_result *r);
/* start: message_start is asked for before the first byte. */
void reply_run(struct reply_result *r, const struct chat_reply_params *params,
	       struct str bytes, bool start, reply_cut *cut, void *ctx);
/* The same for any reply, which is freed; r->out may hold something. */
void reply_drive(struct reply_result *r, struct reply *reply, struct str bytes,
		 reply_cut *cut, void *ctx);
size_t reply_cut_none(void *ctx, size_t left);
size_t reply_cut_bytes(void *ctx, size_t left);

#endif
