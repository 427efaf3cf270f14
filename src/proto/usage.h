/* Tokens of one answer, as Anthropic counts them (messages-api §11.6). */
#ifndef PROTO_USAGE_H
#define PROTO_USAGE_H

#include <stdbool.h>
#include <stdint.h>

struct usage {
	int64_t input;	     /* prompt tokens that no cache served */
	int64_t output;	     /* all generated tokens, thinking included */
	int64_t cache_read;  /* prompt tokens from a cache */
	int64_t cache_write; /* prompt tokens put into a cache */
	int64_t thinking;    /* part of output */
	bool reported;	     /* by the backend; else these are estimates */
};

#endif
