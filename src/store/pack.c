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

void pack_long_text(struct pack *w, const char *s, size_t size)
{
	size_t n = strnlen(s, size - 1);

	assert(n <= UINT16_MAX);
	pack_le(w, n, 2);
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

enum { UUID_BYTES = 16, UUID_CHARS = 36 };

/* Of the text of a UUID: 8-4-4-4-12 digits (RFC 9562, 4). */
static bool is_dash(size_t at)
{
	return at == 8 || at == 13 || at == 18 || at == 23;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Only lower case counts, so that every id has one form. */
static bool uuid_parse(const char *id, size_t n, unsigned char out[UUID_BYTES])
{
	size_t digits = 0;

	if (n != UUID_CHARS)
		return false;
	memset(out, 0, UUID_BYTES);
	for (size_t i = 0; i < n; i++) {
		int digit = hex_digit(id[i]);

		if (is_dash(i) ? id[i] != '-' : digit < 0)
			return false;
		if (is_dash(i))
			continue;
		out[digits / 2] |=
		    (unsigned char)(digits % 2 ? digit : digit << 4);
		digits++;
	}
	return true;
}

static void uuid_print(const unsigned char uuid[UUID_BYTES],
		       char out[UUID_CHARS + 1])
{
	size_t digits = 0;

	for (size_t i = 0; i < UUID_CHARS; i++) {
		unsigned byte = uuid[digits / 2];

		if (is_dash(i)) {
			out[i] = '-';
			continue;
		}
		out[i] =
		    "0123456789abcdef"[digits++ % 2 ? byte & 15 : byte >> 4];
	}
	out[UUID_CHARS] = '\0';
}

void pack_id(struct pack *w, const char *id, size_t size)
{
	unsigned char uuid[UUID_BYTES];

	if (uuid_parse(id, strnlen(id, size - 1), uuid)) {
		pack_u8(w, 'u');
		pack_bytes(w, uuid, sizeof(uuid));
	} else {
		pack_u8(w, 't');
		pack_textz(w, id, size);
	}
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

void unpack_long_text(struct unpack *r, char *out, size_t size)
{
	copy_text(r, out, size, unpack_le(r, 2));
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

void unpack_id(struct unpack *r, char *out, size_t size)
{
	unsigned char uuid[UUID_BYTES];
	unsigned form = unpack_u8(r);
	const unsigned char *p;

	memset(out, 0, size);
	if (form == 't') {
		unpack_textz(r, out, size);
		if (uuid_parse(out, strlen(out), uuid))
			r->bad = true;
		return;
	}
	p = take(r, UUID_BYTES);
	if (!p || form != 'u' || size <= UUID_CHARS)
		r->bad = true;
	else
		uuid_print(p, out);
}

int unpack_end(const struct unpack *r)
{
	return r->bad || r->n ? -1 : 0;
}
