/*
 * Counting tokens as model servers do it: vLLM's /tokenize, llama.cpp's
 * /apply-template and /tokenize, TGI's /chat_tokenize, and the count_tokens of
 * the Messages API.  Each gives the number that a chat's usage would have.
 */
#ifndef DEMO_TOKENIZER_H
#define DEMO_TOKENIZER_H

#include "demo/demo.h"

/* Answers of routes (reply.c). */
void tokenizer_tokenize(struct demo *d, const struct http_in *in,
			struct str model, struct reply *r);
void tokenizer_template(struct demo *d, const struct http_in *in,
			struct str model, struct reply *r);
void tokenizer_chat(struct demo *d, const struct http_in *in, struct str model,
		    struct reply *r);
void tokenizer_messages(struct demo *d, const struct http_in *in,
			struct str model, struct reply *r);

#endif
