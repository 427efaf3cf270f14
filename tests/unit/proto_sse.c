#include "tests/support/tap.h"

#include <string.h>

#include "base/mem.h"
#include "proto/sse.h"

struct stream {
	const char *name;
	struct str in;
	const char *want; /* [event|data] of each frame */
};

#define IN(text)                                                               \
	{                                                                      \
		text, sizeof(text) - 1                                         \
	}

static const struct stream streams[] = {
    {"line feeds", IN("data: a\n\ndata: b\n\n"), "[|a][|b]"},
    {"carriage returns", IN("data: a\r\rdata: b\r\r"), "[|a][|b]"},
    {"both", IN("data: a\r\n\r\ndata: b\r\n\r\n"), "[|a][|b]"},
    {"mixed", IN("data: a\r\ndata: b\n\rdata: c\n\n"), "[|a\nb][|c]"},
    {"mark",
     IN("\xef\xbb\xbf"
	"data: a\n\n"),
     "[|a]"},
    {"a mark later is no mark",
     IN("data: a\n\n\xef\xbb\xbf"
	"data: b\n\n"),
     "[|a]"},
    {"half a mark",
     IN("\xef\xbb"
	"data: a\n\ndata: b\n\n"),
     "[|b]"},
    {"only half a mark", IN("\xef\xbb"), ""},
    {"no space", IN("data:a\n\n"), "[|a]"},
    {"one space is dropped", IN("data:  a\n\n"), "[| a]"},
    {"lines are joined", IN("data: a\ndata\ndata: b\n\n"), "[|a\n\nb]"},
    {"comments", IN(": x\n\n:\n\ndata: a\n: y\n\n"), "[|a]"},
    {"event", IN("event: error\ndata: a\n\ndata: b\n\n"), "[error|a][|b]"},
    {"event without data", IN("event: x\n\ndata: b\n\n"), "[|b]"},
    {"id and retry", IN("id: 1\nretry: 5\ndata: a\nfoo: b\n\n"), "[|a]"},
    {"empty data", IN("data:\n\n"), "[|]"},
    {"no end", IN("data: a"), "[|a]"},
    {"no empty line", IN("data: a\n"), "[|a]"},
    {"old error line", IN("error: {\"code\":5}\n\n"),
     "[|{\"error\":{\"code\":5}}]"},
    {"error line of text", IN("error: no \"slot\"\n\n"),
     "[|{\"error\":\"no \\\"slot\\\"\"}]"},
    {"nothing", IN(""), ""},
    {"colons in data", IN("data: a:b: c\n\n"), "[|a:b: c]"},
    {"a NUL is data", IN("data: a\0b\n\n"), NULL},
};

static void show(struct buf *got, const struct sse_frame *f)
{
	buf_addc(got, '[');
	buf_addstr(got, f->event);
	buf_addc(got, '|');
	buf_addstr(got, f->data);
	buf_addc(got, ']');
}

/* Fed in pieces of step bytes. */
static void read_stream(struct buf *got, struct str in, size_t step)
{
	struct sse s;
	struct sse_frame f;

	sse_init(&s);
	while (in.n) {
		struct str piece = str_sub(in, 0, step);

		in = str_sub(in, step, in.n);
		while (sse_next(&s, &piece, &f) == SSE_FRAME)
			show(got, &f);
	}
	if (sse_end(&s, &f) == SSE_FRAME)
		show(got, &f);
	sse_release(&s);
}

static void test_streams(void)
{
	for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
		const struct stream *t = &streams[i];
		struct str want =
		    t->want ? str_of(t->want) : (struct str){"[|a\0b]", 6};

		for (size_t step = 1; step <= t->in.n + 1; step++) {
			struct buf got = BUF_INIT(1000);

			read_stream(&got, t->in, step);
			if (!str_eq(buf_str(&got), want) || step > t->in.n)
				is_str(buf_str(&got), want, "%s by %zu",
				       t->name, step);
			buf_release(&got);
		}
	}
}

/* A line of megabytes in reads of 16 KB is one frame. */
static void test_long_line(void)
{
	size_t n = 5 << 20;
	char *text = mem_alloc(n);
	struct buf in = BUF_INIT(8 << 20), got = BUF_INIT(8 << 20);

	memset(text, 'x', n);
	buf_adds(&in, "data: ");
	buf_add(&in, text, n);
	buf_adds(&in, "\n\n");
	read_stream(&got, buf_str(&in), 16384);
	is_int((int64_t)got.len, (int64_t)n + 3, "a long line");
	buf_release(&in);
	buf_release(&got);
	mem_free(text);
}

static void test_ceiling(void)
{
	size_t n = 1 << 20;
	char *text = mem_alloc(n);
	struct sse s;
	struct sse_frame f;
	enum sse_got got = SSE_MORE;
	size_t fed = 0;

	memset(text, 'x', n);
	sse_init(&s);
	while (got == SSE_MORE && fed < 64) {
		struct str piece = {text, n};

		got = sse_next(&s, &piece, &f);
		fed++;
	}
	ok(got == SSE_TOO_LONG && fed == 33, "a line past the ceiling");
	sse_release(&s);
	sse_init(&s);
	got = SSE_MORE;
	for (fed = 0; got == SSE_MORE && fed < 64; fed++) {
		struct str head = STR("data:"), end = STR("\n");
		struct str piece = {text, n};

		sse_next(&s, &head, &f);
		sse_next(&s, &piece, &f);
		got = sse_next(&s, &end, &f);
	}
	ok(got == SSE_TOO_LONG && fed == 32, "a frame past the ceiling");
	sse_release(&s);
	mem_free(text);
}

int main(void)
{
	test_streams();
	test_long_line();
	test_ceiling();
	return done_testing();
}
