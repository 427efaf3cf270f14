/*
 * A whole answer: what the model "says" to a request, with its exact counts,
 * before it is cut into frames.
 */
#ifndef DEMO_ANSWER_H
#define DEMO_ANSWER_H

#include "base/arena.h"
#include "demo/ask.h"
#include "demo/switches.h"

enum {
	ANSWER_CALLS = 16,
	ANSWER_ECHO_CHARS = 2000, /* of the user's text, at most */
	ANSWER_FILLER_BYTES = 64 * 1024 * 1024
};

/* The text of `chunks=`: one run of words that all answers share. */
struct filler {
	char *p;
	size_t filled;
};

void filler_release(struct filler *f);
/* The first n bytes; n <= ANSWER_FILLER_BYTES.  They never move. */
struct str filler_text(struct filler *f, size_t n);

struct call {
	struct str name, args, id;
};

struct answer {
	struct arena mem;
	uint64_t number; /* of the request, since the start */
	int64_t created; /* seconds since 1970 */
	struct str model;
	struct str reasoning, text;
	struct call call[ANSWER_CALLS];
	size_t ncalls;
	struct str finish;
	struct str stop_reason; /* p == NULL: null */
	int64_t prompt_tokens, reasoning_tokens, completion_tokens;
};

/* Needs number, created and mem set; copies all it keeps.  -1 when the request
 * does not fit the context or asks for too much filler. */
int answer_make(struct answer *a, const struct ask *ask,
		const struct switches *sw, struct filler *f, struct err *e);
void answer_release(struct answer *a);

#endif
