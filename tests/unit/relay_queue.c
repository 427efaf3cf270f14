/* Requests that wait for a place of their key or of an account. */
#include "tests/support/tap.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/key_limits.h"
#include "app/live.h"
#include "base/clock.h"
#include "tests/support/relay_lab.h"

enum { PATIENCE_MS = 10000, BURST = 5 };

static struct relay_lab lab;

/* Waits until so many are let in or wait, and n of them wait. */
static void await_state(int64_t live, int64_t n, const char *name)
{
	int64_t until = clock_mono_ms() + PATIENCE_MS;
	struct timespec pause = {0, 1000000};

	while ((lab.d.app.live != live || lab.d.app.waiting != n) &&
	       clock_mono_ms() < until)
		nanosleep(&pause, NULL);
	is_int(lab.d.app.live, live, "%s: so many are there", name);
	is_int(lab.d.app.waiting, n, "%s: so many wait", name);
}

/* n requests, the first one let in, the others waiting in this order. */
static void begin_all(int *fds, int n, const char *name)
{
	struct fcgi_call call = lab_call(LAB_STREAM);

	for (int i = 0; i < n; i++) {
		fds[i] = lab_begin(&lab, &call);
		await_state(i + 1, i, name);
	}
}

static int begin(void)
{
	struct fcgi_call call = lab_call(LAB_STREAM);

	return lab_begin(&lab, &call);
}

/* The one that is with the backend ends, and it is this one. */
static void serve(int fd, struct fcgi_reply *reply, const char *name)
{
	io_flag_wait(lab.backend.asked);
	io_flag_set(lab.backend.go);
	io_flag_set(lab.backend.go);
	fcgi_reply_init(reply);
	ok(lab_read_all(fd, reply), "%s: ended", name);
	is_int(fcgi_reply_status(reply), 200, "%s: status", name);
	close(fd);
}

static void serve_away(int fd, const char *name)
{
	struct fcgi_reply reply;

	serve(fd, &reply, name);
	fcgi_reply_release(&reply);
}

static void set_queue(int64_t limit, int64_t size, int64_t ms)
{
	lab.key.concurrency_limit = limit;
	lab_put_key(&lab);
	lab.d.settings.queue_size = size;
	lab.d.settings.queue_ms = ms;
}

static void one_at_a_time(struct account *a)
{
	a->max_concurrent = 1;
}

static void refused(int fd, int status, const char *message, const char *name)
{
	struct fcgi_reply reply;

	fcgi_reply_init(&reply);
	ok(lab_read_all(fd, &reply), "%s: answered", name);
	lab_is_error(&reply, status, message, name);
	fcgi_reply_release(&reply);
	close(fd);
}

/* A burst over the limit is served in order; one more is refused at once. */
static void test_burst(void)
{
	int before = lab.backend.requests;
	struct fcgi_reply reply;
	struct ledger_row row;
	int fds[BURST];

	set_queue(1, BURST - 1, 60000);
	lab_account(&lab, "one", "/steps");
	begin_all(fds, BURST, "burst");
	lab_ask(&lab, LAB_STREAM, &reply);
	lab_is_error(&reply, 429,
		     "This API key has 1 requests in flight and its "
		     "concurrency limit is 1",
		     "over the queue");
	is_str(fcgi_reply_header(&reply, "retry-after"), STR("1"),
	       "over the queue: retry-after");
	fcgi_reply_release(&reply);
	for (int i = 0; i < BURST; i++) {
		serve(fds[i], &reply, "burst");
		is_int(lab.backend.requests - before, i + 1,
		       "burst: one at a time");
		ok(lab_row(&lab, &reply, &row), "burst: in the ledger");
		is_int(strncmp(row.why, "after ", 6) == 0, i > 0,
		       "burst: why says who waited");
		fcgi_reply_release(&reply);
	}
	is_int(lab.d.app.waiting, 0, "burst: none waits");
	lab_done(&lab, "burst");
}

static void test_time_out(void)
{
	struct ledger_row first, last;
	int fd;

	set_queue(1, 3, 100);
	lab_account_with(&lab, "one", "/steps", one_at_a_time);
	begin_all(&fd, 1, "time-out");
	refused(begin(), 429,
		"This API key has as many requests in flight as its "
		"concurrency limit allows; none ended within 1 s",
		"time-out of a key");
	set_queue(0, 3, 100);
	refused(begin(), 529,
		"The accounts for claude-x have as many requests in flight as "
		"they may; none ended within 1 s",
		"time-out of an account");
	lab_newest(&lab, &first);
	serve_away(fd, "time-out: the first");
	ok(lab_next_row(&lab, first.request_id, &last),
	   "time-out: the ledger has what was relayed");
	ok(first.status == -1 || strcmp(first.request_id, last.request_id) != 0,
	   "and nothing else");
	lab_done(&lab, "time-out");
}

