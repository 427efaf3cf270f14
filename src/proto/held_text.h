/*
 * Text and thinking that came while a tool call was unfinished, in the order
 * in which they came (messages-api §13.3).
 */
#ifndef PROTO_HELD_TEXT_H
#define PROTO_HELD_TEXT_H

#include "base/buf.h"

enum {
	HELD_BYTES = 32 << 20, /* ceiling of all that is held */
	HELD_RUNS = 1 << 16    /* ceiling of changes between the two kinds */
};

struct held_run {
	size_t end; /* in text */
	bool thinking;
};

struct held_text {
	struct buf text;
	struct held_run *runs;
	size_t nruns, cap;
	bool full; /* something was dropped: the answer must fail */
};

void held_text_init(struct held_text *h);
void held_text_release(struct held_text *h);
void held_text_add(struct held_text *h, bool thinking, struct str text);
/* Hands out everything and is empty after. */
void held_text_drain(struct held_text *h,
		     void (*sink)(void *ctx, bool thinking, struct str text),
		     void *ctx);

#endif
