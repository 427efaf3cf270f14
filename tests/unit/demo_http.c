/* demo/http.c: requests whole and in pieces, and what is refused. */
#include <string.h>

#include "demo/http.h"
#include "tests/support/tap.h"

/* Feeds text in pieces of n bytes; what is left over goes to *rest. */
static int feed(struct http_in *in, struct str text, size_t n, struct str *rest)
{
	struct err e;

	while (text.n && in->state != HTTP_DONE) {
		size_t used;

		if (http_feed(in, str_sub(text, 0, n), &used, &e) < 0)
			return err_status(e.kind);
		text = str_sub(text, used, text.n);
	}
	*rest = text;
	return in->state == HTTP_DONE ? 0 : -1;
}

static const struct {
	const char *name;
	struct str text;
	const char *method, *target, *body, *rest;
	bool keep_alive, expects;
} good[] = {
    {"no body", STR("GET /a?b HTTP/1.1\r\nHost: h\r\n\r\nGET"), "GET", "/a?b",
     "", "GET", true, false},
    {"content length",
     STR("POST / HTTP/1.1\r\nContent-Length: 5\r\nExpect: 100-continue\r\n"
	 "Connection: close\r\n\r\nhellomore"),
     "POST", "/", "hello", "more", false, true},
    {"chunks",
     STR("POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n"
	 "5;x=y\r\nhello\r\n00A\r\n, chunked!\r\n0\r\nTrailer: t\r\n\r\nX"),
     "POST", "/", "hello, chunked!", "X", true, false},
    {"bare line feeds and empty lines before",
     STR("\r\n\r\nPUT /x HTTP/1.0\nContent-Length:1\n\nab"), "PUT", "/x", "a",
     "b", false, false},
};

static void test_good(void)
{
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		int wrong = 0;

		for (size_t n = good[i].text.n; n; n--) {
			struct http_in in;
			struct str rest = STR_NONE;

			http_init(&in);
			wrong += feed(&in, good[i].text, n, &rest) != 0 ||
				 !str_is(in.method, good[i].method) ||
				 !str_is(in.target, good[i].target) ||
				 !str_is(buf_str(&in.body), good[i].body) ||
				 !str_is(rest, good[i].rest) ||
				 in.keep_alive != good[i].keep_alive ||
				 in.expects != good[i].expects;
			http_release(&in);
		}
		is_int(wrong, 0, "%s, in pieces of every size", good[i].name);
	}
}

#define POST	"POST / HTTP/1.1\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n"

static const struct {
	const char *name, *text;
	int status;
} refused[] = {
    {"other version", "GET / HTTP/2.0\r\n\r\n", 400},
    {"no version", "GET /\r\n\r\n", 400},
    {"absolute target", "GET http://h/ HTTP/1.1\r\n\r\n", 400},
    {"folded field", "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", 400},
    {"field without colon", "GET / HTTP/1.1\r\nA\r\n\r\n", 400},
    {"two lengths", POST "Content-Length: 1\r\n" CHUNKED "\r\n", 400},
    {"other coding", POST "Transfer-Encoding: gzip\r\n\r\n", 400},
    {"negative length", POST "Content-Length: -1\r\n\r\n", 400},
    {"signed length", POST "Content-Length: +1\r\n\r\n", 400},
    {"large length", POST "Content-Length: 41943041\r\n\r\n", 413},
    {"chunk size", POST CHUNKED "\r\nx\r\n", 400},
    {"chunk size of nine digits", POST CHUNKED "\r\n000000001\r\n", 400},
    {"chunk without end", POST CHUNKED "\r\n1\r\nab\r\n", 400},
};

static void test_refused(void)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct http_in in;
		struct str rest, text = str_of(refused[i].text);

		http_init(&in);
		is_int(feed(&in, text, text.n, &rest), refused[i].status, "%s",
		       refused[i].name);
		http_release(&in);
	}
}

static void test_ceilings(void)
{
	struct str start = STR(POST CHUNKED "\r\n"), rest;
	struct http_in in;
	struct err e;
	size_t used;
	int rc = 0, fed = 0;

	http_init(&in);
	for (; rc == 0 && fed < HTTP_HEAD_BYTES + 10; fed++)
		rc = http_feed(&in, STR("a"), &used, &e);
	is_int(fed, HTTP_HEAD_BYTES + 1, "head has a ceiling");
	http_reset(&in);
	feed(&in, start, start.n, &rest);
	for (rc = 0, fed = 0; rc == 0 && fed < HTTP_BODY_BYTES; fed += 65536) {
		static char chunk[65536 + 9];

		memcpy(chunk, "10000\r\n", 7);
		memcpy(chunk + 65536 + 7, "\r\n", 2);
		rc = http_feed(&in, (struct str){chunk, sizeof(chunk)}, &used,
			       &e);
	}
	is_int(rc, 0, "40 MB of chunks");
	rc = http_feed(&in, STR("1\r\na"), &used, &e);
	is_int(rc, -1, "chunks have a ceiling");
	is_int(err_status(e.kind), 413, "status");
	http_release(&in);
}

int main(void)
{
	test_good();
	test_refused();
	test_ceilings();
	return done_testing();
}
