#include "tests/support/tap.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "tests/support/io_get.h"

static struct get_rig rig;

static void test_normal(void)
{
	static const char *const headers[] = {"X-One: 1", "Content-Type: a/b"};
	struct get g;
	char want[400];

	get_init(&g, &rig, "/echo");
	g.spec.method = "POST";
	g.spec.headers = headers;
	g.spec.nheaders = 2;
	g.spec.body = STR("{\"a\":1}");
	g.brief = true;
	get_run(&g);
	is_text(buf_str(&g.log), "H200 E0", "head, then the end");
	is_text(str_of(g.head.content_type), "text/plain", "content type");
	snprintf(want, sizeof(want),
		 "POST /echo HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
		 "Accept: */*\r\nX-One: 1\r\nContent-Type: a/b\r\n"
		 "Content-Length: 7\r\n\r\n{\"a\":1}",
		 io_server_port(rig.server));
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
	get_init(&g, &rig, "/echo");
	g.spec.method = "POST";
	g.spec.body = (struct str){body, N};
	g.brief = true;
	get_run(&g);
	is_text(buf_str(&g.log), "H200 E0", "3 MB up and down");
	ok(g.body.len > N && memcmp(g.body.data + g.body.len - N, body, N) == 0,
	   "unchanged");
	get_release(&g);
	mem_free(body);
}

static void test_pieces(void)
{
	struct get g;

	get_init(&g, &rig, "/pieces");
	g.at_flush = GET_STEP;
	get_run(&g);
	is_text(buf_str(&g.log), "H200 D:first F D:second F D:third D:and F E0",
		"data in order, one flush after each read");
	is_text(str_of(g.head.content_type), "text/event-stream", "its type");
	get_release(&g);
}

static void test_pause(void)
{
	struct get g;
	size_t before;

	get_init(&g, &rig, "/many");
	g.brief = true;
	g.at_data = GET_PAUSE;
	g.spec.idle_ms = 60;
	get_start(&g);
	ok(io_flag_wait(g.held), "the first data came, and a pause");
	before = g.body.len;
	g.at_data = GET_NOTHING;
	/* Longer than the idle limit, which does not count in a pause. */
	usleep(150000);
	io_call(rig.loop, get_do_nothing, NULL);
	is_int((int64_t)g.body.len, (int64_t)before, "then nothing comes");
	io_call(rig.loop, get_do_resume, &g);
	ok(io_flag_wait(g.done), "until it is resumed");
	is_text(buf_str(&g.log), "H200 E0", "to the end");
	is_int((int64_t)g.body.len, 512 * 1024, "without a loss");
	get_release(&g);

	get_init(&g, &rig, "/many");
	g.brief = true;
	g.at_head = GET_PAUSE;
	get_start(&g);
	io_flag_wait(g.held);
	io_call(rig.loop, get_do_cancel, &g);
	is_text(buf_str(&g.log), "H200 ", "a paused transfer can be cancelled");
	get_release(&g);

	get_init(&g, &rig, "/many");
	g.at_head = GET_PAUSE;
	get_start(&g);
	io_flag_wait(g.held);
	io_call(rig.loop, get_do_linger, &g);
	io_call(rig.loop, get_do_nothing, NULL);
	is_text(buf_str(&g.log), "H200 ", "or left to linger");
	get_release(&g);
}

/* Ends it in an event: no further event, the connection is closed. */
static void test_stop_in(const char *what, enum get_act head, enum get_act data,
			 const char *log)
{
	struct get g;

	get_init(&g, &rig, "/stall");
	g.at_head = head;
	g.at_data = data;
	get_start(&g);
	ok(io_flag_wait(g.held) && io_flag_wait(rig.script.heard),
	   "non-zero from %s closes the connection", what);
	io_call(rig.loop, get_do_nothing, NULL);
	is_text(buf_str(&g.log), log, "and no event follows");
	get_release(&g);
}

static void do_start_and_cancel(struct loop *l, void *arg)
{
	get_do_start(l, arg);
	get_do_cancel(l, arg);
}

static void test_cancel(void)
{
	struct get g;

	test_stop_in("head", GET_STOP, GET_NOTHING, "H200 ");
	test_stop_in("data", GET_NOTHING, GET_STOP, "H200 D:ab ");

	get_init(&g, &rig, "/stall");
	g.at_flush = GET_STEP;
	get_start(&g);
	io_flag_wait(rig.script.step);
	io_call(rig.loop, get_do_cancel, &g);
	ok(io_flag_wait(rig.script.heard),
	   "cancel from outside closes the connection");
	is_text(buf_str(&g.log), "H200 D:ab F ", "and no event follows");
	get_release(&g);

	get_init(&g, &rig, "/silence");
	io_call(rig.loop, do_start_and_cancel, &g);
	io_call(rig.loop, get_do_nothing, NULL);
	is_text(buf_str(&g.log), "", "cancel at once");
	get_release(&g);
}

