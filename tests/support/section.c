#include "tests/support/section.h"

#include <string.h>

static int hex(char c)
{
	const char *digits = "0123456789abcdef";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

void section_bytes(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.n - i > 3 && text.p[i] == '\\' &&
		    text.p[i + 1] == 'x' && hex(text.p[i + 2]) >= 0 &&
		    hex(text.p[i + 3]) >= 0) {
			buf_addc(out, (char)(hex(text.p[i + 2]) << 4 |
					     hex(text.p[i + 3])));
			i += 3;
		} else {
			buf_addc(out, text.p[i]);
		}
	}
}

struct str section_trim(struct str s)
{
	while (s.n && s.p[s.n - 1] == '\n')
		s.n--;
	return s;
}

struct str section_take(struct str *rest)
{
	size_t end =
	    str_starts(*rest, STR("=== ")) ? 0 : str_find(*rest, STR("\n=== "));
	struct str section;

	if (end == SIZE_MAX)
		end = rest->n;
	else if (end)
		end++;
	section = str_sub(*rest, 0, end);
	*rest = str_sub(*rest, end, rest->n);
	return section;
}
