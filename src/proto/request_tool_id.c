/*
 * Ids of tool calls.  The answer wraps a backend's id that holds characters
 * which Messages clients may refuse as rly64_<base64url>; here it comes back
 * (messages-api §11.4).
 */
#include <string.h>

#include "proto/request_reader.h"

static int digit_value(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789-_";
	const char *hit = c ? strchr(digits, c) : NULL;

	return hit ? (int)(hit - digits) : -1;
}

/* -1 when text is not the one way to write some bytes. */
static int decode(struct str text, char *out, size_t *n)
{
	uint32_t bits = 0;
	unsigned have = 0;

	*n = 0;
	for (size_t i = 0; i < text.n; i++) {
		int v = digit_value(text.p[i]);

		if (v < 0)
			return -1;
		bits = (bits << 6 | (uint32_t)v) & 0xffff;
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[(*n)++] = (char)(bits >> have & 0xff);
		}
	}
	if (have >= 6 || (bits & ((1u << have) - 1)))
		return -1;
	return 0;
}

struct str request_tool_id(struct str id, struct arena *a)
{
	struct str text, plain;
	char *bytes;

	if (!str_starts(id, STR("rly64_")))
		return id;
	text = str_sub(id, 6, id.n);
	bytes = arena_alloc(a, text.n + 1);
	if (decode(text, bytes, &plain.n) < 0 || plain.n == 0)
		return id;
	plain.p = bytes;
	return str_utf8_valid(plain) == plain.n ? plain : id;
}
