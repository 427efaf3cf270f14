#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

void buf_init(struct buf *b, size_t max)
{
	*b = BUF_INIT(max);
}

void buf_release(struct buf *b)
{
	mem_free(b->data);
	buf_init(b, b->max);
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	b->full = false;
	if (b->data)
		b->data[0] = '\0';
}

bool buf_ok(const struct buf *b)
{
	return !b->full;
}

char *buf_room(struct buf *b, size_t n)
{
	size_t cap = b->cap;

	if (b->full || n > b->max - b->len) {
		b->full = true;
		return NULL;
	}
	if (b->len + n + 1 <= cap)
		return b->data + b->len;
	if (cap < 256)
		cap = 256;
	while (cap < b->len + n + 1)
		cap *= 2;
	if (cap > b->max + 1)
		cap = b->max + 1;
	b->data = mem_realloc(b->data, cap);
	b->cap = cap;
	return b->data + b->len;
}

void buf_wrote(struct buf *b, size_t n)
{
	b->len += n;
	b->data[b->len] = '\0';
}

void buf_add(struct buf *b, const char *p, size_t n)
{
	char *room = buf_room(b, n);

	if (!room)
		return;
	if (n)
		memcpy(room, p, n);
	buf_wrote(b, n);
}

void buf_adds(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_addstr(struct buf *b, struct str s)
{
	buf_add(b, s.p, s.n);
}

void buf_addc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
	char small[256];
	va_list ap;
	int n;
	char *room;

	va_start(ap, fmt);
	n = vsnprintf(small, sizeof(small), fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	if ((size_t)n < sizeof(small)) {
		buf_add(b, small, (size_t)n);
		return;
	}
	room = buf_room(b, (size_t)n);
	if (!room)
		return;
	va_start(ap, fmt);
	vsnprintf(room, (size_t)n + 1, fmt, ap);
	va_end(ap);
	buf_wrote(b, (size_t)n);
}

void buf_addi(struct buf *b, int64_t v)
{
	char text[24];
	char *p = text + sizeof(text);
	uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

	do {
		*--p = (char)('0' + u % 10);
		u /= 10;
	} while (u);
	if (v < 0)
		*--p = '-';
	buf_add(b, p, (size_t)(text + sizeof(text) - p));
}

void buf_consume(struct buf *b, size_t n)
{
	if (n > b->len)
		n = b->len;
	if (n == 0)
		return;
	memmove(b->data, b->data + n, b->len - n);
	b->len -= n;
	b->data[b->len] = '\0';
}

struct str buf_str(const struct buf *b)
{
	return (struct str){b->data ? b->data : "", b->len};
}

char *buf_take(struct buf *b, size_t *n)
{
	char *p;

	buf_room(b, 0);
	p = b->data ? b->data : mem_strdup("");
	if (n)
		*n = b->len;
	buf_init(b, b->max);
	return p;
}

/* How many bytes at the start of s need no escape in JSON and are ASCII. */
static size_t plain_run(struct str s)
{
	size_t i = 0;

	while (i < s.n) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\')
			break;
		i++;
	}
	return i;
}

static void json_escape(struct buf *b, unsigned char c)
{
	static const char short_form[128] = {
	    ['"'] = '"',  ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f',
	    ['\n'] = 'n', ['\r'] = 'r',	 ['\t'] = 't',
	};

	if (short_form[c]) {
		char text[2] = {'\\', short_form[c]};

		buf_add(b, text, 2);
	} else {
		buf_addf(b, "\\u%04x", c);
	}
}

void buf_json_chars(struct buf *b, struct str s)
{
	while (s.n) {
		size_t run = plain_run(s);
		unsigned char c;

		buf_add(b, s.p, run);
		s = str_sub(s, run, s.n);
		if (s.n == 0)
			break;
		c = (unsigned char)s.p[0];
		if (c < 0x80) {
			json_escape(b, c);
			run = 1;
		} else {
			size_t end = 1;

			while (end < s.n && (unsigned char)s.p[end] >= 0x80)
				end++;
			run = str_utf8_valid(str_sub(s, 0, end));
			buf_add(b, s.p, run);
			if (run == 0) {
				buf_adds(b, "\xef\xbf\xbd");
				run = 1;
			}
		}
		s = str_sub(s, run, s.n);
	}
}

void buf_json(struct buf *b, struct str s)
{
	buf_addc(b, '"');
	buf_json_chars(b, s);
	buf_addc(b, '"');
}

void buf_base64url(struct buf *b, struct str bytes)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789-_";
	const unsigned char *p = (const unsigned char *)bytes.p;

	for (size_t i = 0; i < bytes.n; i += 3) {
		size_t left = bytes.n - i;
		uint32_t v = (uint32_t)p[i] << 16;

		v |= left > 1 ? (uint32_t)p[i + 1] << 8 : 0;
		v |= left > 2 ? (uint32_t)p[i + 2] : 0;
		buf_addc(b, digits[v >> 18]);
		buf_addc(b, digits[v >> 12 & 63]);
		if (left > 1)
			buf_addc(b, digits[v >> 6 & 63]);
		if (left > 2)
			buf_addc(b, digits[v & 63]);
	}
}

void buf_hex(struct buf *b, struct str bytes)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < bytes.n; i++) {
		unsigned char c = (unsigned char)bytes.p[i];

		buf_addc(b, digits[c >> 4]);
		buf_addc(b, digits[c & 15]);
	}
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

void buf_percent_decoded(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		int high = -1, low = -1;

		if (s.p[i] == '%' && s.n - i > 2) {
			high = hex_digit(s.p[i + 1]);
			low = hex_digit(s.p[i + 2]);
		}
		if (high >= 0 && low >= 0) {
			buf_addc(b, (char)(high << 4 | low));
			i += 2;
		} else {
			buf_addc(b, s.p[i]);
		}
	}
}
