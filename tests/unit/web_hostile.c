/* Peers that say nothing, say it slowly or say nonsense: others are served. */
#include "tests/support/tap.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "tests/support/fcgi_client.h"
#include "web/fcgi_head.h"
#include "web/fcgi_in.h"
#include "web/response.h"

enum {
	WORKERS = 12,
	SILENT = 1500,
	DRIBBLERS = 100,
	SLOW_BODIES = 24,
	NONSENSE = 400,
	BODY_MAX = 64 * 1024,
	BEGIN = 1,
	ABORT = 2,
	PARAMS = 4,
	STDIN = 5,
	GET_VALUES = 9
};

static char path[] = "/tmp/llmrelay-hostile-XXXXXX", socket_path[64];

/* Says how much of the body came. */
static void handle(void *ctx, struct request *r)
{
	struct buf body = BUF_INIT(64);

	(void)ctx;
	buf_addf(&body, "%zu%s%s", r->body.len,
		 r->body_truncated ? " truncated" : "",
		 r->body_too_large ? " too large" : "");
	response_send(r, 200, "text/plain", buf_str(&body), NULL, 0);
	buf_release(&body);
	request_free(r);
}

static void check_served(const char *what, int limit_ms)
{
	int64_t began = clock_mono_ms(), worst = 0;
	int served = 0;

	for (int i = 0; i < 20; i++) {
		struct fcgi_call call = {
		    .method = "POST", .uri = "/", .body = "12345"};
		struct fcgi_reply reply;

		began = clock_mono_ms();
		fcgi_client_call(socket_path, &call, &reply);
		if (clock_mono_ms() - began > worst)
			worst = clock_mono_ms() - began;
		served += str_is(fcgi_reply_body(&reply), "5");
		fcgi_reply_release(&reply);
	}
	is_int(served, 20, "%s: others are served", what);
	ok(worst <= limit_ms, "%s: within %d ms (worst %d)", what, limit_ms,
	   (int)worst);
}

