#include "tests/support/tap.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "io/transfer.h"
#include "tests/support/io_server.h"

static struct loop *loop;
static struct io_server *server;
static struct io_flag *step;  /* the client lets the server go on */
static struct io_flag *heard; /* the server saw the connection close */

/* --------------------------------------------------------------- the server */

#define CHUNKED                                                                \
	"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"               \
	"Transfer-Encoding: chunked\r\n\r\n"

static void serve_echo(struct io_conn *c, struct str request)
{
	struct buf b = BUF_INIT(SIZE_MAX / 2);

	buf_addf(&b,
		 "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
		 "Content-Length: %zu\r\n\r\n",
		 request.n);
	buf_addstr(&b, request);
	io_say_bytes(c, b.data, b.len);
	buf_release(&b);
}

static void serve_pieces(struct io_conn *c, struct str request)
{
	(void)request;
	io_say(c, CHUNKED "5\r\nfirst\r\n");
	io_flag_wait(step);
	io_say(c, "6\r\nsecond\r\n");
	io_flag_wait(step);
	io_say(c, "5\r\nthird\r\n3\r\nand\r\n");
	io_flag_wait(step);
	io_say(c, "0\r\n\r\n");
}

static void serve_many(struct io_conn *c, struct str request)
{
	char piece[1040];

	(void)request;
	snprintf(piece, sizeof(piece), "400\r\n%1024d\r\n", 7);
	io_say(c, CHUNKED);
	for (int i = 0; i < 512; i++)
		io_say(c, piece);
	io_say(c, "0\r\n\r\n");
}

static void serve_silence(struct io_conn *c, struct str request)
{
	(void)request;
	io_wait_close(c);
	io_flag_set(heard);
}

static void serve_stall(struct io_conn *c, struct str request)
{
	(void)request;
	io_say(c, CHUNKED "2\r\nab\r\n");
	io_wait_close(c);
	io_flag_set(heard);
}

static void serve_drip(struct io_conn *c, struct str request)
{
	(void)request;
	io_say(c, CHUNKED);
	while (send(c->fd, "1\r\nx\r\n", 6, MSG_NOSIGNAL) > 0)
		usleep(5000);
}

static void serve_reset(struct io_conn *c, struct str request)
{
	struct linger hard = {1, 0};

	(void)request;
	io_say(c, CHUNKED "2\r\nab\r\n");
	io_flag_wait(step);
	setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
}

static void serve_early_reset(struct io_conn *c, struct str request)
{
	(void)c;
	(void)request; /* closes without a word */
}

static void serve_truncated(struct io_conn *c, struct str request)
{
	(void)request;
	io_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
}

static void serve_no_last_chunk(struct io_conn *c, struct str request)
{
	(void)request;
	io_say(c, CHUNKED "2\r\nab\r\n");
}

static void serve_to_close(struct io_conn *c, struct str request)
{
	(void)request;
	io_say(c, "HTTP/1.0 200 OK\r\n\r\nto the end");
}

static void serve_garbage(struct io_conn *c, struct str request)
{
	(void)request;
	io_say(c, "SSH-2.0-OpenSSH_9.2\r\nhello\r\n");
}

static void serve_interim(struct io_conn *c, struct str request)
{
	(void)request;
	io_say(c, "HTTP/1.1 100 Continue\r\nContent-Type: x/y\r\n\r\n"
		  "HTTP/1.1 103 Early Hints\r\nretry-after: 3\r\n\r\n"
		  "HTTP/1.1 429 Slow\r\nRetry-After: 7\r\n"
		  "Content-Length: 4\r\n\r\nbusy");
}

static void serve_retry_ms(struct io_conn *c, struct str request)
{
	(void)request;
	io_say(c, "HTTP/1.1 503 No\r\nretry-after-ms: 1500.5\r\n"
		  "Retry-After: 99\r\nContent-Type:  application/json \r\n"
		  "Content-Length: 0\r\n\r\n");
}

static void serve_redirect(struct io_conn *c, struct str request)
{
	(void)request;
	io_say(c, "HTTP/1.1 307 Go\r\nLocation: /echo\r\n"
		  "Content-Length: 2\r\n\r\nno");
}

static void serve_big_head(struct io_conn *c, struct str request)
{
	char line[1001];

	(void)request;
	memset(line, 'a', 1000);
	line[1000] = '\0';
	io_say(c, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < 70; i++) {
		io_say(c, "X-Long: ");
		io_say(c, line);
		io_say(c, "\r\n");
	}
	io_say(c, "Content-Length: 0\r\n\r\n");
}

