/* The responder is told to end while requests are under way. */
#include "tests/support/tap.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/relay_lab.h"

struct stop {
	struct relay_lab lab;
	int64_t grace_ms;
	pthread_t thread;
};

static void *stop_main(void *arg)
{
	struct stop *s = arg;

	fcgi_in_stop(s->lab.d.in);
	app_close(&s->lab.d.app, s->grace_ms);
	return NULL;
}

static void stop(struct stop *s, int64_t grace_ms)
{
	s->grace_ms = grace_ms;
	pthread_create(&s->thread, NULL, stop_main, s);
}

/* Opens the state again, reads the one row, tidies up. */
static void reopen(struct stop *s, struct ledger_row *row)
{
	struct err e;

	if (app_open(&s->lab.d.app, &s->lab.d.settings, &e) < 0)
		diag("%s", e.message);
	lab_newest(&s->lab, row);
	s->lab.d.in = NULL;
	relay_lab_stop(&s->lab);
}

static void begin(struct stop *s, const char *path, struct fcgi_reply *reply,
		  int *fd)
{
	struct fcgi_call call = lab_call(LAB_STREAM);

	relay_lab_start(&s->lab);
	lab_account(&s->lab, "one", path);
	fcgi_reply_init(reply);
	*fd = lab_begin(&s->lab, &call);
}

static void test_drain(void)
{
	struct fcgi_reply reply;
	struct ledger_row row;
	struct stop s;
	int fd;

	begin(&s, "/steps", &reply, &fd);
	io_flag_wait(s.lab.backend.asked);
	io_flag_set(s.lab.backend.go);
	ok(lab_read_until(fd, &reply, "text_delta"), "drain: in flight");
	stop(&s, 60000);
	io_flag_set(s.lab.backend.go);
	ok(lab_read_all(fd, &reply), "drain: ended in good order");
	ok(str_find(buf_str(&reply.out), STR("event: message_stop")) !=
	       SIZE_MAX,
	   "drain: complete");
	close(fd);
	pthread_join(s.thread, NULL);
	reopen(&s, &row);
	is_int(row.outcome, OUTCOME_COMPLETE, "drain: ledger");
	fcgi_reply_release(&reply);
}

/* A slow reader has its last bytes too. */
static void test_drain_slow_reader(void)
{
	struct fcgi_reply reply;
	struct ledger_row row;
	struct stop s;
	int fd;

	begin(&s, "/flood", &reply, &fd);
	ok(lab_read_until(fd, &reply, "text_delta"), "slow drain: in flight");
	stop(&s, 60000);
	ok(lab_read_all(fd, &reply), "slow drain: ended in good order");
	ok(str_find(buf_str(&reply.out), STR("event: message_stop")) !=
	       SIZE_MAX,
	   "slow drain: complete");
	close(fd);
	pthread_join(s.thread, NULL);
	reopen(&s, &row);
	is_int(row.outcome, OUTCOME_COMPLETE, "slow drain: ledger");
	fcgi_reply_release(&reply);
}

static void test_no_grace(void)
{
	struct fcgi_reply reply;
	struct ledger_row row;
	struct stop s;
	int fd;

	begin(&s, "/stall", &reply, &fd);
	ok(lab_read_until(fd, &reply, "text_delta"), "no grace: in flight");
	stop(&s, 0);
	ok(lab_read_all(fd, &reply), "no grace: ended");
	ok(str_find(buf_str(&reply.out),
		    STR("event: error\ndata: {\"type\":\"error\",\"error\":{"
			"\"type\":\"api_error\",\"message\":\"the gateway is "
			"being restarted\"}")) != SIZE_MAX,
	   "no grace: an error event");
	close(fd);
	pthread_join(s.thread, NULL);
	reopen(&s, &row);
	is_int(row.outcome, OUTCOME_INTERRUPTED, "no grace: ledger");
	fcgi_reply_release(&reply);
}

static void test_no_grace_before_head(void)
{
	struct fcgi_reply reply;
	struct ledger_row row;
	struct stop s;
	int fd;

	begin(&s, "/hang", &reply, &fd);
	ok(io_flag_wait(s.lab.backend.asked), "before the head: in flight");
	stop(&s, 0);
	ok(lab_read_all(fd, &reply), "before the head: ended");
	lab_is_error(&reply, 503, "the gateway is being restarted",
		     "before the head");
	close(fd);
	pthread_join(s.thread, NULL);
	reopen(&s, &row);
	is_int(row.outcome, OUTCOME_INTERRUPTED, "before the head: ledger");
	fcgi_reply_release(&reply);
}

static void narrow(struct account *a)
{
	a->max_concurrent = 1;
}

/* One is with the backend, another waits for a place of its key, or of an
 * account. */
static void begin_queue(struct stop *s, bool of_account,
			struct fcgi_reply *replies, int *fds)
{
	struct fcgi_call call = lab_call(LAB_STREAM);

	relay_lab_start(&s->lab);
	lab_account_with(&s->lab, "one", "/steps", of_account ? narrow : NULL);
	s->lab.key.concurrency_limit = of_account ? 0 : 1;
	lab_put_key(&s->lab);
	s->lab.d.settings.queue_size = 1;
	for (int i = 0; i < 2; i++) {
		fcgi_reply_init(&replies[i]);
		fds[i] = lab_begin(&s->lab, &call);
		while (s->lab.d.app.live != i + 1 || s->lab.d.app.waiting != i)
			sched_yield();
	}
}

