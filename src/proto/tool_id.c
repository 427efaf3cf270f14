#include "proto/tool_id.h"

static bool is_id_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '-';
}

bool tool_id_plain(struct str id)
{
	if (id.n == 0 || id.n > TOOL_ID_BYTES)
		return false;
	for (size_t i = 0; i < id.n; i++) {
		if (!is_id_char(id.p[i]))
			return false;
	}
	return true;
}

bool tool_id_show(struct buf *out, struct str id)
{
	/* A backend's own id of our form would be unwrapped later: wrap it. */
	if (tool_id_plain(id) && !str_starts(id, TOOL_ID_WRAPPED)) {
		buf_addstr(out, id);
		return true;
	}
	if (id.n == 0 || TOOL_ID_WRAPPED.n + (id.n * 4 + 2) / 3 > TOOL_ID_BYTES)
		return false;
	buf_addstr(out, TOOL_ID_WRAPPED);
	buf_base64url(out, id);
	return true;
}

/* The splitmix64 generator: ids need to differ, not to be secret. */
static uint64_t next_random(uint64_t *seed)
{
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

void tool_id_make(struct buf *out, uint64_t *seed)
{
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz";

	buf_adds(out, "toolu_");
	for (int i = 0; i < 24; i++)
		buf_addc(out, digits[next_random(seed) % 62]);
}