static void serve_endless_interim(struct io_conn *c, struct str request)
{
	(void)request;
	while (send(c->fd, "HTTP/1.1 102 Processing\r\n\r\n", 27,
		    MSG_NOSIGNAL) > 0)
		;
}

static void serve_gzip(struct io_conn *c, struct str request)
{
	(void)request;
	io_say(c, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
		  "Content-Length: 5\r\n\r\nplain");
}

static const struct {
	const char *path;
	void (*serve)(struct io_conn *c, struct str request);
	bool again; /* the connection may be used again */
} paths[] = {
    {"/echo",	      serve_echo,		  true },
    {"/pieces",		serve_pieces,	      true },
    {"/many",	      serve_many,		  true },
    {"/silence",	 serve_silence,		false},
    {"/stall",	       serve_stall,	    false},
    {"/drip",	      serve_drip,		  false},
    {"/reset",	       serve_reset,	    false},
    {"/early-reset",     serve_early_reset,	false},
    {"/truncated",	   serve_truncated,	    false},
    {"/no-last-chunk",   serve_no_last_chunk,   false},
    {"/to-close",	  serve_to_close,	  false},
    {"/garbage",	 serve_garbage,		false},
    {"/interim",	 serve_interim,		true },
    {"/retry-ms",	  serve_retry_ms,	  true },
    {"/redirect",	  serve_redirect,	  true },
    {"/big-head",	  serve_big_head,	  false},
    {"/endless-interim", serve_endless_interim, false},
    {"/gzip",	      serve_gzip,		  true },
};

static bool serve_one(struct io_conn *c)
{
	struct buf in;
	struct str path, rest;
	bool again = false;

	if (!io_read_request(c, &in))
		return false;
	rest = buf_str(&in);
	str_cut(&rest, ' ');
	path = str_cut(&rest, ' ');
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (!str_is(path, paths[i].path))
			continue;
		paths[i].serve(c, buf_str(&in));
		again = paths[i].again;
	}
	buf_release(&in);
	return again;
}

static void serve(struct io_conn *c)
{
	while (serve_one(c))
		;
}

/* --------------------------------------------------------------- the client */

enum act { NOTHING, STOP, LINGER, PAUSE, STEP };

struct get {
	struct transfer_spec spec;
	struct transfer *t;
	char url[128];
	struct buf log; /* H status, D bytes, F, E end */
	struct buf body;
	struct transfer_head head;
	enum transfer_end end;
	char detail[300];
	enum act at_head, at_data, at_flush;
	struct io_flag *done, *held; /* ended; did what it was told to do */
	bool brief;		     /* no data in the log */
};

static int perform(struct get *g, enum act what)
{
	if (what == NOTHING)
		return 0;
	if (what == LINGER)
		transfer_linger(g->t, 2000);
	if (what == PAUSE)
		transfer_pause(g->t);
	if (what == STEP)
		io_flag_set(step);
	io_flag_set(g->held);
	return what == STOP;
}

static int on_head(void *ctx, const struct transfer_head *head)
{
	struct get *g = ctx;

	g->head = *head;
	buf_addf(&g->log, "H%d ", head->status);
	return perform(g, g->at_head);
}

static int on_data(void *ctx, struct str bytes)
{
	struct get *g = ctx;

	buf_addstr(&g->body, bytes);
	if (!g->brief)
		buf_addf(&g->log, "D:%.*s ", STR_ARG(bytes));
	return perform(g, g->at_data);
}

static void on_flush(void *ctx)
{
	struct get *g = ctx;

	if (!g->brief)
		buf_adds(&g->log, "F ");
	perform(g, g->at_flush);
}

static void on_done(void *ctx, enum transfer_end end, const char *detail)
{
	struct get *g = ctx;

	buf_addf(&g->log, "E%d", (int)end);
	g->end = end;
	snprintf(g->detail, sizeof(g->detail), "%s", detail);
	io_flag_set(g->done);
}

static const struct transfer_events events = {on_head, on_data, on_flush,
					      on_done};

static void get_init(struct get *g, const char *path)
{
	memset(g, 0, sizeof(*g));
	snprintf(g->url, sizeof(g->url), "http://127.0.0.1:%d%s",
		 io_server_port(server), path);
	g->spec.method = "GET";
	g->spec.url = g->url;
	g->spec.connect_ms = 5000;
	buf_init(&g->log, SIZE_MAX / 2);
	buf_init(&g->body, SIZE_MAX / 2);
	g->done = io_flag_new();
	g->held = io_flag_new();
}