/* A key's own figures go before the settings'. */
static void test_key_fields(void)
{
	struct fcgi_reply reply;
	int fd;

	lab.key.queue_size = -1;
	set_queue(1, 3, 60000);
	lab_account(&lab, "one", "/steps");
	begin_all(&fd, 1, "key fields");
	lab_ask(&lab, LAB_STREAM, &reply);
	is_int(fcgi_reply_status(&reply), 429, "a key that may not wait");
	fcgi_reply_release(&reply);
	lab.key.queue_size = 1;
	lab.key.queue_ms = 100;
	set_queue(1, 0, 60000);
	refused(begin(), 429,
		"This API key has as many requests in flight as its "
		"concurrency limit allows; none ended within 1 s",
		"one that may, for less long");
	serve_away(fd, "key fields: the first");
	lab.key.queue_size = lab.key.queue_ms = 0;
	lab_done(&lab, "key fields");
}

/* Who leaves gives its place in the queue up; and leaves also just as it is
 * given one. */
static void test_leaving(bool of_account)
{
	const char *name = of_account ? "leaving, account" : "leaving, key";

	for (int i = 0; i < 30; i++) {
		int fds[3];

		set_queue(of_account ? 0 : 1, 2, 60000);
		lab_account_with(&lab, "one", "/hang",
				 of_account ? one_at_a_time : NULL);
		begin_all(fds, 3, name);
		close(fds[i % 3]);
		if (i % 2)
			await_state(2, 1, name);
		close(fds[(i + 1) % 3]);
		close(fds[(i + 2) % 3]);
		lab_done(&lab, name);
	}
	is_int(lab.d.app.waiting, 0, "%s: none waits", name);
}

static void test_account(void)
{
	struct fcgi_reply reply;
	struct ledger_row row;
	struct ledger_row listed[2];
	int fds[2];

	set_queue(0, 2, 60000);
	lab_account_with(&lab, "one", "/steps", one_at_a_time);
	begin_all(fds, 2, "account");
	is_int((int64_t)live_copy(lab.d.app.requests, listed, 2), 2, "listed");
	is_text(str_of(listed[1].why), "none; full: one (1 in flight)",
		"with what it waits for");
	serve_away(fds[0], "account: the first");
	serve(fds[1], &reply, "account: the second");
	ok(lab_row(&lab, &reply, &row), "account: in the ledger");
	ok(str_starts(str_of(row.why),
		      STR("none; full: one (1 in flight) | one (after ")),
	   "account: why: %s", row.why);
	is_int(row.attempts, 1, "account: one attempt");
	fcgi_reply_release(&reply);
	lab_done(&lab, "account");
}

static int64_t counted(void)
{
	struct limit_spent spent;
	struct err e;

	key_limits_spent(&lab.d.app, &lab.key, &spent, &e);
	return spent.requests;
}

/* Who waits for a place of the key has used nothing; who waits for an account
 * counts once. */
static void test_limits(void)
{
	struct fcgi_reply reply;
	int64_t before;
	int fds[3];

	lab.key.window_minutes = 366 * 24 * 60;
	lab.key.window_requests = 1;
	before = counted();
	lab.key.window_requests = before + 2;
	set_queue(1, 2, 60000);
	lab_account_with(&lab, "one", "/steps", one_at_a_time);
	begin_all(fds, 3, "limits");
	serve_away(fds[0], "limits: the first");
	serve_away(fds[1], "limits: the second");
	fcgi_reply_init(&reply);
	ok(lab_read_all(fds[2], &reply), "limits: the third is answered");
	is_int(fcgi_reply_status(&reply), 429, "limits: and refused");
	fcgi_reply_release(&reply);
	close(fds[2]);
	is_int(counted() - before, 2, "limits: each once");
	lab.key.window_requests = before + 4;
	set_queue(0, 2, 60000);
	begin_all(fds, 2, "limits");
	lab_ask(&lab, LAB_STREAM, &reply);
	is_int(fcgi_reply_status(&reply), 429, "limits: both count");
	fcgi_reply_release(&reply);
	close(fds[1]);
	await_state(1, 0, "limits");
	fds[1] = begin();
	await_state(2, 1, "limits: who left counts no more");
	close(fds[1]);
	await_state(1, 0, "limits");
	serve_away(fds[0], "limits: the last");
	lab_done(&lab, "limits");
	is_int(counted() - before, 3, "limits: each once");
	lab.key.window_minutes = lab.key.window_requests = 0;
	set_queue(0, 0, 60000);
}

/* What was switched off meanwhile is not let in. */
static void test_switched_off(void)
{
	int fds[2];

	set_queue(1, 1, 60000);
	lab_account(&lab, "one", "/steps");
	begin_all(fds, 2, "switched off");
	lab.key.active = false;
	lab_put_key(&lab);
	serve_away(fds[0], "switched off: the first");
	refused(fds[1], 401, "this API key is disabled", "switched off");
	lab.key.active = true;
	lab_put_key(&lab);
	lab_done(&lab, "switched off");
}

int main(void)
{
	relay_lab_start(&lab);
	test_burst();
	test_time_out();
	test_key_fields();
	test_account();
	test_limits();
	test_switched_off();
	test_leaving(false);
	test_leaving(true);
	relay_lab_stop(&lab);
	return done_testing();
}
