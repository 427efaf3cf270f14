/* What the readers of all dialects share: ask.c, ask_other.c. */
#ifndef DEMO_ASK_IMPL_H
#define DEMO_ASK_IMPL_H

#include "demo/ask.h"

typedef int ask_reader(struct ask *a, struct err *e);

int ask_bad(struct err *e, const char *what);
/* Counts a line and adds it to text (NULL: it is only counted). */
void ask_line(struct ask *a, struct buf *text, struct str line);
/* The member of this name: at least 1, or absent. */
int ask_limit(struct ask *a, const char *name, struct err *e);
/* The member of this name: a string or a few of them. */
int ask_stops(struct ask *a, const char *name, struct err *e);
ask_reader ask_stream, ask_completion_limit, ask_completion_stops;

/* ask_other.c; each ends in NULL. */
extern ask_reader *const ask_completions[], *const ask_responses[],
						*const ask_messages[];

#endif
