#include "proto/image_size.h"

#include <string.h>

#include "proto/chat_text.h"

/* JPEG has its size behind embedded previews; what lies further is not found.
 */
enum { HEADER_BYTES = 96 * 1024 };

/* Decodes base64 step by step: a header is mostly in the first bytes. */
struct bytes {
	struct str rest;
	uint32_t bits;
	unsigned have;
	size_t taken;
};

static int digit_value(int c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	return c == '/' || c == '_' ? 63 : -1;
}

/* The next byte, -1 at the end. */
static int next(struct bytes *b)
{
	while (b->have < 8) {
		int c = chat_text_next(&b->rest), v = digit_value(c);

		if (c < 0 || c == '=')
			return -1;
		if (v < 0)
			continue; /* line ends */
		b->bits = (b->bits << 6 | (uint32_t)v) & 0xffff;
		b->have += 6;
	}
	if (++b->taken > HEADER_BYTES)
		return -1;
	b->have -= 8;
	return (int)(b->bits >> b->have & 0xff);
}

/* Up to n bytes; how many there were. */
static size_t take_some(struct bytes *b, unsigned char *out, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		int c = next(b);

		if (c < 0)
			break;
		out[i] = (unsigned char)c;
	}
	return i;
}

static bool take(struct bytes *b, unsigned char *out, size_t n)
{
	return take_some(b, out, n) == n;
}

static bool skip(struct bytes *b, size_t n)
{
	while (n--) {
		if (next(b) < 0)
			return false;
	}
	return true;
}

static uint32_t big(const unsigned char *p, size_t n)
{
	uint32_t v = 0;

	for (size_t i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

static uint32_t little(const unsigned char *p, size_t n)
{
	uint32_t v = 0;

	while (n--)
		v = v << 8 | p[n];
	return v;
}

/* Segments up to the frame header (SOF0-15 but DHT, JPG and DAC).  head holds
 * what followed the marker FF D8. */
static bool jpeg_size(struct bytes b, uint32_t *width, uint32_t *height)
{
	unsigned char s[7];

	if (!skip(&b, 2))
		return false;
	for (;;) {
		unsigned char m;

		if (!take(&b, s, 2) || s[0] != 0xff)
			return false;
		m = s[1];
		if (!take(&b, s, 2) || big(s, 2) < 2)
			return false;
		if (m >= 0xc0 && m <= 0xcf && m != 0xc4 && m != 0xc8 &&
		    m != 0xcc)
			break;
		if (!skip(&b, big(s, 2) - 2))
			return false;
	}
	if (!take(&b, s, 5))
		return false;
	*height = big(s + 1, 2);
	*width = big(s + 3, 2);
	return true;
}

static bool webp_size(const unsigned char *h, uint32_t *width, uint32_t *height)
{
	uint32_t v;

	if (memcmp(h + 12, "VP8X", 4) == 0) {
		*width = little(h + 24, 3) + 1;
		*height = little(h + 27, 3) + 1;
		return true;
	}
	if (memcmp(h + 12, "VP8L", 4) == 0) {
		v = little(h + 21, 4);
		*width = (v & 0x3fff) + 1;
		*height = (v >> 14 & 0x3fff) + 1;
		return true;
	}
	if (memcmp(h + 12, "VP8 ", 4) != 0)
		return false;
	*width = little(h + 26, 2) & 0x3fff;
	*height = little(h + 28, 2) & 0x3fff;
	return true;
}

bool image_size(struct str chars, uint32_t *width, uint32_t *height)
{
	struct bytes b = {.rest = chars}, start = b;
	unsigned char h[30] = {0};
	size_t n = take_some(&b, h, sizeof(h));

	if (n < 10)
		return false;
	if (memcmp(h, "\xff\xd8\xff", 3) == 0)
		return jpeg_size(start, width, height);
	if (memcmp(h, "GIF8", 4) == 0) {
		*width = little(h + 6, 2);
		*height = little(h + 8, 2);
		return true;
	}
	if (n >= 24 && memcmp(h, "\x89PNG\r\n\x1a\n", 8) == 0) {
		*width = big(h + 16, 4);
		*height = big(h + 20, 4);
		return true;
	}
	if (n == sizeof(h) && memcmp(h, "RIFF", 4) == 0 &&
	    memcmp(h + 8, "WEBP", 4) == 0)
		return webp_size(h, width, height);
	return false;
}
