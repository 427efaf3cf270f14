/*
 * How backends count the tokens of a prompt without generating anything
 * (messages-api §15): a kind of tokenizer for each flavour, each one or two
 * questions (steps) below the root of the server, and what is to be read from
 * the answers.
 */
#ifndef PROTO_TOKENIZE_H
#define PROTO_TOKENIZE_H

#include "proto/openai_request.h"

enum tokenizer {
	TOKENIZER_NONE,
	TOKENIZER_VLLM,	     /* /tokenize */
	TOKENIZER_LLAMACPP,  /* /apply-template, what that gives to /tokenize */
	TOKENIZER_TGI,	     /* /chat_tokenize */
	TOKENIZER_SGLANG,    /* /v1/messages/count_tokens, blind for images */
	TOKENIZER_ANTHROPIC, /* the same, of those who see them */
	TOKENIZERS
};

enum tokenizer tokenizer_of(enum flavour f);
/* The path, below the server's root, that a step is posted to. */
const char *tokenize_path(enum tokenizer t, unsigned step);
/* Can this request be counted by t at all?  What t does not count of it is
 * tokenize_uncounted(). */
bool tokenize_can(enum tokenizer t, const struct chat_request *r,
		  const struct openai_target *target);

/* The body of the first step.  doc is what r was read from. */
void tokenize_request_write(struct buf *out, enum tokenizer t,
			    const struct chat_request *r,
			    const struct jdoc *doc,
			    const struct openai_target *target,
			    struct arena *a);
/* Tokens of those parts of the prompt that t does not count: images. */
int64_t tokenize_uncounted(enum tokenizer t, const struct chat_request *r,
			   const struct openai_target *target);

/* Is this count so small that the tools of r cannot be in it?  Old servers and
 * templates without tools leave them out silently. */
bool tokenize_lacks_tools(const struct chat_request *r, int64_t tokens);

struct tokenize_count {
	int64_t tokens;
	int64_t context_window; /* 0: not said */
};

enum tokenize_result {
	TOKENIZE_COUNTED, /* *count is filled */
	TOKENIZE_MORE,	  /* *next is the body of the next step */
	TOKENIZE_NONSENSE /* it told nothing that can be believed */
};

/* Reads the answer to a step.  next must not hold the answer. */
enum tokenize_result tokenize_reply_read(enum tokenizer t, unsigned step,
					 struct str answer, struct str model,
					 struct buf *next,
					 struct tokenize_count *count);

#endif
