#include "proto/chat_text.h"

#include <string.h>

#include "base/utf16.h"

static int escaped_unit(struct str *rest)
{
	static const char meaning[128] = {
	    ['b'] = '\b', ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r',
	    ['t'] = '\t', ['"'] = '"',	['\\'] = '\\', ['/'] = '/',
	};
	int unit;

	if (rest->n >= 6 && rest->p[1] == 'u') {
		unit = utf16_hex4((const unsigned char *)rest->p + 2,
				  (const unsigned char *)rest->p + rest->n);
		*rest = str_sub(*rest, 6, rest->n);
		return unit;
	}
	unit = rest->n > 1 ? meaning[rest->p[1] & 127] : -1;
	*rest = str_sub(*rest, 2, rest->n);
	return unit;
}

int chat_text_next(struct str *rest)
{
	unsigned char c;

	if (rest->n == 0)
		return -1;
	c = (unsigned char)rest->p[0];
	if (c == '\\')
		return escaped_unit(rest);
	*rest = str_sub(*rest, 1, rest->n);
	return c;
}

static bool is_space(int unit)
{
	return unit == ' ' || (unit >= '\t' && unit <= '\r');
}

static struct str skip_space(struct str chars)
{
	struct str next = chars;

	while (is_space(chat_text_next(&next)))
		chars = next;
	return chars;
}

bool chat_text_blank(struct str chars)
{
	return skip_space(chars).n == 0;
}

static int lower(int unit)
{
	return unit >= 'A' && unit <= 'Z' ? unit + 32 : unit;
}

bool chat_text_starts(struct str chars, const char *prefix, struct str *rest)
{
	chars = skip_space(chars);
	for (; *prefix; prefix++) {
		if (chat_text_next(&chars) != *prefix)
			return false;
	}
	if (rest)
		*rest = chars;
	return true;
}

bool chat_text_istarts(struct str chars, const char *prefix)
{
	chars = skip_space(chars);
	for (; *prefix; prefix++) {
		if (lower(chat_text_next(&chars)) != lower(*prefix))
			return false;
	}
	return true;
}

/* Is the backslash at `at` the start of an escape, not itself escaped? */
static bool opens_escape(struct str chars, size_t at)
{
	size_t run = 0;

	while (run <= at && chars.p[at - run] == '\\')
		run++;
	return run % 2 == 1;
}

/* Length of the white space character that ends chars, 0 for none. */
static size_t space_at_end(struct str chars)
{
	static const size_t lengths[] = {2, 6};

	if (chars.n && chars.p[chars.n - 1] == ' ')
		return 1;
	for (size_t i = 0; i < 2; i++) {
		size_t n = lengths[i];
		struct str tail = str_sub(chars, chars.n - n, chars.n);

		if (chars.n >= n && opens_escape(chars, chars.n - n) &&
		    is_space(chat_text_next(&tail)) && tail.n == 0)
			return n;
	}
	return 0;
}

size_t chat_text_trimmed(struct str chars)
{
	size_t space;

	do {
		space = space_at_end(chars);
		chars.n -= space;
	} while (space);
	return chars.n;
}

struct str chat_text_without_attribution(struct str chars)
{
	struct str rest;
	int unit;

	if (!chat_text_starts(chars, "x-anthropic-billing-header:", &rest))
		return chars;
	do {
		unit = chat_text_next(&rest);
	} while (unit >= 0 && unit != '\n');
	return rest;
}
