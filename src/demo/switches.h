/*
 * How one answer is paced, shaped and broken: `name=value` words, separated by
 * white space, from the command line (--demo), the request's x-demo field and
 * `[[demo: ...]]` in the last user message, later ones winning.  A value may
 * stand in single or double quotes; a name alone means `name=yes`.
 */
#ifndef DEMO_SWITCHES_H
#define DEMO_SWITCHES_H

#include "base/buf.h"
#include "base/err.h"

struct switches {
	/* pacing; times in milliseconds */
	int64_t chunks, size, delay, first, per, pings;
	bool drip, late_headers;
	/* refusals */
	int64_t status, retry_after, times;
	char *body, *body_type, *message;
	/* faults of a stream; -1: never */
	int64_t cut, hang, end, garbage, error_frame;
	bool reset, no_done, no_finish, no_role, json, crlf, close;
	/* shapes */
	char *usage, *calls, *finish, *reasoning, *tokenizer, *count;
	int64_t cached, context;
};

void switches_init(struct switches *s);
void switches_release(struct switches *s);
int switches_apply(struct switches *s, struct str words, struct err *e);
/* The same for every [[demo: ...]] in text. */
int switches_apply_text(struct switches *s, struct str text, struct err *e);
/* Drops the next [[demo: ...]] of *rest and returns what stood before it. */
struct str switches_cut(struct str *rest, struct str *words);
bool switches_have_fault(const struct switches *s);
void switches_clear_faults(struct switches *s);
/* One line for each switch: name, default, meaning. */
void switches_help(struct buf *out);

#endif
