#include "proto/surrogates.h"

#include <string.h>

#include "base/utf16.h"

enum { ESCAPE = 6 /* bytes of \uXXXX */ };

enum found { FOUND_NONE, FOUND_LONE, FOUND_PART };

static int unit_at(struct str s, size_t at)
{
	const unsigned char *p = (const unsigned char *)s.p;

	if (s.n - at < 2 || s.p[at] != '\\' || s.p[at + 1] != 'u')
		return -1;
	return utf16_hex4(p + at + 2, p + s.n);
}

/* Can what follows a first half still become the second one? */
static bool may_be_escape(struct str rest)
{
	return rest.n < ESCAPE && (rest.n < 1 || rest.p[0] == '\\') &&
	       (rest.n < 2 || rest.p[1] == 'u');
}

/* The next lone one, or the part of an escape at the end, from *at on. */
static enum found next_lone(struct str s, size_t *at)
{
	while (*at < s.n) {
		const char *slash = memchr(s.p + *at, '\\', s.n - *at);
		int unit;

		if (!slash)
			break;
		*at = (size_t)(slash - s.p);
		if (may_be_escape(str_sub(s, *at, s.n)))
			return FOUND_PART;
		if (s.p[*at + 1] != 'u') {
			*at += 2;
			continue;
		}
		unit = unit_at(s, *at);
		if (utf16_is_low(unit))
			return FOUND_LONE;
		if (!utf16_is_high(unit)) {
			*at += ESCAPE;
			continue;
		}
		if (may_be_escape(str_sub(s, *at + ESCAPE, s.n)))
			return FOUND_PART;
		if (!utf16_is_low(unit_at(s, *at + ESCAPE)))
			return FOUND_LONE;
		*at += 2 * ESCAPE;
	}
	*at = s.n;
	return FOUND_NONE;
}

size_t surrogates_find(struct str json)
{
	size_t at = 0;
	enum found found = next_lone(json, &at);

	/* No second half comes after the end. */
	if (found == FOUND_PART && json.n - at < ESCAPE)
		return json.n;
	return found == FOUND_NONE ? json.n : at;
}

size_t surrogates_mend(char *json, size_t n)
{
	struct str s = {json, n};
	size_t at = 0;

	for (;;) {
		switch (next_lone(s, &at)) {
		case FOUND_NONE:
			return 0;
		case FOUND_PART:
			return n - at;
		case FOUND_LONE:
			memcpy(json + at, "\\ufffd", ESCAPE);
			at += ESCAPE;
			break;
		}
	}
}
