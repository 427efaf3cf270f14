/*
 * JSON as offsets into its source: one pass checks the whole text (grammar,
 * UTF-8, depth, number of values) and records a token for each value, so that
 * readers walk objects without building a tree and every subtree is at hand
 * as the raw slice that the sender wrote: numbers keep all digits, strings
 * keep their escapes, keys keep their order.
 *
 * Values nested deeper than the recorded depth are checked but have no tokens
 * of their own (JSCAN_OPAQUE); their raw slice is still there.
 */
#ifndef BASE_JSCAN_H
#define BASE_JSCAN_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

enum jtype {
	J_NONE, /* no such value */
	J_NULL,
	J_FALSE,
	J_TRUE,
	J_NUMBER,
	J_STRING,
	J_ARRAY,
	J_OBJECT
};

enum jflag {
	JSCAN_ESCAPED = 1, /* the string has a backslash */
	JSCAN_LONE = 2,	   /* the string has an escaped lone surrogate */
	JSCAN_OPAQUE = 4   /* a container whose inside was not recorded */
};

struct jtok {
	uint32_t begin, end; /* source bytes, strings with their quotes */
	uint32_t next;	     /* index of the first token after this value */
	uint8_t type, flags;
};

struct jdoc {
	struct str src; /* borrowed: must outlive the document */
	struct jtok *tok;
	uint32_t ntok, cap;
};

struct jlimits {
	unsigned depth;	   /* nesting allowed, error above */
	unsigned recorded; /* values inside at most so many have tokens */
	uint32_t tokens;   /* error above */
};

/* Requests of clients: 256 levels, 12 of them recorded, 4 million values. */
extern const struct jlimits jscan_request_limits;

/* A value of a document; the root is 0. */
typedef uint32_t jref;
#define JNONE UINT32_MAX

struct jerror {
	const char *detail; /* literal, for people */
	size_t at;	    /* byte offset */
};

void jdoc_init(struct jdoc *d);
void jdoc_release(struct jdoc *d);
/*
 * Parses src (below 4 GB), replacing what d held and reusing its memory.  0,
 * or -1 with *why filled and d empty.
 */
int jdoc_parse(struct jdoc *d, struct str src, const struct jlimits *limits,
	       struct jerror *why);

enum jtype jdoc_type(const struct jdoc *d, jref v); /* J_NONE for JNONE */
unsigned jdoc_flags(const struct jdoc *d, jref v);
struct str jdoc_raw(const struct jdoc *d, jref v); /* as written */
/* Inside of a string's quotes, escapes kept; empty for other types. */
struct str jdoc_chars(const struct jdoc *d, jref v);
bool jdoc_is_null(const struct jdoc *d, jref v); /* absent or null */

/* Member of an object: the last of equal keys; JNONE when absent or when v is
 * no (recorded) object. */
jref jdoc_get(const struct jdoc *d, jref v, const char *key);
/*
 * Walking: for arrays `for (e = jdoc_first(d, a); e != JNONE; e = jdoc_next(d,
 * a, e))` gives elements.  For objects the same loop gives the keys (strings),
 * and jdoc_value(d, key) the value behind one.
 */
jref jdoc_first(const struct jdoc *d, jref container);
jref jdoc_next(const struct jdoc *d, jref container, jref e);
jref jdoc_value(const struct jdoc *d, jref key);
size_t jdoc_count(const struct jdoc *d, jref container);

/* Decoded string: a slice of the source when nothing was escaped, else a copy
 * in the arena.  Lone surrogates become U+FFFD, NUL stays (length counts).
 * Empty with p == NULL when v is no string. */
struct str jdoc_string(const struct jdoc *d, jref v, struct arena *a);
bool jdoc_string_is(const struct jdoc *d, jref v, const char *text);
/* A number without fraction in range (12, 12.0 and 1.2e1 alike): 0 or -1. */
int jdoc_i64(const struct jdoc *d, jref v, int64_t *out);
int jdoc_double(const struct jdoc *d, jref v, double *out);

/*
 * Decodes string contents (as from jdoc_chars) to UTF-8.  *high carries a high
 * surrogate from one piece of a text to the next: a low one at the start of
 * chars joins it, a lone high one at the very end is stored there and not
 * written; 0 means none.  With high == NULL a lone surrogate becomes U+FFFD.
 */
void jscan_unescape(struct buf *out, struct str chars, uint16_t *high);

#endif
