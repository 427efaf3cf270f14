#include "demo/words.h"

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

int64_t words_begun(struct str s, bool *inside)
{
	int64_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		bool space = is_space(s.p[i]);

		n += !space && !*inside;
		*inside = !space;
	}
	return n;
}

int64_t words_count(struct str s)
{
	bool inside = false;

	return words_begun(s, &inside);
}

struct str words_head(struct str s, int64_t n)
{
	bool inside = false;

	for (size_t i = 0; i < s.n; i++) {
		bool space = is_space(s.p[i]);

		if (!space && !inside && n-- == 0)
			return str_sub(s, 0, i);
		inside = !space;
	}
	return s;
}

size_t words_chars(struct str s, int64_t n)
{
	size_t i = 0;

	while (i < s.n && n > 0) {
		i++;
		while (i < s.n && ((unsigned char)s.p[i] & 0xc0) == 0x80)
			i++;
		n--;
	}
	return i;
}
