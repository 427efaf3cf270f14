#include "store/pack.h"

#include <assert.h>
#include <math.h>
#include <string.h>

void pack_bytes(struct pack *w, const void *p, size_t n)
{
	assert(n <= w->cap - w->n);
	memcpy(w->p + w->n, p, n);
	w->n += n;
}

static void pack_le(struct pack *w, uint64_t v, size_t n)
{
	unsigned char b[8];

	for (size_t i = 0; i < n; i++)
		b[i] = (unsigned char)(v >> (8 * i));
	pack_bytes(w, b, n);
}

static void pack_be(struct pack *w, uint64_t v, size_t n)
{
	unsigned char b[8];

	for (size_t i = 0; i < n; i++)
		b[i] = (unsigned char)(v >> (8 * (n - 1 - i)));
	pack_bytes(w, b, n);
}

void pack_u8(struct pack *w, unsigned v)
{
	pack_le(w, v, 1);
}

void pack_u32(struct pack *w, uint32_t v)
{
	pack_le(w, v, 4);
}

void pack_i64(struct pack *w, int64_t v)
{
	pack_le(w, (uint64_t)v, 8);
}

void pack_double(struct pack *w, double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	pack_le(w, bits, 8);
}

void pack_text(struct pack *w, const char *s, size_t size)
{
	size_t n = strnlen(s, size - 1);

	assert(n <= 255);
	pack_u8(w, (unsigned)n);
	pack_bytes(w, s, n);
}

void pack_u32_be(struct pack *w, uint32_t v)
{
	pack_be(w, v, 4);
}

void pack_time_be(struct pack *w, int64_t ms)
{
	pack_be(w, ms > 0 ? (uint64_t)ms : 0, 8);
}

void pack_textz(struct pack *w, const char *s, size_t size)
{
	pack_bytes(w, s, strnlen(s, size - 1));
	pack_u8(w, 0);
}

struct str pack_str(const struct pack *w)
{
	return (struct str){(const char *)w->p, w->n};
}

/* The next n bytes, or NULL. */
static const unsigned char *take(struct unpack *r, size_t n)
{
	const unsigned char *p = r->p;

	if (r->bad || n > r->n) {
		r->bad = true;
		return NULL;
	}
	r->p += n;
	r->n -= n;
	return p;
}

static uint64_t unpack_le(struct unpack *r, size_t n)
{
	const unsigned char *p = take(r, n);
	uint64_t v = 0;

	for (size_t i = 0; p && i < n; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

static uint64_t unpack_be(struct unpack *r, size_t n)
{
	const unsigned char *p = take(r, n);
	uint64_t v = 0;

	for (size_t i = 0; p && i < n; i++)
		v = v << 8 | p[i];
	return v;
}

unsigned unpack_u8(struct unpack *r)
{
	return (unsigned)unpack_le(r, 1);
}

uint32_t unpack_u32(struct unpack *r)
{
	return (uint32_t)unpack_le(r, 4);
}

int64_t unpack_i64(struct unpack *r)
{
	return (int64_t)unpack_le(r, 8);
}

double unpack_double(struct unpack *r)
{
	uint64_t bits = unpack_le(r, 8);
	double v;

	memcpy(&v, &bits, sizeof(v));
	if (isfinite(v))
		return v;
	r->bad = true;
	return 0;
}

static void copy_text(struct unpack *r, char *out, size_t size, size_t n)
{
	const unsigned char *p = take(r, n);

	memset(out, 0, size);
	if (!p)
		return;
	if (n >= size || memchr(p, 0, n))
		r->bad = true;
	else
		memcpy(out, p, n);
}

void unpack_text(struct unpack *r, char *out, size_t size)
{
	copy_text(r, out, size, unpack_u8(r));
}

uint32_t unpack_u32_be(struct unpack *r)
{
	return (uint32_t)unpack_be(r, 4);
}

int64_t unpack_time_be(struct unpack *r)
{
	uint64_t v = unpack_be(r, 8);

	if (v <= INT64_MAX)
		return (int64_t)v;
	r->bad = true;
	return 0;
}

void unpack_textz(struct unpack *r, char *out, size_t size)
{
	const unsigned char *nul = r->n ? memchr(r->p, 0, r->n) : NULL;

	if (!nul)
		r->bad = true;
	copy_text(r, out, size, nul ? (size_t)(nul - r->p) : 0);
	take(r, 1);
}

int unpack_end(const struct unpack *r)
{
	return r->bad || r->n ? -1 : 0;
}