static void test_linger(void)
{
	struct get g;
	int before;

	get_init(&g, &rig, "/pieces");
	g.at_data = GET_LINGER;
	get_start(&g);
	ok(io_flag_wait(g.held), "lingering from the first data on");
	before = io_server_connections(rig.server);
	io_flag_set(rig.script.step);
	io_flag_set(rig.script.step);
	io_flag_set(rig.script.step);
	get_release(&g);
	/* The next request finds the connection free, or waits no longer than
	 * one more round. */
	for (int i = 0; i < 50; i++) {
		get_init(&g, &rig, "/echo");
		get_run(&g);
		get_release(&g);
	}
	ok(io_server_connections(rig.server) <= before + 1,
	   "its connection is used again");

	get_init(&g, &rig, "/stall");
	g.at_flush = GET_STEP;
	get_start(&g);
	io_flag_wait(rig.script.step);
	io_call(rig.loop, get_do_linger, &g);
	ok(io_flag_wait(rig.script.heard), "lingering ends after its time");
	is_text(buf_str(&g.log), "H200 D:ab F ", "without an event");
	get_release(&g);
}

static void test_reuse(void)
{
	struct get g;
	int before = io_server_connections(rig.server);

	for (int i = 0; i < 20; i++) {
		get_init(&g, &rig, "/echo");
		get_run(&g);
		get_release(&g);
	}
	ok(io_server_connections(rig.server) <= before + 1,
	   "twenty requests in a row are one connection");
}

/* No matter how much of the request was sent: none of it was answered. */
static void test_stale(void)
{
	static const size_t sizes[] = {10, 300000, 3000000};
	char *body = mem_zalloc(3000000);

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct get g;

		for (int again = 0; again < 2; again++) {
			get_init(&g, &rig, "/stale");
			g.spec.method = "POST";
			g.spec.body = (struct str){body, again ? sizes[i] : 10};
			g.brief = true;
			get_run(&g);
			is_text(buf_str(&g.log), "H200 E0",
				again ? "a reset connection is replaced"
				      : "a fresh one");
			get_release(&g);
		}
	}
	mem_free(body);
}

static void test_idle(void)
{
	struct get g;
	int64_t begin;

	get_init(&g, &rig, "/kept");
	get_run(&g);
	begin = clock_mono_ms();
	ok(io_flag_wait(rig.script.heard), "an idle connection is closed");
	ok(clock_mono_ms() - begin < 2000, "before it is a burden (%lld ms)",
	   (long long)(clock_mono_ms() - begin));
	get_release(&g);
}

/* As a failover does: the next transfer is begun by an event of the last. */
static void test_chain(void)
{
	static const struct {
		const char *path, *log;
		enum get_act head, data, done;
	} rows[] = {
	    {"/redirect", "H307 ", GET_NEXT, GET_NOTHING, GET_NOTHING},
	    {"/redirect", "H307 D:no ", GET_NOTHING, GET_NEXT, GET_NOTHING},
	    {"/early-reset", "E4", GET_NOTHING, GET_NOTHING, GET_NEXT},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct get g, next;

		get_init(&g, &rig, rows[i].path);
		get_init(&next, &rig, "/gzip");
		g.next = &next;
		g.at_head = rows[i].head;
		g.at_data = rows[i].data;
		g.at_done = rows[i].done;
		get_start(&g);
		ok(io_flag_wait(next.done), "begun within an event");
		is_text(buf_str(&g.log), rows[i].log, "the first");
		is_text(buf_str(&next.log), "H200 D:plain F E0", "the next");
		get_release(&g);
		get_release(&next);
	}
}

static void test_parallel(void)
{
	enum { N = 200 };
	struct get *g = mem_array(N, sizeof(*g));
	int good = 0;

	for (int i = 0; i < N; i++) {
		get_init(&g[i], &rig, i % 2 ? "/many" : "/echo");
		g[i].brief = true;
		get_start(&g[i]);
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
	get_rig_init(&rig);
	test_normal();
	test_big_body();
	test_pieces();
	test_pause();
	test_cancel();
	test_linger();
	test_reuse();
	test_stale();
	test_idle();
	test_chain();
	test_parallel();
	get_rig_release(&rig);
	return done_testing();
}
