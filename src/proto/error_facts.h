/*
 * What a backend's error body says, in whichever of the many shapes: message,
 * type, code, parameter (messages-api §14.2).
 */
#ifndef PROTO_ERROR_FACTS_H
#define PROTO_ERROR_FACTS_H

#include "base/buf.h"
#include "base/jscan.h"

enum {
	ERROR_BODY_BYTES = 64 << 10, /* as much of a body is looked at */
	ERROR_WORD_BYTES = 64	     /* longer types and codes are cut */
};

struct error_facts {
	struct buf text; /* the message as written; empty: there is none */
	char type[ERROR_WORD_BYTES], code[ERROR_WORD_BYTES],
	    param[ERROR_WORD_BYTES]; /* "" when absent */
	int status; /* HTTP status that the body itself names, 0: none */
	int64_t prompt_tokens, context_tokens; /* llama.cpp's, 0: absent */
};

void error_facts_read(struct error_facts *f, struct str body);
void error_facts_release(struct error_facts *f);

/* Appends text without what looks like a key, an address or a control
 * character, at most max bytes. */
void error_clean(struct buf *out, struct str text, size_t max);

#endif