static void get_release(struct get *g)
{
	buf_release(&g->log);
	buf_release(&g->body);
	io_flag_free(g->done);
	io_flag_free(g->held);
}

static void do_start(struct loop *l, void *arg)
{
	struct get *g = arg;

	g->t = transfer_start(l, &g->spec, &events, g);
}

static void do_resume(struct loop *l, void *arg)
{
	(void)l;
	transfer_resume(((struct get *)arg)->t);
}

static void do_cancel(struct loop *l, void *arg)
{
	(void)l;
	transfer_cancel(((struct get *)arg)->t);
}

static void do_linger(struct loop *l, void *arg)
{
	(void)l;
	transfer_linger(((struct get *)arg)->t, 50);
}

static void do_nothing(struct loop *l, void *arg)
{
	(void)l;
	(void)arg;
}

static void start(struct get *g)
{
	io_call(loop, do_start, g);
}

/* Starts and waits for the end. */
static void run(struct get *g)
{
	start(g);
	if (!io_flag_wait(g->done))
		diag("%s did not end", g->url);
}

/* -------------------------------------------------------------------- tests */

static void test_normal(void)
{
	static const char *const headers[] = {"X-One: 1", "Content-Type: a/b"};
	struct get g;
	char want[400];

	get_init(&g, "/echo");
	g.spec.method = "POST";
	g.spec.headers = headers;
	g.spec.nheaders = 2;
	g.spec.body = STR("{\"a\":1}");
	g.brief = true;
	run(&g);
	is_text(buf_str(&g.log), "H200 E0", "head, then the end");
	is_text(str_of(g.head.content_type), "text/plain", "content type");
	snprintf(want, sizeof(want),
		 "POST /echo HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
		 "Accept: */*\r\nX-One: 1\r\nContent-Type: a/b\r\n"
		 "Content-Length: 7\r\n\r\n{\"a\":1}",
		 io_server_port(server));
	is_text(buf_str(&g.body), want, "the request to the byte");
	get_release(&g);
}

static void test_big_body(void)
{
	enum { N = 3000000 };
	struct get g;
	char *body = mem_alloc(N);

	for (size_t i = 0; i < N; i++)
		body[i] = (char)('a' + i % 23);
	get_init(&g, "/echo");
	g.spec.method = "POST";
	g.spec.body = (struct str){body, N};
	g.brief = true;
	run(&g);
	is_text(buf_str(&g.log), "H200 E0", "3 MB up and down");
	ok(g.body.len > N && memcmp(g.body.data + g.body.len - N, body, N) == 0,
	   "unchanged");
	get_release(&g);
	mem_free(body);
}

static void test_pieces(void)
{
	struct get g;

	get_init(&g, "/pieces");
	g.at_flush = STEP;
	run(&g);
	is_text(buf_str(&g.log), "H200 D:first F D:second F D:third D:and F E0",
		"data in order, one flush after each read");
	is_text(str_of(g.head.content_type), "text/event-stream", "its type");
	get_release(&g);
}

static void test_pause(void)
{
	struct get g;
	size_t before;

	get_init(&g, "/many");
	g.brief = true;
	g.at_data = PAUSE;
	g.spec.idle_ms = 60;
	start(&g);
	ok(io_flag_wait(g.held), "the first data came, and a pause");
	before = g.body.len;
	g.at_data = NOTHING;
	/* Longer than the idle limit, which does not count in a pause. */
	usleep(150000);
	io_call(loop, do_nothing, NULL);
	is_int((int64_t)g.body.len, (int64_t)before, "then nothing comes");
	io_call(loop, do_resume, &g);
	ok(io_flag_wait(g.done), "until it is resumed");
	is_text(buf_str(&g.log), "H200 E0", "to the end");
	is_int((int64_t)g.body.len, 512 * 1024, "without a loss");
	get_release(&g);

	get_init(&g, "/many");
	g.brief = true;
	g.at_head = PAUSE;
	start(&g);
	io_flag_wait(g.held);
	io_call(loop, do_cancel, &g);
	is_text(buf_str(&g.log), "H200 ", "a paused transfer can be cancelled");
	get_release(&g);
}

/* Ends it in an event: no further event, the connection is closed. */
static void test_stop_in(const char *what, enum act head, enum act data,
			 const char *log)
{
	struct get g;

	get_init(&g, "/stall");
	g.at_head = head;
	g.at_data = data;
	start(&g);
	ok(io_flag_wait(g.held) && io_flag_wait(heard),
	   "non-zero from %s closes the connection", what);
	io_call(loop, do_nothing, NULL);
	is_text(buf_str(&g.log), log, "and no event follows");
	get_release(&g);
}

