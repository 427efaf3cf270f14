/* What the plays of all dialects share: script.c, script_*.c. */
#ifndef DEMO_SCRIPT_IMPL_H
#define DEMO_SCRIPT_IMPL_H

#include "demo/script.h"

/* The next fragment of text; the last one when s->at reaches its end. */
struct str script_fragment(struct script *s, struct str text);
void script_next(struct script *s); /* the next phase begins */
void script_end_lines(const struct script *s, struct buf *out);
/* OpenAI's usage object. */
void script_usage(struct buf *out, const struct answer *a,
		  const struct switches *sw, int64_t completion);
bool script_usage_is(const struct switches *sw, const char *word);
script_phase script_done; /* [DONE] */

typedef void script_wholly(const struct answer *a, const struct switches *sw,
			   struct buf *out);

/* Each ends in NULL. */
extern script_phase *const script_completions[], *const script_responses[],
						     *const script_messages[];
script_wholly script_completions_whole, script_responses_whole,
    script_messages_whole;

#endif
