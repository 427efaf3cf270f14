#include "tests/support/tap.h"

#include <string.h>

#include "base/jscan.h"
#include "base/mem.h"

static const struct jlimits limits = {
    .depth = 200, .recorded = 4, .tokens = 1000};

struct refused {
	const char *text, *detail;
	size_t at;
};

static const struct refused refused[] = {
    {"", "unexpected end", 0},
    {"{} x", "trailing characters", 3},
    {"[1,]", "unexpected character", 3},
    {"{\"a\":1,}", "expected a string", 7},
    {"{\"a\" 1}", "expected ':'", 5},
    {"[1 2]", "expected ',' or ']'", 3},
    {"[01]", "expected ',' or ']'", 2},
    {"[1.]", "malformed number", 3},
    {"[-]", "malformed number", 2},
    {"\"a\nb\"", "control character in a string", 2},
    {"\"\\x\"", "unknown escape in a string", 2},
    {"\"\\u12g4\"", "malformed \\u escape", 2},
    {"\"\xff\"", "invalid UTF-8", 1},
    {"\"\xed\xa0\x80\"", "invalid UTF-8", 1},
    {"\"\xc0\xaf\"", "invalid UTF-8", 1},
    {"\"abc", "unterminated string", 4},
    {"nul", "unexpected character", 0},
};

static void test_refused(void)
{
	struct jdoc d;
	struct jerror why = {0};

	jdoc_init(&d);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		const struct refused *r = &refused[i];
		int rc = jdoc_parse(&d, str_of(r->text), &limits, &why);

		ok(rc < 0 && why.at == r->at &&
		       strcmp(why.detail, r->detail) == 0,
		   "refuses %zu: %s at %zu", i, why.detail, why.at);
		ok(jdoc_type(&d, 0) == J_NONE, "%zu leaves an empty document",
		   i);
	}
	jdoc_release(&d);
}

static void test_walk(void)
{
	static const char text[] =
	    " {\"a\": 1234567890123456789, \"b\":[1, {\"c\":\"x\\ny\"}, null],"
	    " \"a\": 12.0, \"\\u0061\\u0062\":{\"deep\":[[[[1]]]]}} ";
	struct jdoc d;
	struct jerror why;
	struct arena a = ARENA_INIT;
	int64_t n = 0;
	jref b, e;

	jdoc_init(&d);
	ok(jdoc_parse(&d, str_of(text), &limits, &why) == 0, "parses");
	is_text(jdoc_raw(&d, jdoc_get(&d, 0, "a")), "12.0",
		"the last of equal keys wins, digits kept");
	ok(jdoc_i64(&d, jdoc_get(&d, 0, "a"), &n) == 0 && n == 12,
	   "a whole float is an integer");
	b = jdoc_get(&d, 0, "b");
	is_int((int64_t)jdoc_count(&d, b), 3, "three elements");
	e = jdoc_next(&d, b, jdoc_first(&d, b));
	is_text(jdoc_string(&d, jdoc_get(&d, e, "c"), &a), "x\ny", "decodes");
	is_text(jdoc_chars(&d, jdoc_get(&d, e, "c")), "x\\ny", "keeps escapes");
	e = jdoc_next(&d, b, e);
	ok(jdoc_is_null(&d, e) && jdoc_next(&d, b, e) == JNONE, "ends");
	e = jdoc_get(&d, 0, "ab");
	is_text(jdoc_raw(&d, e), "{\"deep\":[[[[1]]]]}",
		"escaped key, raw slice");
	ok(jdoc_parse(&d, STR("[1234567890123456789,1e400,1.5,[]]"), &limits,
		      &why) == 0,
	   "reuses the document");
	ok(jdoc_i64(&d, 1, &n) == 0 && n == 1234567890123456789, "64 bits");
	ok(jdoc_i64(&d, 2, &n) < 0 && jdoc_i64(&d, 3, &n) < 0, "no integers");
	ok(jdoc_first(&d, 4) == JNONE, "an empty list has no first");
	arena_release(&a);
	jdoc_release(&d);
}

static void test_limits(void)
{
	char *text = mem_alloc(1000);
	struct jdoc d;
	struct jerror why;

	jdoc_init(&d);
	memset(text, '[', 200);
	memset(text + 200, ']', 200);
	ok(jdoc_parse(&d, (struct str){text, 400}, &limits, &why) == 0,
	   "200 levels pass");
	is_int(d.ntok, 5, "only the recorded depth has tokens");
	ok(jdoc_flags(&d, 4) & JSCAN_OPAQUE, "the last one is opaque");
	memset(text, '[', 201);
	memset(text + 201, ']', 201);
	ok(jdoc_parse(&d, (struct str){text, 402}, &limits, &why) < 0 &&
	       strcmp(why.detail, "nested too deeply") == 0,
	   "201 levels do not");
	jdoc_release(&d);
	mem_free(text);
}

static void unescaped(const char *chars, uint16_t *high, const char *want,
		      const char *name)
{
	struct buf out = BUF_INIT(1000);

	jscan_unescape(&out, str_of(chars), high);
	is_text(buf_str(&out), want, name);
	buf_release(&out);
}

static void test_surrogates(void)
{
	uint16_t high = 0;
	struct jdoc d;
	struct jerror why;

	unescaped("\\ud83d\\ude00", NULL, "\xf0\x9f\x98\x80", "a pair joins");
	unescaped("a\\ud83db", NULL,
		  "a\xef\xbf\xbd"
		  "b",
		  "a lone one does not");
	unescaped("x\\ud83d", &high, "x", "a high one at the end waits");
	is_int(high, 0xd83d, "in the carry");
	unescaped("\\ude00y", &high, "\xf0\x9f\x98\x80y", "and joins later");
	is_int(high, 0, "carry empty again");
	jdoc_init(&d);
	ok(jdoc_parse(&d, STR("[\"\\ud83d\",\"\\ud83d\\ude00\"]"), &limits,
		      &why) == 0,
	   "lone surrogates are grammar");
	ok(jdoc_flags(&d, 1) & JSCAN_LONE, "but flagged");
	ok(!(jdoc_flags(&d, 2) & JSCAN_LONE), "pairs are not");
	jdoc_release(&d);
}

int main(void)
{
	test_refused();
	test_walk();
	test_limits();
	test_surrogates();
	return done_testing();
}