static void do_start_and_cancel(struct loop *l, void *arg)
{
	do_start(l, arg);
	do_cancel(l, arg);
}

static void test_cancel(void)
{
	struct get g;

	test_stop_in("head", STOP, NOTHING, "H200 ");
	test_stop_in("data", NOTHING, STOP, "H200 D:ab ");

	get_init(&g, "/stall");
	g.at_flush = STEP;
	start(&g);
	io_flag_wait(step);
	io_call(loop, do_cancel, &g);
	ok(io_flag_wait(heard), "cancel from outside closes the connection");
	is_text(buf_str(&g.log), "H200 D:ab F ", "and no event follows");
	get_release(&g);

	get_init(&g, "/silence");
	io_call(loop, do_start_and_cancel, &g);
	io_call(loop, do_nothing, NULL);
	is_text(buf_str(&g.log), "", "cancel at once");
	get_release(&g);
}

static void test_linger(void)
{
	struct get g;
	int before;

	get_init(&g, "/pieces");
	g.at_data = LINGER;
	start(&g);
	ok(io_flag_wait(g.held), "lingering from the first data on");
	before = io_server_connections(server);
	io_flag_set(step);
	io_flag_set(step);
	io_flag_set(step);
	get_release(&g);
	/* The next request finds the connection free, or waits no longer than
	 * one more round. */
	for (int i = 0; i < 50; i++) {
		get_init(&g, "/echo");
		run(&g);
		get_release(&g);
	}
	ok(io_server_connections(server) <= before + 1,
	   "its connection is used again");

	get_init(&g, "/stall");
	g.at_flush = STEP;
	start(&g);
	io_flag_wait(step);
	io_call(loop, do_linger, &g);
	ok(io_flag_wait(heard), "lingering ends after its time");
	is_text(buf_str(&g.log), "H200 D:ab F ", "without an event");
	get_release(&g);
}

static void test_reuse(void)
{
	struct get g;
	int before = io_server_connections(server);

	for (int i = 0; i < 20; i++) {
		get_init(&g, "/echo");
		run(&g);
		get_release(&g);
	}
	ok(io_server_connections(server) <= before + 1,
	   "twenty requests in a row are one connection");
	/* Idle ones are closed soon: the server sees it. */
}

static int free_port(void)
{
	struct io_server *s = io_server_start(serve, NULL);
	int port = io_server_port(s);

	io_server_stop(s);
	return port;
}

/* Each row: a path and how it ends. */
static const struct {
	const char *path, *log;
	enum transfer_end end;
} endings[] = {
    {"/early-reset",     "E%d",			    TRANSFER_RESET	  },
    {"/truncated",	   "H200 D:only this F E%d",  TRANSFER_RESET   },
    {"/no-last-chunk",   "H200 D:ab F E%d",	  TRANSFER_RESET	},
    {"/to-close",	  "H200 D:to the end F E%d", TRANSFER_OK	},
    {"/garbage",	 "E%d",			TRANSFER_PROTOCOL},
    {"/interim",	 "H429 D:busy F E%d",	      TRANSFER_OK	 },
    {"/retry-ms",	  "H503 E%d",		      TRANSFER_OK	 },
    {"/redirect",	  "H307 D:no F E%d",	     TRANSFER_OK	},
    {"/big-head",	  "E%d",			 TRANSFER_PROTOCOL},
    {"/endless-interim", "E%d",			TRANSFER_PROTOCOL},
    {"/gzip",	      "H200 D:plain F E%d",	    TRANSFER_OK      },
};

static void test_endings(void)
{
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		struct get g;
		char want[100];
		struct buf b = BUF_INIT(200);
		struct str pattern = str_of(endings[i].log);

		get_init(&g, endings[i].path);
		run(&g);
		buf_addstr(&b, str_sub(pattern, 0, pattern.n - 2));
		buf_addi(&b, endings[i].end);
		snprintf(want, sizeof(want), "%s", b.data);
		is_text(buf_str(&g.log), want, endings[i].path);
		ok(endings[i].end == TRANSFER_OK || g.detail[0], "said: %s",
		   g.detail);
		buf_release(&b);
		get_release(&g);
	}
}

