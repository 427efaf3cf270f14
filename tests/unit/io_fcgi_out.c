#include "tests/support/tap.h"

#include <dirent.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "io/fcgi_out.h"
#include "io/loop_impl.h"
#include "tests/support/io_server.h"

/* One output on a socketpair; the test is the web server. */
struct rig {
	struct loop *l;
	struct fcgi_out *out;
	int server; /* the test's end */
	int loop_fd;
	unsigned id;
	struct str bytes;
	int n;
	bool congested;
	struct io_flag *drained, *gone;
};

static struct loop *loop;

static void on_drained(void *ctx)
{
	io_flag_set(((struct rig *)ctx)->drained);
}

static void on_gone(void *ctx)
{
	io_flag_set(((struct rig *)ctx)->gone);
}

static const struct fcgi_out_events events = {on_drained, on_gone};

static void do_new(struct loop *l, void *arg)
{
	struct rig *r = arg;

	r->out = fcgi_out_new(l, r->loop_fd, r->id, &events, r);
}

static void rig_init(struct rig *r, unsigned id, int buffer)
{
	int pair[2];

	memset(r, 0, sizeof(*r));
	socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
	if (buffer)
		setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &buffer,
			   sizeof(buffer));
	r->l = loop;
	r->id = id;
	r->loop_fd = pair[0];
	r->server = pair[1];
	r->drained = io_flag_new();
	r->gone = io_flag_new();
	io_call(loop, do_new, r);
}

static void rig_release(struct rig *r)
{
	if (r->server >= 0)
		close(r->server);
	io_flag_free(r->drained);
	io_flag_free(r->gone);
}

/* n times bytes, then one flush. */
static void do_add(struct loop *l, void *arg)
{
	struct rig *r = arg;

	(void)l;
	for (int i = 0; i < r->n; i++)
		fcgi_out_add(r->out, r->bytes);
	fcgi_out_flush(r->out);
	r->congested = fcgi_out_congested(r->out);
}

static void do_end(struct loop *l, void *arg)
{
	(void)l;
	fcgi_out_end(((struct rig *)arg)->out);
}

static void do_abort(struct loop *l, void *arg)
{
	(void)l;
	fcgi_out_abort(((struct rig *)arg)->out);
}

static void add(struct rig *r, struct str bytes, int n)
{
	r->bytes = bytes;
	r->n = n;
	io_call(r->l, do_add, r);
}

/* All that comes until the other side closes. */
static void read_all(int fd, struct buf *b)
{
	char chunk[8192];
	ssize_t n;

	buf_init(b, SIZE_MAX / 2);
	while ((n = recv(fd, chunk, sizeof(chunk), 0)) > 0)
		buf_add(b, chunk, (size_t)n);
}

struct parsed {
	struct buf text;
	int records; /* STDOUT with content */
	bool end;    /* empty STDOUT and END_REQUEST, then nothing */
};

static void parse(const struct buf *b, unsigned id, struct parsed *p)
{
	size_t at = 0;
	bool empty = false;

	memset(p, 0, sizeof(*p));
	buf_init(&p->text, SIZE_MAX / 2);
	while (at + 8 <= b->len) {
		const unsigned char *h = (const unsigned char *)b->data + at;
		size_t n = (size_t)h[4] << 8 | h[5];

		if (h[0] != 1 || ((unsigned)h[2] << 8 | h[3]) != id || h[6] ||
		    at + 8 + n > b->len)
			return;
		if (h[1] == 6 && n) {
			p->records++;
			buf_add(&p->text, (const char *)h + 8, n);
		}
		empty |= h[1] == 6 && !n;
		at += 8 + n;
		p->end = empty && h[1] == 3 && at == b->len;
	}
}

static void test_exact(void)
{
	static const char want[] = "\1\6\1\2\0\5\0\0Hello"
				   "\1\6\1\2\0\6\0\0 World"
				   "\1\6\1\2\0\0\0\0"
				   "\1\3\1\2\0\10\0\0\0\0\0\0\0\0\0\0";
	struct rig r;
	struct buf got;

	rig_init(&r, 0x102, 0);
	is_int((int64_t)loop_load(loop), 1, "the load counts outputs");
	add(&r, STR("Hello"), 1);
	add(&r, STR(" World"), 1);
	io_call(loop, do_end, &r);
	read_all(r.server, &got);
	is_str(buf_str(&got), (struct str){want, sizeof(want) - 1},
	       "records to the byte");
	is_int((int64_t)loop_load(loop), 0, "and is back to none");
	buf_release(&got);
	rig_release(&r);
}

static void test_coalescing(void)
{
	struct rig r;
	struct buf got;
	struct parsed p;
	char first[16384];
	ssize_t n;

	rig_init(&r, 1, 0);
	add(&r, STR("abc"), 1000);
	n = recv(r.server, first, sizeof(first), 0);
	is_int(n, 3008, "many adds and a flush are one record in one send");
	/* 200,000 bytes: 65,535 * 3 + 3,395. */
	add(&r, STR("0123456789"), 20000);
	io_call(loop, do_end, &r);
	read_all(r.server, &got);
	parse(&got, 1, &p);
	is_int(p.records, 4, "as few records as there can be");
	ok(p.end && p.text.len == 200000, "whole");
	buf_release(&got);
	buf_release(&p.text);
	rig_release(&r);
}

static void fill(char *p, size_t n)
{
	uint32_t x = 12345;

	for (size_t i = 0; i < n; i++) {
		x = x * 1664525 + 1013904223;
		p[i] = (char)(x >> 24);
	}
}

/* A tiny socket buffer: partial writes, congestion, drained, end with a
 * backlog. */
