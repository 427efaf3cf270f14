/* llmrelay.cgi as a web server runs it, with a responder played here. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "tests/support/bridge_run.h"
#include "tests/support/fcgi_peer.h"
#include "tests/support/tap.h"

static struct buf socket_var = BUF_INIT(1024);
static int listener;

static void test_params(void)
{
	char longer[400];
	const char *const vars[] = {
	    "REQUEST_METHOD=POST",
	    "REQUEST_URI=/v1/messages?beta=true",
	    "QUERY_STRING=beta=true",
	    "PATH=/usr/bin",
	    "HTTP_AUTHORIZATION=",
	    "REDIRECT_HTTP_AUTHORIZATION=Bearer k",
	    "REDIRECT_STATUS=200",
	    "CONTENT_LENGTH=5",
	    "SECRET=no",
	    "HTTPS=on",
	    longer,
	    socket_var.data,
	    NULL,
	};
	struct buf got = BUF_INIT(65536), want = BUF_INIT(65536);
	struct bridge b;
	int fd;

	memset(longer, 'x', sizeof(longer));
	memcpy(longer, "HTTP_X_LONG=", 12);
	longer[sizeof(longer) - 1] = '\0';
	b = bridge_start(vars);
	fd = peer_accept(listener);
	ok(peer_read_params(fd, &got), "begin and parameters");
	buf_addf(&want,
		 "REQUEST_METHOD=POST\nREQUEST_URI=/v1/messages?beta=true\n"
		 "QUERY_STRING=beta=true\nCONTENT_LENGTH=5\nHTTPS=on\n%s\n"
		 "HTTP_AUTHORIZATION=Bearer k\n",
		 longer);
	is_str(buf_str(&got), buf_str(&want), "what CGI defines goes through");
	/* The descriptor stays open: the length alone ends the body. */
	ok(write(b.in, "hello, more", 11) == 11, "body written");
	buf_reset(&got);
	ok(peer_read_body(fd, &got), "body ends at its length");
	is_text(buf_str(&got), "hello", "no more than its length");
	peer_write(fd, PEER_STDERR, STR("note"));
	peer_write(fd, PEER_STDOUT, STR("Status: 201 Created\r\n\r\n"));
	peer_write(fd, PEER_STDOUT, STR("answer"));
	peer_end(fd);
	close(fd);
	buf_reset(&got);
	bridge_read_all(b.out, &got);
	is_text(buf_str(&got), "Status: 201 Created\r\n\r\nanswer",
		"answer goes through unchanged");
	close(b.in);
	is_int(bridge_wait(&b), 0, "exit status");
	buf_release(&got);
	buf_release(&want);
}

static void *echo_main(void *arg)
{
	int fd = peer_accept(listener);
	struct buf bytes = BUF_INIT(65536);
	bool good = peer_read_params(fd, &bytes);

	for (;;) {
		buf_reset(&bytes);
		good = good && peer_read(fd, &bytes) == PEER_STDIN;
		if (!good || bytes.len == 0)
			break;
		good = peer_write(fd, PEER_STDOUT, buf_str(&bytes));
	}
	peer_end(fd);
	close(fd);
	buf_release(&bytes);
	*(bool *)arg = good;
	return NULL;
}

static void test_echo(const char *length)
{
	const char *const vars[] = {"REQUEST_METHOD=POST", length,
				    socket_var.data, NULL};
	struct buf got = BUF_INIT(BRIDGE_BIG + 1);
	struct bridge b = bridge_start(vars);
	pthread_t echo;
	struct feed feed;
	bool good = false;

	pthread_create(&echo, NULL, echo_main, &good);
	feed_start(&feed, b.in, BRIDGE_BIG);
	bridge_read_all(b.out, &got);
	feed_wait(&feed);
	pthread_join(echo, NULL);
	ok(good, "32 MB reach the responder (%s)", length);
	ok(feed_is(buf_str(&got), BRIDGE_BIG), "32 MB come back the same");
	is_int(bridge_wait(&b), 0, "exit status");
	buf_release(&got);
}

static void test_live(void)
{
	const char *const vars[] = {"REQUEST_METHOD=GET", socket_var.data,
				    NULL};
	struct bridge b = bridge_start(vars);
	struct buf params = BUF_INIT(65536);
	char bytes[64];
	int fd;

	close(b.in);
	fd = peer_accept(listener);
	ok(peer_read_params(fd, &params), "parameters");
	for (int i = 0; i < 3; i++) {
		const char *event = &"abc"[i];

		peer_write(fd, PEER_STDOUT, (struct str){event, 1});
		is_str(bridge_read(b.out, bytes, sizeof(bytes)),
		       (struct str){event, 1}, "event %d is there at once", i);
	}
	/* The head of a record without its end, and contents in pieces. */
	ok(write(fd, "\1\6\0\1\0", 5) == 5, "part of a header");
	ok(write(fd, "\4\2\0de", 5) == 5, "part of a record");
	is_str(bridge_read(b.out, bytes, sizeof(bytes)), STR("de"),
	       "part of a record is there at once");
	ok(write(fd, "fgPP", 4) == 4, "rest and padding");
	is_str(bridge_read(b.out, bytes, sizeof(bytes)), STR("fg"),
	       "padding is dropped");
	peer_end(fd);
	is_int((int64_t)bridge_read(b.out, bytes, sizeof(bytes)).n, 0, "end");
	close(fd);
	is_int(bridge_wait(&b), 0, "exit status");
	buf_release(&params);
}