static void say(int fd, const void *bytes, size_t n)
{
	/* It may have been closed already. */
	send(fd, bytes, n, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void add_record(struct buf *b, int type, int id, const char *p, size_t n)
{
	char head[8] = {1,	  (char)type,	  (char)(id >> 8),
			(char)id, (char)(n >> 8), (char)n};

	buf_add(b, head, sizeof(head));
	buf_add(b, p, n);
}

static void add_begin(struct buf *b, int id)
{
	add_record(b, BEGIN, id, "\0\1\0\0\0\0\0\0", 8);
}

/* True when the responder closes the connection in time. */
static bool is_closed(int fd, int limit_ms)
{
	int64_t until = clock_mono_ms() + limit_ms;
	char waste[4096];

	while (clock_mono_ms() < until) {
		struct pollfd p = {.fd = fd, .events = POLLIN};

		if (poll(&p, 1, 50) == 1 &&
		    recv(fd, waste, sizeof(waste), MSG_DONTWAIT) <= 0)
			return true;
	}
	return false;
}

static void test_silent(void)
{
	static int fds[SILENT];

	for (int i = 0; i < SILENT; i++)
		fds[i] = fcgi_client_connect(socket_path);
	check_served("silent", 500);
	ok(is_closed(fds[0], 5000), "silent: too many, so the first must go");
	for (int i = 0; i < SILENT; i++)
		close(fds[i]);
}

static void test_dribble(void)
{
	struct buf start = BUF_INIT(1024);
	int fds[DRIBBLERS];

	add_begin(&start, 1);
	add_record(&start, PARAMS, 1, "\4\1NAMEv", 7);
	for (int i = 0; i < DRIBBLERS; i++) {
		fds[i] = fcgi_client_connect(socket_path);
		say(fds[i], start.data, start.len);
	}
	check_served("dribble", 500);
	for (int i = 0; i < DRIBBLERS; i++)
		say(fds[i], "\1", 1);
	check_served("dribble more", 500);
	buf_reset(&start);
	add_record(&start, PARAMS, 1, NULL, 0);
	add_record(&start, STDIN, 1, NULL, 0);
	say(fds[0], start.data + 1, start.len - 1);
	ok(is_closed(fds[0], 5000), "dribble: one that ends well is answered");
	for (int i = 0; i < DRIBBLERS; i++)
		close(fds[i]);
	buf_release(&start);
}

/* As Apache does it for clients that send slowly. */
static void test_slow_bodies(void)
{
	struct buf start = BUF_INIT(1024);
	int fds[SLOW_BODIES];

	add_begin(&start, 1);
	add_record(&start, PARAMS, 1, NULL, 0);
	add_record(&start, STDIN, 1, "half", 4);
	for (int i = 0; i < SLOW_BODIES; i++) {
		fds[i] = fcgi_client_connect(socket_path);
		say(fds[i], start.data, start.len);
	}
	check_served("slow bodies", 5000);
	check_served("slow bodies, once there are more workers", 500);
	buf_reset(&start);
	add_record(&start, STDIN, 1, NULL, 0);
	for (int i = 0; i < SLOW_BODIES; i++)
		say(fds[i], start.data, start.len);
	ok(is_closed(fds[0], 5000), "slow bodies: answered in the end");
	for (int i = 0; i < SLOW_BODIES; i++)
		close(fds[i]);
	buf_release(&start);
}

/* xorshift: the same nonsense each time. */
static uint32_t next_random(void)
{
	static uint32_t x = 2463534242u;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return x;
}

static void add_nonsense(struct buf *b, int i)
{
	int records = 1 + (int)(next_random() % 6);

	if (i % 2)
		add_begin(b, 1);
	while (records-- > 0) {
		char bytes[300];
		size_t n = next_random() % sizeof(bytes);

		for (size_t k = 0; k < n; k++)
			bytes[k] = (char)next_random();
		add_record(b, (int)(next_random() % 14),
			   (int)(next_random() % 3), bytes, n);
	}
	if (i % 3 == 0)
		add_record(b, PARAMS, 1, NULL, 0);
	if (i % 5 == 0 && b->len > 9)
		b->len -= 1 + next_random() % 8;
	if (i % 7 == 0)
		b->data[next_random() % b->len] ^= (char)next_random();
}

static void test_nonsense(void)
{
	static int fds[NONSENSE];

	for (int i = 0; i < NONSENSE; i++) {
		struct buf b = BUF_INIT(65536);

		add_nonsense(&b, i);
		fds[i] = fcgi_client_connect(socket_path);
		say(fds[i], b.data, b.len);
		buf_release(&b);
	}
	check_served("nonsense", 5000);
	for (int i = 0; i < NONSENSE; i++)
		close(fds[i]);
	check_served("after nonsense", 500);
}

/* One connection that says this; is it closed, or answered, at once? */
static void check_ends(const struct buf *b, const char *what)
{
	int fd = fcgi_client_connect(socket_path);

	say(fd, b->data, b->len);
	ok(is_closed(fd, 5000), "%s: ended", what);
	close(fd);
}

/* As large as web servers let them become, and in several records. */
static void test_large_head(void)
{
	static char value[100000];
	struct fcgi_call call = {
	    .method = "POST", .uri = "/", .headers = {value}, .body = "12345"};
	struct fcgi_reply reply;

	memcpy(value, "x-large: ", 9);
	memset(value + 9, 'v', sizeof(value) - 10);
	fcgi_client_call(socket_path, &call, &reply);
	ok(str_is(fcgi_reply_body(&reply), "5"), "a head of 100 KB is served");
	fcgi_reply_release(&reply);
}

static void test_malformed(void)
{
	static char many[60000];
	struct buf b = BUF_INIT(1024 * 1024);

	buf_adds(&b, "GET / HTTP/1.1\r\n\r\n");
	check_ends(&b, "HTTP");
	buf_reset(&b);
	add_begin(&b, 1);
	add_record(&b, PARAMS, 1, "\xff\xff\xff\xff\xff\xff\xff\xffx", 9);
	add_record(&b, PARAMS, 1, NULL, 0);
	check_ends(&b, "lengths of 2 GB");
	buf_reset(&b);
	add_begin(&b, 1);
	add_record(&b, PARAMS, 1, "\x7fx", 2);
	add_record(&b, PARAMS, 1, NULL, 0);
	check_ends(&b, "a length past the end");
	buf_reset(&b);
	add_record(&b, BEGIN, 1, "\0\1", 2);
	add_record(&b, PARAMS, 1, NULL, 0);
	check_ends(&b, "a short BEGIN");
	buf_reset(&b);
	add_begin(&b, 1);
	add_record(&b, STDIN, 1, "x", 1);
	check_ends(&b, "a body before the parameters");
	buf_reset(&b);
	add_begin(&b, 1);
	for (int i = 0; i < 3; i++)
		add_record(&b, PARAMS, 1, many, sizeof(many));
	check_ends(&b, "parameters without end");
	buf_reset(&b);
	add_begin(&b, 1);
	add_record(&b, PARAMS, 1, NULL, 0);
	add_record(&b, STDIN, 1, "half", 4);
	add_record(&b, ABORT, 1, NULL, 0);
	check_ends(&b, "an abort in the body");
	buf_reset(&b);
	add_record(&b, GET_VALUES, 0, "\17\0FCGI_MPXS_CONNS", 17);
	add_begin(&b, 7);
	add_record(&b, PARAMS, 3, NULL, 0);
	add_record(&b, 99, 0, "what", 4);
	add_record(&b, PARAMS, 7, NULL, 0);
	add_record(&b, STDIN, 7, NULL, 0);
	check_ends(&b, "a request among other records");
	buf_release(&b);
	check_served("malformed", 500);
}

/* The scan overwrites what it looks at. */
static enum fcgi_head scan(const struct buf *b, size_t n)
{
	struct fcgi_scan s;
	char copy[1024];

	memcpy(copy, b->data, n);
	return fcgi_head_scan(copy, n, &s);
}

static void test_scan(void)
{
	struct buf b = BUF_INIT(1024);
	size_t end;

	add_record(&b, GET_VALUES, 0, "\2\0ab", 4);
	add_begin(&b, 1);
	add_record(&b, PARAMS, 2, NULL, 0);
	add_record(&b, PARAMS, 1, "\1\2a", 3);
	add_record(&b, PARAMS, 1, "bc\200\0\0\1\0d", 8);
	add_record(&b, PARAMS, 1, NULL, 0);
	end = b.len;
	add_record(&b, STDIN, 1, "x", 1);
	for (size_t n = 0; n <= b.len; n++) {
		if (scan(&b, n) != (n < end ? FCGI_HEAD_PART : FCGI_HEAD_WHOLE))
			ok(false, "scan: cut at %zu", n);
	}
	is_int(scan(&b, b.len), FCGI_HEAD_WHOLE, "scan: whole");
	b.data[0] = 2;
	is_int(scan(&b, 1), FCGI_HEAD_BAD, "scan: version");
	buf_release(&b);
}

int main(void)
{
	struct fcgi_in_options options = {
	    .workers = WORKERS, .max_body_bytes = BODY_MAX, .handle = handle};
	struct rlimit files = {4096, 4096};
	struct fcgi_in *in;
	int64_t began;
	struct err e;

	setrlimit(RLIMIT_NOFILE, &files);
	log_init(STDERR_FILENO, LOG_ERROR);
	if (secret_start(&e) < 0 || !mkdtemp(path))
		return 1;
	snprintf(socket_path, sizeof(socket_path), "%s/s", path);
	options.listen_fd = fcgi_listen(socket_path, &e);
	if (options.listen_fd < 0 || fcgi_in_start(&in, &options, &e) < 0)
		return 1;
	test_scan();
	check_served("nobody", 500);
	test_silent();
	test_dribble();
	test_slow_bodies();
	test_nonsense();
	test_large_head();
	test_malformed();
	began = clock_mono_ms();
	fcgi_in_stop(in);
	ok(clock_mono_ms() - began < 2000, "stops at once (%d ms)",
	   (int)(clock_mono_ms() - began));
	close(options.listen_fd);
	unlink(socket_path);
	rmdir(path);
	return done_testing();
}
