/*
 * The demo's tokens: a token is a word, a run of bytes other than space, tab,
 * CR and LF.
 */
#ifndef DEMO_WORDS_H
#define DEMO_WORDS_H

#include "base/str.h"

int64_t words_count(struct str s);
/* Words that begin in s; *inside says whether the text before s ended in the
 * middle of a word, and is kept up to date. */
int64_t words_begun(struct str s, bool *inside);
/* The prefix of s that holds at most n words. */
struct str words_head(struct str s, int64_t n);
/* Bytes of the first n characters of s (UTF-8), at most s.n. */
size_t words_chars(struct str s, int64_t n);

#endif
