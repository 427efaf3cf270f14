/* Clients that leave, at every stage. */
#include "tests/support/tap.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "app/live.h"
#include "tests/support/relay_lab.h"
#include "tests/support/tcp_pair.h"

static struct relay_lab lab;
static struct ledger_row last;

static void check_aborted(const char *name)
{
	struct ledger_row row;

	ok(lab_next_row(&lab, last.request_id, &row), "%s: in the ledger",
	   name);
	is_int(row.outcome, OUTCOME_ABORTED, "%s: outcome", name);
	is_int(row.status, 499, "%s: status", name);
	last = row;
	lab_done(&lab, name);
}

static void test_before_head(const char *body, const char *name)
{
	struct fcgi_call call = lab_call(body);
	struct ledger_row live;
	int fd;

	lab_account(&lab, "one", "/hang");
	fd = lab_begin(&lab, &call);
	ok(io_flag_wait(lab.backend.asked), "%s: asked", name);
	is_int((int64_t)live_copy(lab.d.app.requests, &live, 1), 1,
	       "%s: listed while it lasts", name);
	is_text(str_of(live.account_id), lab.ids[0], name);
	is_text(str_of(live.model), "claude-x", name);
	close(fd);
	ok(io_flag_wait(lab.backend.closed), "%s: upstream closed", name);
	check_aborted(name);
}

/* The client goes and the web server does not look. */
static void test_unwatched(const char *body, const char *server,
			   const char *path, const char *until)
{
	struct fcgi_call call = lab_call(body);
	struct fcgi_reply reply;
	struct tcp_pair p;
	int fd;

	lab_account(&lab, "one", path);
	tcp_pair_open(&p, "127.0.0.1");
	call.server = server;
	call.remote_port = p.client_port;
	call.server_port = p.server_port;
	fcgi_reply_init(&reply);
	fd = lab_begin(&lab, &call);
	ok(io_flag_wait(lab.backend.asked), "%s, %s: asked", server, path);
	if (until)
		ok(lab_read_until(fd, &reply, until), "%s: visible", server);
	close(p.client);
	ok(io_flag_wait(lab.backend.closed), "%s, %s: upstream closed", server,
	   path);
	is_int(str_find(buf_str(&reply.out), STR("ping")) == SIZE_MAX, true,
	       "%s, %s: without a ping", server, path);
	check_aborted(server);
	close(p.server);
	close(fd);
	fcgi_reply_release(&reply);
}

static void test_in_stream(void)
{
	struct fcgi_call call = lab_call(LAB_STREAM);
	struct fcgi_reply reply;
	int fd;

	lab_account(&lab, "one", "/stall");
	fcgi_reply_init(&reply);
	fd = lab_begin(&lab, &call);
	ok(lab_read_until(fd, &reply, "text_delta"), "stream: visible");
	close(fd);
	ok(io_flag_wait(lab.backend.closed), "stream: upstream closed");
	fcgi_reply_release(&reply);
	io_flag_wait(lab.backend.asked);
	check_aborted("stream");
	ok(last.output > 0 && last.estimated, "stream: what was said counts");
}

/* The transfer is paused because the client does not read; then it leaves. */
static void test_paused(void)
{
	struct fcgi_call call = lab_call(LAB_STREAM);
	int fd;

	lab_account(&lab, "one", "/flood");
	fd = lab_begin(&lab, &call);
	poll(NULL, 0, 300); /* not a condition: earlier is right as well */
	close(fd);
	ok(io_flag_wait(lab.backend.closed), "paused: upstream closed");
	check_aborted("paused");
}

/* The first account fails just as the client leaves. */
static void test_in_failover(void)
{
	for (int i = 0; i < 20; i++) {
		struct fcgi_call call = lab_call(LAB_STREAM);
		struct ledger_row row;
		int fd;

		lab_account(&lab, "bad", "/held-failure");
		lab_account(&lab, "slow", "/hang");
		fd = lab_begin(&lab, &call);
		io_flag_wait(lab.backend.asked);
		io_flag_set(lab.backend.go);
		if (i % 2)
			io_flag_wait(lab.backend.asked);
		close(fd);
		ok(lab_next_row(&lab, last.request_id, &row) &&
		       row.outcome == OUTCOME_ABORTED,
		   "failover %d: aborted", i);
		last = row;
		lab_done(&lab, "failover");
	}
}

/* ... and while the second attempt is being prepared. */
static void test_while_working(void)
{
	struct fcgi_call call = lab_call(LAB_STREAM);
	int before = lab.backend.oks;
	int fd;

	lab_account(&lab, "bad", "/held-failure");
	lab_account(&lab, "good", "/ok");
	lab_block_helpers(&lab);
	fd = lab_begin(&lab, &call);
	io_flag_wait(lab.backend.asked);
	io_flag_set(lab.backend.go);
	while (pool_in_flight(lab.d.app.pool, lab.ids[0]) > 0)
		poll(NULL, 0, 1);
	close(fd);
	lab_sync_loop(&lab);
	lab_release_helpers(&lab);
	check_aborted("working");
	is_int(lab.backend.oks, before,
	       "working: the second account was not asked");
}

/* All is said when it leaves: complete or aborted, but one row, and no lease
 * is left. */
static void test_in_settlement(void)
{
	for (int i = 0; i < 20; i++) {
		struct fcgi_call call = lab_call(LAB_PLAIN);
		struct ledger_row row;
		int fd;

		lab_account(&lab, "one", "/ok");
		fd = lab_begin(&lab, &call);
		while (lab.backend.requests <= 0)
			poll(NULL, 0, 1);
		close(fd);
		ok(lab_next_row(&lab, last.request_id, &row), "settlement %d",
		   i);
		last = row;
		lab_done(&lab, "settlement");
		lab.backend.requests = 0;
	}
}

int main(void)
{
	relay_lab_start(&lab);
	test_before_head(LAB_STREAM, "stream before the head");
	test_before_head(LAB_PLAIN, "plain before the head");
	test_unwatched(LAB_STREAM, "lighttpd/1.4.69", "/hang", NULL);
	test_unwatched(LAB_PLAIN, "lighttpd/1.4.69", "/hang", NULL);
	test_unwatched(LAB_PLAIN, "Apache/2.4.62", "/hang", NULL);
	test_unwatched(LAB_STREAM, "Apache/2.4.62", "/stall", "text_delta");
	test_in_stream();
	test_paused();
	test_in_failover();
	test_while_working();
	lab.backend.requests = 0;
	test_in_settlement();
	relay_lab_stop(&lab);
	return done_testing();
}
