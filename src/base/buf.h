/*
 * Bytes that grow, with a ceiling.  Append freely and test buf_ok() once at
 * the end: an append that would pass the ceiling is dropped whole and the
 * buffer stays marked.  Invariants: len <= cap, len <= max; data[len] is NUL
 * whenever data is not NULL.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/str.h"

struct buf {
	char *data;
	size_t len, cap, max;
	bool full;
};

#define BUF_INIT(limit) ((struct buf){NULL, 0, 0, (limit), false})

void buf_init(struct buf *b, size_t max);
void buf_release(struct buf *b); /* frees the bytes; keeps max */
void buf_reset(struct buf *b);	 /* empty, not full; keeps the memory */
bool buf_ok(const struct buf *b);

void buf_add(struct buf *b, const char *p, size_t n);
void buf_adds(struct buf *b, const char *s);
void buf_addstr(struct buf *b, struct str s);
void buf_addc(struct buf *b, char c);
void buf_addf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void buf_addi(struct buf *b, int64_t v);
/* Drops the first n bytes. */
void buf_consume(struct buf *b, size_t n);
/* Room for n more bytes at the returned place, NULL past the ceiling; the
 * caller then adds what it wrote to len with buf_wrote(). */
char *buf_room(struct buf *b, size_t n);
void buf_wrote(struct buf *b, size_t n);

struct str buf_str(const struct buf *b); /* borrowed until the next append */
/* Gives the bytes, ended by NUL, to the caller (mem_free); b is empty after. */
char *buf_take(struct buf *b, size_t *n);

/* The text as JSON string contents, without and with quotes.  s is UTF-8
 * (invalid bytes become U+FFFD); NUL and controls are escaped. */
void buf_json_chars(struct buf *b, struct str s);
void buf_json(struct buf *b, struct str s);
void buf_base64url(struct buf *b, struct str bytes); /* without padding */
void buf_hex(struct buf *b, struct str bytes);
/* %XX decoding; a malformed escape stays as it is. */
void buf_percent_decoded(struct buf *b, struct str s);

#endif
