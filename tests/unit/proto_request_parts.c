/* The parts of the request translators that have a table of their own. */
#include "proto/anthropic_request.h"
#include "proto/chat_text.h"
#include "proto/flavour.h"
#include "proto/image_size.h"
#include "proto/json_extra.h"
#include "proto/surrogates.h"
#include "proto/token_estimate.h"
#include "proto/tokenize.h"
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
	    {"JPEG with JFIF first",
	     "/9j/4AAQSkZJRgABAQAAAQABAAD/wAARCAJYAyADAAAAAAAAAAAA", 800, 600},
	    {"progressive JPEG with a table first",
	     "/9j/xAAEAAD/wgARCAAHAAkDAAAAAAAAAAAA", 9, 7},
	    {"GIF in base64url", "R0lGODlh__v__gAAAA==", 64511, 65279},
	};
	static const struct {
		const char *kind, *base64;
	} bad[] = {
	    {"too short", "AAAA"},
	    {"a JPEG without frame", "/9j/4AAEAAD/"},
	    {"nothing", ""},
	    {"a JPEG cut behind a mark", "/9j/4AAQSkZJRgABAQAAAQABAAD/"},
	    {"a JPEG cut in its frame", "/9j/4AAQSkZJRgABAQAAAQABAAD/wAARCAA="},
	    {"a JPEG whose segment has no length",
	     "/9j/4AABAAAAAAAAAAAAAAAAAAAAAAAAAAA="},
	    {"a JPEG whose segment is too long",
	     "/9j/4P//AAAAAAAAAAAAAAAAAAAAAAAAAAA="},
	    {"a WebP of another kind",
	     "UklGRgAAAABXRUJQVlA5IAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
	    {"a BMP",
	     "Qk0AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
	};
	uint32_t w, h;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		w = h = 0;
		ok(image_size(str_of(rows[i].base64), &w, &h), "%s is known",
		   rows[i].kind);
		is_int(w, rows[i].width, "%s: width", rows[i].kind);
		is_int(h, rows[i].height, "%s: height", rows[i].kind);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(!image_size(str_of(bad[i].base64), &w, &h), "%s",
		   bad[i].kind);
}

/* Only the beginning is looked at: a thumbnail may be long, not endless. */
static void test_long_image(void)
{
	struct buf data = BUF_INIT(1 << 20);
	uint32_t w, h;

	buf_adds(&data, "/9j/4P//");
	for (int i = 0; i < 3; i++) {
		while (data.len % 87384 != 8 || data.len < 9)
			buf_adds(&data, "AAAA");
		buf_adds(&data, "/+D/");
		buf_adds(&data, "/wAA");
	}
	ok(!image_size(buf_str(&data), &w, &h), "a JPEG of endless segments");
	buf_release(&data);
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

#define CALLED                                                                 \
	"{\"model\":\"m\",\"messages\":[{\"role\":\"assistant\",\"content\":"  \
	"[{\"type\":\"tool_use\",\"id\":\"a\",\"name\":\"f\",\"input\":"       \
	"{\"a\":1}}]},{\"role\":\"user\",\"content\":[{\"type\":"              \
	"\"tool_result\",\"tool_use_id\":\"a\",\"content\":"

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
	    {"an escape of ASCII", ASK "\"\\u0041\"}]}", 8},
	    /* (3 + 9/3.6 + 4 + 4 + 1/3.6) * 1.05 */
	    {"a system prompt", ASK "\"q\"}],\"system\":\"abcdefghi\"}", 15},
	    /* (3 + 4 + 8/3.6 + 4 + 2/3.6 + 4) * 1.05 */
	    {"a call and its result", CALLED "\"ok\"}]}]}", 19},
	    /* (3 + 4 + 8/3.6 + 4 + 7/3.6 + 4) * 1.05 */
	    {"a result of JSON", CALLED "{\"k\":1}}]}]}", 21},
	    /* (7 + 9 * 2000/50000) * 1.05 */
	    {"a PDF",
	     ASK "[{\"type\":\"document\",\"source\":{\"type\":\"base64\","
		 "\"data\":\"JVBERi0xLjQ=\"}}]}]}",
	     8},
	    /* (3 + 4 + 4/3.6 + 4 + 1/3.6) * 1.05 */
	    {"thinking",
	     "{\"model\":\"m\",\"messages\":[{\"role\":\"assistant\","
	     "\"content\":[{\"type\":\"thinking\",\"thinking\":"
	     "\"abcd\"}]},{\"role\":\"user\",\"content\":\"q\"}]}",
	     14},
	    /* (3 + 4 + 1/3.6 + 4 + 36/3.6) * 1.05 */
	    {"a system turn",
	     ASK "\"q\"},{\"role\":\"system\",\"content\":"
		 "\"abcdefghijklmnopqrstuvwxyz0123456789\"}]}",
	     23},
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

/* A count that the tools alone must exceed. */
static void test_lacking_tools(void)
{
	struct anthropic_request_options options = {.counting = true};
	struct str body =
	    STR(ASK "\"q\"}],\"tools\":[{\"name\":\"abcd\",\"input_schema\":{"
		    "\"type\":\"object\",\"properties\":{}}}]}");
	struct arena a = ARENA_INIT;
	struct chat_request r;
	struct jdoc doc;
	struct err e;

	jdoc_init(&doc);
	anthropic_request_read(&r, &doc, body, &a, &options, &e);
	is_int(token_estimate_tools(&r), 21, "tokens of the tools");
	is_int(token_estimate_images(&r), 0, "of no image");
	ok(tokenize_lacks_tools(&r, 8), "8 tokens cannot hold them");
	ok(!tokenize_lacks_tools(&r, 9), "9 may");
	r.tool_choice = TOOL_CHOICE_NONE;
	ok(!tokenize_lacks_tools(&r, 8), "they need not be told");
	r.ntools = 0;
	is_int(token_estimate_tools(&r), 0, "without tools");
	jdoc_release(&doc);
	arena_release(&a);
}

/* Escapes that come in pieces. */
static void test_mend(void)
{
	static const struct {
		const char *json, *mended;
		size_t part;
	} rows[] = {
	    {"", "", 0},
	    {"ab", "ab", 0},
	    {"\\", "\\", 1},
	    {"a\\\\", "a\\\\", 0},
	    {"a\\u", "a\\u", 2},
	    {"a\\u00e", "a\\u00e", 5},
	    {"a\\u00e9", "a\\u00e9", 0},
	    {"\\ud83d", "\\ud83d", 6},
	    {"\\ud83d\\", "\\ud83d\\", 7},
	    {"\\ud83d\\u", "\\ud83d\\u", 8},
	    {"\\ud83d\\ude0", "\\ud83d\\ude0", 11},
	    {"\\ud83d\\ude00", "\\ud83d\\ude00", 0},
	    {"\\ud83d\\n", "\\ufffd\\n", 0},
	    {"\\ud83dx", "\\ufffdx", 0},
	    {"\\ud83d\\ud83d\\ude00", "\\ufffd\\ud83d\\ude00", 0},
	    {"\\ude00\\ud83d", "\\ufffd\\ud83d", 6},
	    {"\\uD83D\\uDE00\\uDE00", "\\uD83D\\uDE00\\ufffd", 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena a = ARENA_INIT;
		char *json = arena_strz(&a, str_of(rows[i].json));
		size_t n = str_of(rows[i].json).n;

		is_int((int64_t)surrogates_mend(json, n), (int64_t)rows[i].part,
		       "undecided of '%s'", rows[i].json);
		is_text(str_of(json), rows[i].mended, rows[i].json);
		arena_release(&a);
	}
	is_int((int64_t)surrogates_find(STR("a\\u00")), 5, "a part is none");
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
	test_long_image();
	test_text_estimate();
	test_request_estimate();
	test_lacking_tools();
	test_mend();
	test_extra();
	return done_testing();
}
