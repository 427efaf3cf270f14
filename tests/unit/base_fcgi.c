/* FastCGI as a web server speaks it: records written, records taken apart. */
#include "tests/support/tap.h"

#include <stdlib.h>
#include <string.h>

#include "base/fcgi.h"
#include "base/mem.h"

enum { BIG = 200 * 1000, TRIES = 200 };

static void is_bytes(const struct buf *b, const char *want, size_t n,
		     const char *name)
{
	ok(b->len == n && memcmp(b->data, want, n) == 0, "%s", name);
}

static void test_pairs(void)
{
	struct buf b = BUF_INIT(BIG);
	char name[128];

	memset(name, 'n', sizeof(name));
	fcgi_add_pair(&b, STR("A"), STR("bc"));
	is_bytes(&b, "\1\2Abc", 5, "a short pair");
	buf_reset(&b);
	fcgi_add_pair(&b, (struct str){name, 127}, STR_NONE);
	is_int(b.len, 2 + 127, "lengths up to 127 are one byte");
	buf_reset(&b);
	fcgi_add_pair(&b, (struct str){name, 128}, STR("x"));
	ok(b.len == 4 + 1 + 128 + 1 && memcmp(b.data, "\x80\0\0\x80\1", 5) == 0,
	   "longer ones are four");
	buf_release(&b);
}

static void test_request(void)
{
	struct buf b = BUF_INIT(BIG);

	fcgi_add_head(&b, STR("\1\2Abc"));
	is_bytes(&b,
		 "\1\1\0\1\0\10\0\0\0\1\0\0\0\0\0\0" /* BEGIN_REQUEST */
		 "\1\4\0\1\0\5\0\0\1\2Abc"	     /* PARAMS */
		 "\1\4\0\1\0\0\0\0",
		 16 + 13 + 8, "the head");
	buf_reset(&b);
	fcgi_add_body(&b, STR("{}"));
	fcgi_add_body(&b, STR_NONE);
	fcgi_add_body_end(&b);
	is_bytes(&b, "\1\5\0\1\0\2\0\0{}\1\5\0\1\0\0\0\0", 18,
		 "a body, which only its end ends");
	buf_release(&b);
}

static void test_large_body(void)
{
	char *bytes = mem_zalloc(BIG);
	struct buf b = BUF_INIT(2 * BIG);

	fcgi_add_body(&b, (struct str){bytes, BIG});
	is_int(b.len, BIG + 4 * 8, "in four records");
	is_bytes(&(struct buf){.data = b.data, .len = 8},
		 "\1\5\0\1\xff\xf8\0\0", 8, "of full size");
	buf_release(&b);
	mem_free(bytes);
}

struct seen {
	struct buf out, err;
	int records; /* whole ones */
};

static void piece(void *ctx, enum fcgi_stream stream, struct str bytes,
		  bool last)
{
	struct seen *seen = ctx;

	buf_addstr(stream == FCGI_STREAM_OUT ? &seen->out : &seen->err, bytes);
	seen->records += last;
}

/* Two of output with padding, one of errors, one unknown, the end, and what
 * comes behind it. */
static const char stream[] = "\1\6\0\1\0\5\3\0HELLOppp"
			     "\1\7\0\1\0\2\0\0no"
			     "\1\13\0\0\0\4\1\0????p"
			     "\1\6\0\1\0\6\0\0 WORLD"
			     "\1\6\0\1\0\0\0\0"
			     "\1\3\0\1\0\10\0\0\0\0\0\0\0\0\0\0"
			     "\1\6\0\1\0\4\0\0late";

static bool take_all(size_t (*step)(void))
{
	struct seen seen = {BUF_INIT(4096), BUF_INIT(4096), 0};
	struct fcgi_answer a = {.piece = piece, .ctx = &seen};
	struct str rest = {stream, sizeof(stream) - 1};
	bool good;

	while (rest.n) {
		struct str part = str_sub(rest, 0, step());

		fcgi_answer_take(&a, part);
		rest = str_sub(rest, part.n, rest.n);
	}
	good = a.ended && str_is(buf_str(&seen.out), "HELLO WORLD") &&
	       str_is(buf_str(&seen.err), "no") && seen.records == 3;
	buf_release(&seen.out);
	buf_release(&seen.err);
	return good;
}

static size_t whole(void)
{
	return SIZE_MAX;
}

static size_t single(void)
{
	return 1;
}

static unsigned seed = 1;

static size_t some(void)
{
	seed = seed * 1103515245u + 12345u;
	return 1 + (seed >> 16) % 11;
}

static void test_answer(void)
{
	bool good = true;

	ok(take_all(whole), "an answer at once");
	ok(take_all(single), "byte by byte");
	for (int i = 0; i < TRIES; i++)
		good &= take_all(some);
	ok(good, "in any pieces");
}

/* Bytes of no meaning are taken without harm. */
static void test_noise(void)
{
	struct seen seen = {BUF_INIT(4096), BUF_INIT(4096), 0};
	struct fcgi_answer a = {.piece = piece, .ctx = &seen};
	char noise[4096];

	for (int i = 0; i < TRIES; i++) {
		for (size_t j = 0; j < sizeof(noise); j++)
			noise[j] = (char)(some() * 23);
		fcgi_answer_take(&a, (struct str){noise, sizeof(noise)});
	}
	ok(seen.out.len <= 4096 && seen.err.len <= 4096, "noise");
	buf_release(&seen.out);
	buf_release(&seen.err);
}

int main(void)
{
	test_pairs();
	test_request();
	test_large_body();
	test_answer();
	test_noise();
	return done_testing();
}
