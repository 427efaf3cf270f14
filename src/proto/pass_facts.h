/*
 * What the relay must know of an answer that it only passes on: tokens, why it
 * ended, whether it is an error or the last event.  Learned from the bytes as
 * they go by (proto/json_tap.h); an answer is one JSON text or many events,
 * each of which is one.
 */
#ifndef PROTO_PASS_FACTS_H
#define PROTO_PASS_FACTS_H

#include "proto/json_tap.h"
#include "proto/usage.h"

enum pass_kind { /* which endpoint's answer */
		 PASS_CHAT,
		 PASS_COMPLETIONS,
		 PASS_EMBEDDINGS,
		 PASS_RESPONSES,
		 PASS_MESSAGES
};

enum { PASS_WORD_BYTES = 32, PASS_CHOICES = 64 /* that are told apart */ };

struct pass_facts {
	struct json_tap tap;
	enum pass_kind kind;

	/* The text at hand. */
	bool begun, has_choices, has_choice, has_usage, has_error;
	bool choice_finished;
	int64_t choice_index;
	char type[PASS_WORD_BYTES], object[PASS_WORD_BYTES];
	struct buf error; /* its error object, as written */

	/* The answer so far. */
	struct usage usage;
	unsigned told; /* enum usage_told */
	char stop_reason[PASS_WORD_BYTES];
	uint64_t started, finished;    /* choices, bits */
	uint64_t narrow, wide, widest; /* characters of generated text */
};

/* model: the JSON string that takes the place of the answer's own, borrowed;
 * empty: none does. */
void pass_facts_init(struct pass_facts *f, enum pass_kind kind,
		     struct str model);
void pass_facts_release(struct pass_facts *f);

/* The next bytes of the text at hand; what leaves is appended to out. */
void pass_facts_feed(struct pass_facts *f, struct str bytes, struct buf *out);
/* The text at hand is complete: the facts below may be asked for. */
void pass_facts_end(struct pass_facts *f);
void pass_facts_next(struct pass_facts *f); /* forgets it; another follows */

bool pass_facts_is_error(const struct pass_facts *f);
/* The last event of an answer (not for chat/completions: [DONE] is no JSON). */
bool pass_facts_is_last(const struct pass_facts *f);
/* An event that has nothing but usage (stream_options.include_usage). */
bool pass_facts_is_usage(const struct pass_facts *f);
/* Every choice that began has said why it ended. */
bool pass_facts_finished(const struct pass_facts *f);
/* Puts estimates where the backend told nothing. */
void pass_facts_settle(struct pass_facts *f, int64_t input_estimate);

#endif
