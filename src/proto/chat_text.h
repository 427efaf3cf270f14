/*
 * Looking at JSON string contents (escapes kept) without decoding them whole:
 * text is relayed as the client wrote it, only its edges are examined.
 */
#ifndef PROTO_CHAT_TEXT_H
#define PROTO_CHAT_TEXT_H

#include "base/str.h"

/* Takes one unit off *rest: a byte, or the UTF-16 unit of an escape; -1 at the
 * end. */
int chat_text_next(struct str *rest);
bool chat_text_blank(struct str chars); /* nothing but white space */
/* Does chars, after leading white space, start with prefix (ASCII)?  *rest
 * (may be NULL) gets what stands behind it. */
bool chat_text_starts(struct str chars, const char *prefix, struct str *rest);
bool chat_text_istarts(struct str chars, const char *prefix); /* any case */
/* Length of chars without white space at its end. */
size_t chat_text_trimmed(struct str chars);
/* Without the line `x-anthropic-billing-header: ...` at its start (§5.1). */
struct str chat_text_without_attribution(struct str chars);

#endif