static void test_reset(void)
{
	struct get g;

	get_init(&g, "/reset");
	g.at_flush = STEP;
	run(&g);
	is_text(buf_str(&g.log), "H200 D:ab F E4", "a reset in the middle");
	get_release(&g);
}

static void test_heads(void)
{
	struct get g;

	get_init(&g, "/interim");
	run(&g);
	is_int(g.head.retry_after_ms, 7000, "retry-after of the final head");
	is_text(str_of(g.head.content_type), "", "nothing of the interim ones");
	get_release(&g);
	get_init(&g, "/retry-ms");
	run(&g);
	is_int(g.head.retry_after_ms, 1500, "retry-after-ms wins");
	is_text(str_of(g.head.content_type), "application/json", "trimmed");
	get_release(&g);
}

static void test_unreachable(void)
{
	struct get g;

	get_init(&g, "");
	snprintf(g.url, sizeof(g.url), "http://127.0.0.1:%d/", free_port());
	run(&g);
	is_int(g.end, TRANSFER_REFUSED, "a closed port: %s", g.detail);
	get_release(&g);
	get_init(&g, "");
	snprintf(g.url, sizeof(g.url), "http://no-such-host.invalid/");
	run(&g);
	is_int(g.end, TRANSFER_DNS, "an unknown name: %s", g.detail);
	get_release(&g);
	get_init(&g, "/echo");
	memcpy(g.url, "https", 5);
	snprintf(g.url, sizeof(g.url), "https://127.0.0.1:%d/garbage",
		 io_server_port(server));
	g.spec.total_ms = 3000;
	run(&g);
	ok(g.end == TRANSFER_TLS || g.end == TRANSFER_TOTAL_TIMEOUT,
	   "TLS to a plain port: %s", g.detail);
	get_release(&g);
	get_init(&g, "");
	snprintf(g.url, sizeof(g.url), "file:///etc/passwd");
	run(&g);
	is_int(g.end, TRANSFER_PROTOCOL, "no other protocols: %s", g.detail);
	get_release(&g);
	get_init(&g, "");
	snprintf(g.url, sizeof(g.url), "http://127.0.0.1:99999/");
	run(&g);
	is_int(g.end, TRANSFER_PROTOCOL, "a bad URL: %s", g.detail);
	get_release(&g);
}

static void test_limits(void)
{
	static const struct {
		const char *path;
		int64_t first, idle, total;
		enum transfer_end end;
	} rows[] = {
	    {"/silence", 50,   0,	0,   TRANSFER_FIRST_BYTE_TIMEOUT},
	    {"/stall",   5000, 50,	 0,   TRANSFER_IDLE_TIMEOUT	 },
	    {"/drip",    5000, 2000, 100, TRANSFER_TOTAL_TIMEOUT     },
	    {"/silence", 5000, 0,	  50,  TRANSFER_TOTAL_TIMEOUT	    },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct get g;
		int64_t begin = clock_mono_ms(), took;

		get_init(&g, rows[i].path);
		g.spec.first_byte_ms = rows[i].first;
		g.spec.idle_ms = rows[i].idle;
		g.spec.total_ms = rows[i].total;
		run(&g);
		took = clock_mono_ms() - begin;
		is_int(g.end, rows[i].end, "%s: %s", rows[i].path, g.detail);
		ok(took >= 45 && took < 1500, "in time (%lld ms)",
		   (long long)took);
		get_release(&g);
	}
}

static void test_parallel(void)
{
	enum { N = 200 };
	struct get *g = mem_array(N, sizeof(*g));
	int good = 0;

	for (int i = 0; i < N; i++) {
		get_init(&g[i], i % 2 ? "/many" : "/echo");
		g[i].brief = true;
		start(&g[i]);
	}
	for (int i = 0; i < N; i++) {
		io_flag_wait(g[i].done);
		good += g[i].end == TRANSFER_OK &&
			(i % 2 == 0 || g[i].body.len == 512 * 1024);
		get_release(&g[i]);
	}
	is_int(good, N, "200 at once");
	mem_free(g);
}

int main(void)
{
	step = io_flag_new();
	heard = io_flag_new();
	server = io_server_start(serve, NULL);
	loop_start(&loop, "transfer", NULL);
	test_normal();
	test_big_body();
	test_pieces();
	test_pause();
	test_cancel();
	test_linger();
	test_reuse();
	test_endings();
	test_reset();
	test_heads();
	test_unreachable();
	test_limits();
	test_parallel();
	loop_stop(loop);
	io_server_stop(server);
	io_flag_free(step);
	io_flag_free(heard);
	return done_testing();
}