static void test_drain_queue(bool of_account)
{
	struct fcgi_reply replies[2];
	struct ledger_row row;
	struct stop s;
	int fds[2];

	begin_queue(&s, of_account, replies, fds);
	stop(&s, 60000);
	for (int i = 0; i < 2; i++) {
		io_flag_set(s.lab.backend.go);
		io_flag_set(s.lab.backend.go);
		ok(lab_read_all(fds[i], &replies[i]), "queue, drain: ended");
		is_int(fcgi_reply_status(&replies[i]), 200,
		       "queue, drain: status");
		close(fds[i]);
		fcgi_reply_release(&replies[i]);
	}
	pthread_join(s.thread, NULL);
	reopen(&s, &row);
	is_int(row.outcome, OUTCOME_COMPLETE, "queue, drain: ledger");
}

static void test_no_grace_queue(bool of_account)
{
	struct fcgi_reply replies[2];
	struct ledger_row row;
	struct stop s;
	int fds[2];

	begin_queue(&s, of_account, replies, fds);
	stop(&s, 0);
	for (int i = 0; i < 2; i++) {
		ok(lab_read_all(fds[i], &replies[i]), "queue, stop: ended");
		lab_is_error(&replies[i], 503, "the gateway is being restarted",
			     "queue, stop");
		close(fds[i]);
		fcgi_reply_release(&replies[i]);
	}
	pthread_join(s.thread, NULL);
	reopen(&s, &row);
	is_int(row.outcome, OUTCOME_INTERRUPTED, "queue, stop: ledger");
}

/* The second attempt is being prepared on another thread. */
static void test_no_grace_while_working(void)
{
	struct fcgi_reply reply;
	struct ledger_row row;
	struct stop s;
	int fd;

	begin(&s, "/held-failure", &reply, &fd);
	lab_account(&s.lab, "good", "/ok");
	lab_block_helpers(&s.lab);
	io_flag_wait(s.lab.backend.asked);
	io_flag_set(s.lab.backend.go);
	while (pool_in_flight(s.lab.d.app.pool, s.lab.ids[0]) > 0)
		sched_yield();
	stop(&s, 0);
	ok(lab_read_all(fd, &reply), "working: ended");
	lab_is_error(&reply, 503, "the gateway is being restarted", "working");
	close(fd);
	lab_release_helpers(&s.lab);
	pthread_join(s.thread, NULL);
	reopen(&s, &row);
	is_int(row.outcome, OUTCOME_INTERRUPTED, "working: ledger");
	fcgi_reply_release(&reply);
}

/* Accounted for, but the conversation is not stored yet: the client has its
 * answer. */
static void test_no_grace_while_storing(void)
{
	struct fcgi_call call =
	    lab_call(LAB_BODY("\"stream\":true,\"thread\":{\"type\":"
			      "\"create\"},"));
	struct fcgi_reply reply;
	struct ledger_row row;
	struct stop s;
	int fd;

	relay_lab_start(&s.lab);
	s.lab.d.settings.threads = true;
	lab_account(&s.lab, "one", "/ok");
	lab_block_helpers(&s.lab);
	fcgi_reply_init(&reply);
	fd = lab_begin(&s.lab, &call);
	ok(lab_next_row(&s.lab, "", &row), "storing: accounted for");
	lab_sync_loop(&s.lab);
	ok(str_find(buf_str(&reply.out), STR("message_stop")) == SIZE_MAX,
	   "storing: the end waits for the store");
	stop(&s, 0);
	ok(lab_read_all(fd, &reply), "storing: ended");
	ok(str_find(buf_str(&reply.out), STR("event: message_stop")) !=
	       SIZE_MAX,
	   "storing: complete");
	close(fd);
	lab_release_helpers(&s.lab);
	pthread_join(s.thread, NULL);
	reopen(&s, &row);
	is_int(row.outcome, OUTCOME_COMPLETE, "storing: ledger");
	fcgi_reply_release(&reply);
}

static void note_settled(void *ctx, bool stored)
{
	*(int *)ctx = stored ? 1 : 2;
}

/* A loop may finish a request between the accountant's end and its own. */
static void test_late_settlement(void)
{
	struct ledger_row row = {.request_id = "req_late", .started_ms = 1};
	struct accountant *a;
	struct relay_lab lab;
	int settled = 0;
	struct err e;

	relay_lab_start(&lab);
	ok(accountant_start(&a, lab.d.app.store, &e) == 0, "late: started");
	accountant_submit(a, &row, note_settled, &settled);
	accountant_stop(a);
	is_int(settled, 1, "late: what was queued is stored");
	accountant_submit(a, &row, note_settled, &settled);
	is_int(settled, 2, "late: then nothing is, and it is said at once");
	accountant_free(a);
	relay_lab_stop(&lab);
}

int main(void)
{
	test_drain();
	test_drain_slow_reader();
	test_no_grace();
	test_no_grace_before_head();
	test_no_grace_while_working();
	test_no_grace_while_storing();
	test_late_settlement();
	for (int i = 0; i < 5; i++) {
		test_drain_queue(i % 2);
		test_no_grace_queue(i % 2);
	}
	return done_testing();
}