/* The web server reads nothing before it has written the whole body, the
 * responder answers and leaves without reading it. */
static void test_early_answer(size_t answer_records)
{
	const char *const vars[] = {"REQUEST_METHOD=POST", socket_var.data,
				    NULL};
	struct bridge b = bridge_start(vars);
	struct buf got = BUF_INIT(BRIDGE_BIG), params = BUF_INIT(65536);
	char *record = mem_zalloc(60000);
	struct feed feed;
	int fd;

	feed_start(&feed, b.in, BRIDGE_BIG);
	fd = peer_accept(listener);
	peer_read_params(fd, &params);
	for (size_t i = 0; i < answer_records; i++)
		peer_write(fd, PEER_STDOUT, (struct str){record, 60000});
	peer_end(fd);
	close(fd);
	feed_wait(&feed);
	bridge_read_all(b.out, &got);
	is_int((int64_t)got.len, (int64_t)answer_records * 60000,
	       "answer before the body is whole");
	is_int(bridge_wait(&b), 0, "exit status");
	mem_free(record);
	buf_release(&got);
	buf_release(&params);
}

static void test_death(void)
{
	const char *const vars[] = {"REQUEST_METHOD=GET",
				    "REQUEST_URI=/v1/messages", socket_var.data,
				    NULL};
	struct buf got = BUF_INIT(65536);

	for (int begun = 0; begun < 2; begun++) {
		struct bridge b = bridge_start(vars);
		int fd = peer_accept(listener);

		close(b.in);
		buf_reset(&got);
		peer_read_params(fd, &got);
		peer_read_body(fd, &got);
		if (begun)
			peer_write(fd, PEER_STDOUT, STR("half"));
		close(fd);
		buf_reset(&got);
		bridge_read_all(b.out, &got);
		if (begun)
			is_text(buf_str(&got), "half",
				"death in the middle: what came");
		else
			ok(str_starts(buf_str(&got), STR("Status: 503 ")),
			   "death before an answer: 503");
		is_int(bridge_wait(&b), 1, "exit status");
	}
	buf_release(&got);
}

static void test_client_leaves(void)
{
	const char *const vars[] = {"REQUEST_METHOD=GET", socket_var.data,
				    NULL};
	struct bridge b = bridge_start(vars);
	struct buf params = BUF_INIT(65536);
	int fd = peer_accept(listener);
	struct pollfd gone = {.fd = fd, .events = POLLIN};
	int64_t before;

	close(b.in);
	peer_read_params(fd, &params);
	peer_read_body(fd, &params);
	before = clock_mono_ms();
	close(b.out);
	b.out = -1;
	ok(poll(&gone, 1, BRIDGE_WAIT_MS) == 1 && peer_read(fd, &params) == 0,
	   "a silent responder learns that the client left");
	diag("after %d ms", (int)(clock_mono_ms() - before));
	is_int(bridge_wait(&b), 1, "exit status");
	close(fd);
	buf_release(&params);
}

static void test_settings_file(void)
{
	struct buf file = BUF_INIT(1024), var = BUF_INIT(1024);
	struct buf got = BUF_INIT(65536);
	const char *vars[] = {"REQUEST_METHOD=GET", NULL, NULL};
	struct bridge b;
	FILE *f;
	int fd;

	bridge_dir_path(&file, "llmrelay-cgi.conf");
	f = fopen(file.data, "we");
	fprintf(f, "# test\nsocket = s\n");
	fclose(f);
	buf_addf(&var, "SCRIPT_FILENAME=%s/llmrelay.cgi", bridge_dir);
	vars[1] = var.data;
	b = bridge_start(vars);
	close(b.in);
	fd = peer_accept(listener);
	ok(peer_read_params(fd, &got), "settings beside the script");
	peer_write(fd, PEER_STDOUT, STR("x"));
	peer_end(fd);
	buf_reset(&got);
	bridge_read_all(b.out, &got);
	is_text(buf_str(&got), "x", "settings beside the script: answer");
	is_int(bridge_wait(&b), 0, "exit status");
	close(fd);
	unlink(file.data);
	buf_release(&file);
	buf_release(&var);
	buf_release(&got);
}

int main(void)
{
	struct buf path = BUF_INIT(1024);

	signal(SIGPIPE, SIG_IGN);
	bridge_dir_make();
	bridge_dir_path(&path, "s");
	buf_addf(&socket_var, "LLMRELAY_SOCKET=%s", path.data);
	listener = peer_listen(path.data);
	test_params();
	test_echo("CONTENT_LENGTH=33554432");
	test_echo("HTTP_TRANSFER_ENCODING=chunked");
	test_live();
	test_early_answer(1);
	test_early_answer(100);
	test_death();
	test_client_leaves();
	test_settings_file();
	close(listener);
	unlink(path.data);
	rmdir(bridge_dir);
	buf_release(&path);
	buf_release(&socket_var);
	return done_testing();
}
