/*
 * A borrowed run of bytes: pointer and length, not ended by NUL, owned by
 * somebody else (a request body, an arena, a literal).
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct str {
	const char *p;
	size_t n;
};

#define STR(lit) ((struct str){(lit), sizeof(lit) - 1})
#define STR_NONE ((struct str){NULL, 0})
/* For printf-like functions: "%.*s" with STR_ARG(s). */
#define STR_ARG(s) (int)(s).n, (s).p

struct str str_of(const char *s); /* NULL gives an empty str */
struct str str_sub(struct str s, size_t from, size_t to); /* clamped */
bool str_eq(struct str a, struct str b);
bool str_is(struct str a, const char *b);
bool str_ieq(struct str a, struct str b); /* ASCII case only */
bool str_starts(struct str s, struct str prefix);
bool str_istarts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
/* Offset of the first needle, or SIZE_MAX. */
size_t str_find(struct str s, struct str needle);
size_t str_ifind(struct str s, struct str needle);
struct str str_trim(struct str s); /* ASCII white space at both ends */
/*
 * Cuts *rest at the first sep: returns what stood before it and leaves what
 * stands after it; without sep returns all and leaves an empty str.
 */
struct str str_cut(struct str *rest, char sep);
/* The whole of s is a decimal integer in [min, max]: 0, else -1. */
int str_to_i64(struct str s, int64_t min, int64_t max, int64_t *out);
/* The largest n' <= n at which s can be cut without splitting a UTF-8 char. */
size_t str_utf8_floor(struct str s, size_t n);
/* Copies s to an array of size bytes, cut at a character when it is longer, and
 * ends it with NUL. */
void str_put(char *to, size_t size, struct str s);
/* Length of the longest prefix that is valid UTF-8; s.n when all of it is. */
size_t str_utf8_valid(struct str s);

#endif
