/*
 * Halves of UTF-16 pairs that stand alone as \u escapes in JSON text.  Some
 * parsers refuse them, others let them through to tokenizers and encoders that
 * fail on them (messages-api §1.5).
 */
#ifndef PROTO_SURROGATES_H
#define PROTO_SURROGATES_H

#include "base/str.h"

/* Offset of the first lone one in JSON text, or in a string's contents; json.n
 * when there is none. */
size_t surrogates_find(struct str json);
/*
 * Makes each \ufffd, in place.  The n bytes begin outside of an escape.
 * Returns how many at the end are the start of an escape or of a pair: more
 * text has to tell what they are.
 */
size_t surrogates_mend(char *json, size_t n);

#endif
