#include "ctl/path.h"

#include <string.h>

enum { PATH_BYTES = 64 * 1024 };

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (c && strchr("-._~", c));
}

/* RFC 3986, section 2.1. */
static void add_encoded(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (is_plain(s.p[i]))
			buf_addc(out, s.p[i]);
		else
			buf_addf(out, "%%%02X", (unsigned char)s.p[i]);
	}
}

char *path_of(const char *pattern, const char *a, const char *b)
{
	struct buf out = BUF_INIT(PATH_BYTES);
	const char *parts[] = {a, b};
	struct str rest = str_of(pattern);

	for (int i = 0; i < 2 && parts[i]; i++) {
		size_t at = str_find(rest, STR("%s"));

		buf_addstr(&out, str_sub(rest, 0, at));
		add_encoded(&out, str_of(parts[i]));
		rest = str_sub(rest, at + 2, rest.n);
	}
	buf_addstr(&out, rest);
	return buf_take(&out, NULL);
}