static void test_slow(void)
{
	enum { N = 300000, LATER = 50000 };
	char *data = mem_alloc(N);
	struct rig r;
	struct buf got;
	struct parsed p;
	char chunk[4096];

	fill(data, N);
	rig_init(&r, 9, 4096);
	add(&r, (struct str){data, 100}, 1);
	ok(!r.congested, "a little is no congestion");
	add(&r, (struct str){data + 100, N - LATER - 100}, 1);
	ok(r.congested, "more than 64 KB waiting is");
	buf_init(&got, SIZE_MAX / 2);
	while (got.len < N - LATER - 32768) {
		ssize_t n = recv(r.server, chunk, sizeof(chunk), 0);

		buf_add(&got, chunk, (size_t)n);
	}
	ok(io_flag_wait(r.drained), "drained is told");
	add(&r, (struct str){data + N - LATER, LATER}, 1);
	io_call(loop, do_end, &r);
	for (;;) {
		ssize_t n = recv(r.server, chunk, sizeof(chunk), 0);

		if (n <= 0)
			break;
		buf_add(&got, chunk, (size_t)n);
	}
	parse(&got, 9, &p);
	ok(p.end, "a backlog at the end is still delivered");
	ok(str_eq(buf_str(&p.text), (struct str){data, N}),
	   "every byte, in order");
	buf_release(&got);
	buf_release(&p.text);
	rig_release(&r);
	mem_free(data);
}

static void test_gone(void)
{
	struct rig r;
	int64_t begin;

	rig_init(&r, 1, 0);
	add(&r, STR("x"), 1);
	begin = clock_mono_ms();
	close(r.server);
	r.server = -1;
	ok(io_flag_wait(r.gone), "a close of the web server is noticed");
	ok(clock_mono_ms() - begin < 50, "at once (%lld ms)",
	   (long long)(clock_mono_ms() - begin));
	add(&r, STR("y"), 1);
	io_call(loop, do_abort, &r);
	ok(!r.congested, "adding after it is harmless");
	rig_release(&r);

	rig_init(&r, 1, 4096);
	r.bytes = (struct str){mem_zalloc(500000), 500000};
	r.n = 1;
	io_call(loop, do_add, &r);
	close(r.server);
	r.server = -1;
	ok(io_flag_wait(r.gone), "also with a backlog");
	io_call(loop, do_end, &r);
	is_int((int64_t)loop_load(loop), 0, "an end after it frees");
	mem_free((void *)r.bytes.p);
	rig_release(&r);
}

static void test_input(void)
{
	static const char other[] = "\1\2\0\2\0\0\0\0"	     /* abort of 2 */
				    "\1\5\0\1\0\3\2\0abcpp"; /* stdin */
	static const char mine[] = "\1\2\0\1\0\0\0\0";
	struct rig r;
	struct buf got;
	struct parsed p;

	rig_init(&r, 1, 0);
	for (size_t i = 0; i < sizeof(other) - 1; i++)
		send(r.server, other + i, 1, 0);
	add(&r, STR("still"), 1);
	io_call(loop, do_end, &r);
	read_all(r.server, &got);
	parse(&got, 1, &p);
	ok(p.end, "stray records are dropped, unread input costs nothing");
	is_text(buf_str(&p.text), "still", "and the answer goes on");
	buf_release(&got);
	buf_release(&p.text);
	rig_release(&r);

	rig_init(&r, 1, 0);
	send(r.server, other, sizeof(other) - 1, 0);
	send(r.server, mine, sizeof(mine) - 1, 0);
	ok(io_flag_wait(r.gone), "FCGI_ABORT_REQUEST means gone");
	io_call(loop, do_abort, &r);
	rig_release(&r);

	rig_init(&r, 1, 0);
	for (int i = 0; i < 1025; i++) { /* 1 MB is borne */
		char junk[1024] = "GET / HTTP/1.1";

		if (send(r.server, junk, sizeof(junk), MSG_NOSIGNAL) < 0)
			break;
	}
	ok(io_flag_wait(r.gone), "a flood of input too");
	io_call(loop, do_abort, &r);
	rig_release(&r);
}

static int open_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static void set_stall(struct loop *l, void *arg)
{
	l->end_stall_ms = *(int *)arg;
	l->stall_ms = *(int *)arg;
}

/* A web server that neither reads nor closes. */
static void test_half_dead(void)
{
	int before = open_descriptors(), ms = 30;
	struct rig r, waiting;
	struct buf got;
	struct parsed p;
	char *data = mem_zalloc(500000);

	io_call(loop, set_stall, &ms);
	rig_init(&waiting, 1, 4096);
	rig_init(&r, 1, 4096);
	add(&r, (struct str){data, 500000}, 1);
	io_call(loop, do_end, &r);
	add(&waiting, (struct str){data, 500000}, 1);
	ok(io_flag_wait(waiting.gone), "no progress counts as gone");
	io_call(loop, do_abort, &waiting);
	while (loop_load(loop))
		usleep(1000);
	read_all(r.server, &got);
	parse(&got, 1, &p);
	ok(!p.end, "after the end such an output is given up");
	rig_release(&r);
	rig_release(&waiting);
	is_int(open_descriptors(), before, "no descriptor is left");
	ms = 60000;
	io_call(loop, set_stall, &ms);
	buf_release(&got);
	buf_release(&p.text);
	mem_free(data);
}

int main(void)
{
	loop_start(&loop, "fcgi_out", NULL);
	test_exact();
	test_coalescing();
	test_slow();
	test_gone();
	test_input();
	test_half_dead();
	loop_stop(loop);
	return done_testing();
}
