#include "proto/token_estimate.h"

#include <math.h>

#include "base/utf16.h"
#include "proto/chat_turn.h"
#include "proto/image_size.h"

/* Tokens; the figures are those of messages-api §15 step 4. */
#define PER_ASCII	 (1 / 3.6)
#define PER_CJK		 1.1
#define PER_OTHER	 0.6
#define PER_TOOL_BYTE	 (1 / 3.3)
#define PER_TOOL	 8.0
#define PER_MESSAGE	 4.0
#define PER_REQUEST	 3.0
#define IMAGE_MIN	 85.0
#define IMAGE_MAX	 1600.0
#define PIXELS_PER_TOKEN 750.0
#define PER_PDF_BYTE	 (2000.0 / 50000.0)
#define HEADROOM	 1.05

struct counts {
	size_t ascii, cjk, other;
};

static bool is_cjk(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
	    {0x1100, 0x11ff},	{0x2e80, 0x9fff}, {0xa960, 0xa97f},
	    {0xac00, 0xd7ff},	{0xf900, 0xfaff}, {0xff00, 0xffef},
	    {0x20000, 0x3ffff},
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	}
	return false;
}

static void count_code_point(struct counts *n, uint32_t c)
{
	if (c < 0x80)
		n->ascii++;
	else if (is_cjk(c))
		n->cjk++;
	else
		n->other++;
}

/* The character that starts at p: its length. */
static size_t count_wide(struct counts *n, const unsigned char *p, size_t left)
{
	size_t len = *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;
	uint32_t c = *p & (0xffu >> (len + 1));

	if (len > left)
		len = left;
	for (size_t i = 1; i < len; i++)
		c = c << 6 | (p[i] & 0x3f);
	count_code_point(n, c);
	return len;
}

/* The escape that starts at p: its length.  The second half of a pair counts
 * nothing. */
static size_t count_escape(struct counts *n, const unsigned char *p,
			   const unsigned char *end)
{
	int unit;

	if (end - p < 6 || p[1] != 'u') {
		n->ascii++;
		return end - p < 2 ? 1 : 2;
	}
	unit = utf16_hex4(p + 2, end);
	if (!utf16_is_low(unit))
		count_code_point(n, unit < 0 ? 0 : (uint32_t)unit);
	return 6;
}

static double tokens(const struct counts *n)
{
	return (double)n->ascii * PER_ASCII + (double)n->cjk * PER_CJK +
	       (double)n->other * PER_OTHER;
}

/* Runs of ASCII are counted by their length. */
static double estimate(struct str text, bool escapes)
{
	const unsigned char *p = (const unsigned char *)text.p;
	const unsigned char *end = text.n ? p + text.n : p;
	struct counts n = {0, 0, 0};

	while (p != end) {
		const unsigned char *run = p;

		while (p < end && *p < 0x80 && (*p != '\\' || !escapes))
			p++;
		n.ascii += (size_t)(p - run);
		if (p == end)
			break;
		if (*p == '\\')
			p += count_escape(&n, p, end);
		else
			p += count_wide(&n, p, (size_t)(end - p));
	}
	return tokens(&n);
}

double token_estimate_text(struct str text)
{
	return estimate(text, false);
}

static double chars(struct str text)
{
	return estimate(text, true);
}

static double image(const struct chat_item *item)
{
	uint32_t width, height;
	double n;

	if (!item->more->name.n || !image_size(item->text, &width, &height))
		return IMAGE_MAX;
	n = (double)width * height / PIXELS_PER_TOKEN;
	return n < IMAGE_MIN ? IMAGE_MIN : n > IMAGE_MAX ? IMAGE_MAX : n;
}

static double item_tokens(const struct chat_item *item);

static double items_tokens(const struct chat_items *items)
{
	double n = 0;

	for (size_t i = 0; i < items->n; i++)
		n += item_tokens(&items->v[i]);
	return n;
}

static double item_tokens(const struct chat_item *item)
{
	switch (item->kind) {
	case ITEM_TEXT:
	case ITEM_THINKING:
		return chars(item->text);
	case ITEM_JSON:
		return token_estimate_text(item->text);
	case ITEM_IMAGE:
		return image(item);
	case ITEM_PDF:
		return (double)item->text.n * 3 / 4 * PER_PDF_BYTE;
	case ITEM_CALL:
		return token_estimate_text(item->text) +
		       token_estimate_text(item->more->name);
	case ITEM_RESULT:
		return items_tokens(&item->more->parts) + PER_MESSAGE;
	case ITEM_SYSTEM:
		return items_tokens(&item->more->parts);
	}
	return 0;
}

static double tool_tokens(const struct chat_tool *tool)
{
	size_t bytes = tool->name.n + tool->description.n + tool->parameters.n;

	return (double)bytes * PER_TOOL_BYTE + PER_TOOL;
}

int64_t token_estimate_request(const struct chat_request *r)
{
	double n = PER_REQUEST;

	if (r->system.n)
		n += chars(r->system) + PER_MESSAGE;
	for (size_t i = 0; i < r->nturns; i++)
		n += items_tokens(&r->turns[i].items) + PER_MESSAGE;
	for (size_t i = 0; i < r->ntools; i++)
		n += tool_tokens(&r->tools[i]);
	n = ceil(n * HEADROOM);
	return n < 1 ? 1 : (int64_t)n;
}

static double images_tokens(const struct chat_items *items)
{
	double n = 0;

	for (size_t i = 0; i < items->n; i++) {
		const struct chat_item *item = &items->v[i];

		if (item->kind == ITEM_IMAGE)
			n += image(item);
		else if (item->kind == ITEM_RESULT)
			n += images_tokens(&item->more->parts);
	}
	return n;
}

int64_t token_estimate_images(const struct chat_request *r)
{
	double n = 0;

	for (size_t i = 0; i < r->nturns && r->has_images; i++)
		n += images_tokens(&r->turns[i].items);
	return (int64_t)ceil(n * HEADROOM);
}

int64_t token_estimate_tools(const struct chat_request *r)
{
	double n = 0;

	for (size_t i = 0; i < r->ntools; i++)
		n += tool_tokens(&r->tools[i]);
	return (int64_t)ceil(n * HEADROOM);
}
