#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Chunks double: most requests need one small one. */
enum { FIRST_CHUNK_BYTES = 512, LAST_CHUNK_BYTES = 16 * 1024 };

struct arena_chunk {
	struct arena_chunk *next;
	size_t used, cap;
	max_align_t data[];
};

void arena_release(struct arena *a)
{
	while (a->chunk) {
		struct arena_chunk *next = a->chunk->next;

		mem_free(a->chunk);
		a->chunk = next;
	}
}

static size_t next_chunk(const struct arena *a)
{
	size_t cap = FIRST_CHUNK_BYTES;

	while (a->chunk && cap <= a->chunk->cap && cap < LAST_CHUNK_BYTES)
		cap *= 2;
	return cap;
}

static struct arena_chunk *arena_grow(struct arena *a, size_t n)
{
	size_t usual = next_chunk(a);
	bool large = n > usual / 4;
	size_t cap = large ? n : usual;
	struct arena_chunk *c = mem_alloc(sizeof(*c) + cap);

	c->used = 0;
	c->cap = cap;
	if (large && a->chunk) {
		/* A piece of its own: keep filling the chunk before. */
		c->next = a->chunk->next;
		a->chunk->next = c;
	} else {
		c->next = a->chunk;
		a->chunk = c;
	}
	return c;
}

void *arena_alloc(struct arena *a, size_t n)
{
	size_t align = sizeof(max_align_t);
	struct arena_chunk *c = a->chunk;
	char *p;

	if (n > SIZE_MAX / 2)
		abort();
	n = (n + align - 1) / align * align;
	if (!c || c->cap - c->used < n)
		c = arena_grow(a, n);
	p = (char *)c->data + c->used;
	c->used += n;
	memset(p, 0, n);
	return p;
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		abort();
	return arena_alloc(a, bytes);
}

char *arena_strz(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.n + 1);

	if (s.n)
		memcpy(p, s.p, s.n);
	return p;
}

struct str arena_str(struct arena *a, struct str s)
{
	return (struct str){arena_strz(a, s), s.n};
}

struct str arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	int n;
	char *p;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return STR_NONE;
	p = arena_alloc(a, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return (struct str){p, (size_t)n};
}
