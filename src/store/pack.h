/*
 * Fixed layouts, byte by byte: integers little-endian, texts as one byte of
 * length and their bytes.  In keys, which sort as bytes, times are big-endian
 * and texts end with NUL.
 */
#ifndef STORE_PACK_H
#define STORE_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* Writing, into room that the layout's ceiling makes large enough. */
struct pack {
	unsigned char *p;
	size_t n, cap;
};

void pack_u8(struct pack *w, unsigned v);
void pack_u32(struct pack *w, uint32_t v);
void pack_i64(struct pack *w, int64_t v);
void pack_double(struct pack *w, double v);
void pack_text(struct pack *w, const char *s,
	       size_t size); /* of char s[size] */
/* The same with two bytes of length. */
void pack_long_text(struct pack *w, const char *s, size_t size);
void pack_bytes(struct pack *w, const void *p, size_t n);
void pack_u32_be(struct pack *w, uint32_t v);
void pack_time_be(struct pack *w, int64_t ms); /* negative counts as 0 */
void pack_textz(struct pack *w, const char *s, size_t size);
/* An id: 'u' and the 16 bytes of a UUID, or 't', any other text and NUL.  No
 * id's bytes begin those of another. */
void pack_id(struct pack *w, const char *id, size_t size);
struct str pack_str(const struct pack *w);

/* Reading hostile bytes: what is not there reads as 0 and sets bad. */
struct unpack {
	const unsigned char *p;
	size_t n;
	bool bad;
};

unsigned unpack_u8(struct unpack *r);
uint32_t unpack_u32(struct unpack *r);
int64_t unpack_i64(struct unpack *r);
double unpack_double(struct unpack *r); /* bad unless finite */
/* Into char out[size]; bad when it does not fit or has a NUL inside. */
void unpack_text(struct unpack *r, char *out, size_t size);
void unpack_long_text(struct unpack *r, char *out, size_t size);
uint32_t unpack_u32_be(struct unpack *r);
int64_t unpack_time_be(struct unpack *r);
void unpack_textz(struct unpack *r, char *out, size_t size);
/* Bad also when a UUID was not written as one. */
void unpack_id(struct unpack *r, char *out, size_t size);
/* Nothing was bad and nothing is left: 0, else -1. */
int unpack_end(const struct unpack *r);

#endif
