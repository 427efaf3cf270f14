/*
 * Inline think tags (messages-api §13.6): splits the content of a backend
 * without a reasoning parser into thinking and text.  Only the very start of
 * the content may open a thought; after its end everything is text.  Bytes that
 * may still become a tag are held, all others pass at once.
 */
#ifndef PROTO_THINK_SCAN_H
#define PROTO_THINK_SCAN_H

#include "base/str.h"

enum { THINK_HELD_BYTES = 112 };

struct think_scan {
	enum {
		THINK_START,  /* nothing but white space and a tag's start */
		THINK_INSIDE, /* between the tags */
		THINK_CLOSED, /* white space behind the close tag */
		THINK_OFF     /* ordinary text for good */
	} state;
	bool open;	/* without an open tag it is thinking all the same */
	uint8_t tag;	/* which close tag ends it */
	uint8_t nspace; /* START: bytes of white space in held */
	uint8_t nheld;
	char held[THINK_HELD_BYTES];
};

typedef void think_sink(void *ctx, bool thinking, struct str text);

/* on: look for tags at all; open: the prompt ended with an open tag. */
void think_scan_init(struct think_scan *t, bool on, bool open);
void think_scan_feed(struct think_scan *t, struct str text, think_sink *sink,
		     void *ctx);
/* Something else comes between: what is held goes out. */
void think_scan_flush(struct think_scan *t, think_sink *sink, void *ctx);
/* The backend has a reasoning parser of its own: no tags will come. */
void think_scan_separate(struct think_scan *t, think_sink *sink, void *ctx);

#endif
