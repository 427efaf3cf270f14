/*
 * Memory that is freed all at once: what lives as long as one request.  The
 * size is bounded by the input that fills it (body, header and token
 * ceilings), so the arena itself has none.  Not locked.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/str.h"

struct arena_chunk;

struct arena {
	struct arena_chunk *chunk;
};

#define ARENA_INIT ((struct arena){NULL})

void arena_release(struct arena *a);
void *arena_alloc(struct arena *a, size_t n); /* zeroed, aligned for any type */
void *arena_array(struct arena *a, size_t n,
		  size_t size);			     /* overflow checked */
char *arena_strz(struct arena *a, struct str s);     /* copy ended by NUL */
struct str arena_str(struct arena *a, struct str s); /* copy */
struct str arena_printf(struct arena *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
