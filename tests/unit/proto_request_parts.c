/* The parts of the request translators that have a table of their own. */
#include "proto/anthropic_request.h"
#include "proto/chat_text.h"
#include "proto/flavour.h"
#include "proto/image_size.h"
#include "proto/json_extra.h"
#include "proto/surrogates.h"
#include "proto/token_estimate.h"
#include "tests/support/tap.h"

static void test_trim(void)
{
	static const struct {
		const char *chars;
		size_t n;
	} rows[] = {
	    {"", 0},	   {"a", 1},	    {"a  ", 1},	     {"a\\n\\t \\r", 1},
	    {"a\\\\n", 4}, {"a\\\\\\n", 3}, {"a\\u000a", 1}, {"a\\\\u000a", 8},
	    {"\\n", 0},	   {"a\\u00e9", 7}, {"a\\b", 3},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		is_int((int64_t)chat_text_trimmed(str_of(rows[i].chars)),
		       (int64_t)rows[i].n, "trimmed '%s'", rows[i].chars);
}

static void test_lone(void)
{
	static const struct {
		const char *chars;
		size_t at;
	} rows[] = {
	    {"abc", 3},	      {"a\\ud83d\\ude00", 13},
	    {"a\\ud83d", 1},  {"\\ud83dx\\ude00", 0},
	    {"\\\\ud83d", 7}, {"\\n\\ude00", 2},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		is_int((int64_t)surrogates_find(str_of(rows[i].chars)),
		       (int64_t)rows[i].at, "lone surrogate in '%s'",
		       rows[i].chars);
}

static void test_starts(void)
{
	struct str rest;

	ok(chat_text_starts(STR(" \\n<tag>x"), "<tag>", &rest) &&
	       str_is(rest, "x"),
	   "after white space");
	ok(chat_text_starts(STR("\\u003ct\\u0061g>"), "<tag>", NULL),
	   "escaped");
	ok(!chat_text_starts(STR("<ta"), "<tag>", NULL), "cut off");
	ok(!chat_text_starts(STR("\\\\u003ctag>"), "<tag>", NULL),
	   "an escaped backslash is no escape");
	ok(chat_text_istarts(STR("ErRoR 5"), "error"), "in any case");
	ok(chat_text_blank(STR(" \\n\\t\\u0020")), "blank");
	ok(!chat_text_blank(STR(" \\\\n")), "not blank");
}

static void test_flavours(void)
{
	enum flavour f = FLAVOUR_GENERIC;
	bool all = true;

	for (int i = 0; i < FLAVOURS; i++)
		all = all &&
		      flavour_parse(str_of(flavour_name((enum flavour)i)),
				    &f) == 0 &&
		      (int)f == i;
	ok(all, "each flavour has a name of its own");
	ok(flavour_parse(STR("auto"), &f) < 0, "auto is none");
	ok(flavour_parse(STR(""), &f) < 0, "nor is nothing");
}

/* Of a JPEG: SOI, APP0 of 4 bytes, SOF2. */
#define PNG_DATA  "iVBORw0KGgoAAAANSUhEUgAABAAAAAMACAIAAAA="
#define PNG_LINES "iVBORw0KGgoAAAANSUhE\\nUgAABAAAAAMACAIAAAA="
#define GIF_DATA  "R0lGODlhQAHwAAAAAA=="
#define JPEG_DATA "\\/9j\\/4AAEAAD/wgARCAEAAgADAQ=="
#define VP8_DATA  "UklGRgAAAABXRUJQVlA4IAAAAAAAAACdASqAAuABAAA="
#define VP8L_DATA "UklGRgAAAABXRUJQVlA4TAAAAAAvf8J3AAAAAAAAAAA="
#define VP8X_DATA "UklGRgAAAABXRUJQVlA4WAAAAAAAAAAAfwIA3wEAAAA="

static void test_images(void)
{
	static const struct {
		const char *kind, *base64;
		uint32_t width, height;
	} rows[] = {
	    {"PNG", PNG_DATA, 1024, 768},
	    {"PNG in lines", PNG_LINES, 1024, 768},
	    {"GIF", GIF_DATA, 320, 240},
	    {"JPEG", JPEG_DATA, 512, 256},
	    {"lossy WebP", VP8_DATA, 640, 480},
	    {"lossless WebP", VP8L_DATA, 640, 480},
	    {"extended WebP", VP8X_DATA, 640, 480},
	};
	uint32_t w, h;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		w = h = 0;
		ok(image_size(str_of(rows[i].base64), &w, &h), "%s is known",
		   rows[i].kind);
		is_int(w, rows[i].width, "%s: width", rows[i].kind);
		is_int(h, rows[i].height, "%s: height", rows[i].kind);
	}
	ok(!image_size(STR("AAAA"), &w, &h), "too short");
	ok(!image_size(STR("/9j/4AAEAAD/"), &w, &h), "a JPEG without frame");
	ok(!image_size(STR(""), &w, &h), "nothing");
}

static void test_text_estimate(void)
{
	ok(token_estimate_text(STR("")) == 0, "nothing");
	is_int((int64_t)(token_estimate_text(
			     STR("abcdefghijklmnopqrstuvwxyz0123456789")) *
			 1000),
	       10000, "36 ASCII bytes");
	is_int((int64_t)(token_estimate_text(STR("\xe4\xbd\xa0\xe5\xa5\xbd")) *
			 1000),
	       2200, "two Han characters");
	is_int((int64_t)(token_estimate_text(STR("\xc3\xa9\xf0\x9f\x98\x80")) *
			 1000),
	       1200, "two other characters");
}

static int64_t estimate(const char *body)
{
	struct anthropic_request_options options = {.counting = true};
	struct arena a = ARENA_INIT;
	struct chat_request r;
	struct jdoc doc;
	struct err e;
	int64_t n = -1;

	jdoc_init(&doc);
	if (anthropic_request_read(&r, &doc, str_of(body), &a, &options, &e) ==
	    0)
		n = token_estimate_request(&r);
	jdoc_release(&doc);
	arena_release(&a);
	return n;
}

#define ASK "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":"

static void test_request_estimate(void)
{
	static const struct {
		const char *what, *body;
		int64_t tokens;
	} rows[] = {
	    /* (3 + 4 + 3/3.6) * 1.05 */
	    {"three letters", ASK "\"foo\"}]}", 9},
	    /* escapes count as what they mean: (7 + 3 * 1.1 + 1/3.6) * 1.05 */
	    {"escapes", ASK "\"\\u4f60\\u597d\\u3042\\n\"}]}", 12},
	    /* a pair is one character: (7 + 0.6) * 1.05 */
	    {"a surrogate pair", ASK "\"\\ud83d\\ude00\"}]}", 8},
	    /* (7 + 1024 * 768 / 750) * 1.05 */
	    {"a PNG",
	     ASK "[{\"type\":\"image\",\"source\":{\"type\":\"base64\","
		 "\"data\":\"iVBORw0KGgoAAAANSUhEUgAABAAAAAMACAIAAAA=\"}}]}]}",
	     1109},
	    {"an image by URL",
	     ASK "[{\"type\":\"image\",\"source\":{\"type\":\"url\",\"url\":"
		 "\"https://x/y\"}}]}]}",
	     1688},
	    /* (7 + 1/3.6 + 8 + 37/3.3) * 1.05 */
	    {"a tool",
	     ASK "\"q\"}],\"tools\":[{\"name\":\"abcd\",\"input_schema\":{"
		 "\"type\":\"object\",\"properties\":{}}}]}",
	     28},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		is_int(estimate(rows[i].body), rows[i].tokens, "%s",
		       rows[i].what);
}

static void test_extra(void)
{
	struct buf out = BUF_INIT(1000);
	struct json_extra x;
	bool comma = true;

	ok(json_extra_init(
	       &x, STR("{\"a\" : 1, \"b\":[2],\"a\":{\"c\":3.0}}")) == 0,
	   "members");
	ok(json_extra_has(&x, "a") && !json_extra_has(&x, "c"), "their names");
	json_extra_write(&x, &out, &comma);
	is_text(buf_str(&out), ",\"b\":[2],\"a\":{\"c\":3.0}", "as written");
	json_extra_release(&x);
	ok(json_extra_init(&x, STR("{")) < 0, "no JSON");
	json_extra_release(&x);
	buf_release(&out);
}

int main(void)
{
	test_trim();
	test_lone();
	test_starts();
	test_flavours();
	test_images();
	test_text_estimate();
	test_request_estimate();
	test_extra();
	return done_testing();
}
