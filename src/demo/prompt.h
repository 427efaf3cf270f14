/* What the last user message tells the demo to do, and what is left of it. */
#ifndef DEMO_PROMPT_H
#define DEMO_PROMPT_H

#include "base/buf.h"

enum { PROMPT_CALLS = 16 };

struct wanted_call {
	size_t name_at, name_n; /* places in the text of the prompt */
	size_t args_at, args_n; /* args_n == 0: {} */
};

struct prompt {
	struct buf text;  /* without [[demo: ...]] and <system-reminder> */
	struct buf think; /* contents of `think: ...` lines */
	struct buf rest;  /* text without those lines and without the calls */
	struct wanted_call call[PROMPT_CALLS];
	size_t ncalls;
};

/* with_calls: look for `call tool NAME {json}`. */
void prompt_read(struct prompt *p, struct str user, bool with_calls);
void prompt_release(struct prompt *p);
struct str prompt_call_name(const struct prompt *p, size_t i);
struct str prompt_call_args(const struct prompt *p, size_t i);

#endif
