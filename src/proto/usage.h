/* Tokens of one answer, as Anthropic counts them (messages-api §11.6). */
#ifndef PROTO_USAGE_H
#define PROTO_USAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/jscan.h"

struct usage {
	int64_t input;	     /* prompt tokens that no cache served */
	int64_t output;	     /* all generated tokens, thinking included */
	int64_t cache_read;  /* prompt tokens from a cache */
	int64_t cache_write; /* prompt tokens put into a cache */
	int64_t thinking;    /* part of output */
	int64_t searches;    /* of the web, done by the relay */
	bool reported;	     /* by the backend; else these are estimates */
};

/* Which halves a usage object really told. */
enum usage_told { USAGE_TOLD_PROMPT = 1, USAGE_TOLD_OUTPUT = 2 };

/*
 * Reads a backend's usage object, whatever names it uses, and replaces *u.
 * Returns enum usage_told bits; 0, and *u untouched, when it told nothing (no
 * object, every count null or zero).  A prompt of 0 tokens is not told: no
 * backend has answered one.
 */
unsigned usage_read(struct usage *u, const struct jdoc *d, jref object);
/*
 * Reads the usage object of Messages, whose input_tokens leave out what the
 * caches had (unlike prompt_tokens), and whose parts come in several events:
 * *u keeps what this one does not tell.
 */
unsigned usage_read_messages(struct usage *u, const struct jdoc *d,
			     jref object);

#endif
