/* JSON string contents to UTF-8: base/jscan.h. */
#include "base/jscan.h"

#include <string.h>

#include "base/utf16.h"

static void add_code_point(struct buf *out, uint32_t c)
{
	char u[4];
	size_t n;

	if (c < 0x80) {
		u[0] = (char)c;
		n = 1;
	} else if (c < 0x800) {
		u[0] = (char)(0xc0 | c >> 6);
		n = 2;
	} else if (c < 0x10000) {
		u[0] = (char)(0xe0 | c >> 12);
		n = 3;
	} else {
		u[0] = (char)(0xf0 | c >> 18);
		n = 4;
	}
	for (size_t i = 1; i < n; i++)
		u[i] = (char)(0x80 | (c >> 6 * (n - 1 - i) & 0x3f));
	buf_add(out, u, n);
}

/* The high surrogate that waits in *high stays alone. */
static void flush_high(struct buf *out, uint16_t *high)
{
	if (*high)
		add_code_point(out, 0xfffd);
	*high = 0;
}

static void add_unit(struct buf *out, int unit, uint16_t *high)
{
	if (utf16_is_low(unit) && *high) {
		add_code_point(out, 0x10000 +
					((uint32_t)(*high - 0xd800) << 10) +
					(uint32_t)(unit - 0xdc00));
		*high = 0;
		return;
	}
	flush_high(out, high);
	if (utf16_is_high(unit))
		*high = (uint16_t)unit;
	else
		add_code_point(out,
			       utf16_is_low(unit) ? 0xfffd : (uint32_t)unit);
}

/* p stands behind a backslash; returns the place after the escape. */
static const char *unescape_one(struct buf *out, const char *p, const char *end,
				uint16_t *high)
{
	static const char meaning[128] = {
	    ['b'] = '\b', ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r',
	    ['t'] = '\t', ['"'] = '"',	['\\'] = '\\', ['/'] = '/',
	};
	int unit;

	if (p < end && *p == 'u') {
		unit = utf16_hex4((const unsigned char *)p + 1,
				  (const unsigned char *)end);
		if (unit < 0)
			return end;
		add_unit(out, unit, high);
		return p + 5;
	}
	flush_high(out, high);
	if (p < end && meaning[*p & 127])
		buf_addc(out, meaning[*p & 127]);
	return p + 1;
}

void jscan_unescape(struct buf *out, struct str chars, uint16_t *high)
{
	const char *p = chars.p, *end;
	uint16_t own = 0;
	uint16_t *carry = high ? high : &own;

	if (chars.n == 0)
		return;
	end = p + chars.n;
	while (p < end) {
		const char *esc = memchr(p, '\\', (size_t)(end - p));
		const char *stop = esc ? esc : end;

		if (stop > p) {
			flush_high(out, carry);
			buf_add(out, p, (size_t)(stop - p));
		}
		if (!esc)
			break;
		p = unescape_one(out, esc + 1, end, carry);
	}
	if (!high)
		flush_high(out, &own);
}
