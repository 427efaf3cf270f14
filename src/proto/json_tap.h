/*
 * Follows one JSON text while its bytes go by in pieces of any size: values
 * are found by their path, some are handed over, and strings at some places are
 * replaced, without the text ever being collected.  Everything else leaves as
 * it came, byte for byte; so does the rest of a text that turns out to be no
 * JSON (the grammar is checked only as far as finding values needs it).
 */
#ifndef PROTO_JSON_TAP_H
#define PROTO_JSON_TAP_H

#include "base/buf.h"

enum {
	TAP_DEPTH = 256,      /* deeper nested texts are not followed */
	TAP_LEVELS = 10,      /* levels that a path may have */
	TAP_NODES = 64,	      /* rows of a table */
	TAP_KEY_BYTES = 32,   /* longer keys match nothing */
	TAP_KEEP_BYTES = 4096 /* longer values are not handed over */
};

enum tap_what {
	TAP_STEP,   /* part of a path, or to be told that it is there */
	TAP_SPLICE, /* a string here is replaced */
	TAP_KEEP,   /* the value, as written, is handed over once complete */
	TAP_TEXT    /* a string's characters, as written, come in pieces */
};

/* A place.  Row 0 of a table is the text itself; rows of one parent stand
 * together.  What is inside of a kept value is ignored. */
struct tap_node {
	uint8_t parent; /* row */
	uint8_t what;
	const char *key; /* "": the elements of an array */
};

struct tap_table {
	const struct tap_node *nodes;
	size_t n; /* at most TAP_NODES */
	/* A value begins, with this byte. */
	void (*begin)(void *ctx, unsigned node, char first);
	void (*kept)(void *ctx, unsigned node, struct str raw);
	void (*text)(void *ctx, struct str chars);
};

struct json_tap {
	const struct tap_table *table;
	void *ctx;
	struct str replacement; /* a JSON string, borrowed; empty: none */
	struct buf keep;
	uint8_t state;
	uint8_t here;	   /* row of the value that comes next */
	uint8_t keep_here; /* row of the value that is kept */
	uint8_t nkey;
	bool keeping, skipping, texting, escape;
	unsigned depth, keep_depth;
	uint8_t first[TAP_NODES];	/* row of the first child */
	uint8_t rows[TAP_LEVELS];	/* of the open containers */
	uint8_t objects[TAP_DEPTH / 8]; /* bits: which are objects */
	char key[TAP_KEY_BYTES];
};

void json_tap_init(struct json_tap *t, const struct tap_table *table,
		   void *ctx);
void json_tap_release(struct json_tap *t);
void json_tap_reset(struct json_tap *t); /* for the next text */
/* The next bytes of the text; what leaves is appended to out. */
void json_tap_feed(struct json_tap *t, struct str bytes, struct buf *out);
/* An object or array has come whole, with nothing but white space after it. */
bool json_tap_complete(const struct json_tap *t);

#endif
