/* Counting tokens: nobody waits long, nobody gets what is not his, nothing is
 * left behind. */
#include "tests/support/tap.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "tests/support/count_lab.h"

static struct count_lab lab;

static void test_time_limit(void)
{
	int64_t began = clock_mono_ms(), took;
	int before = lab.requests;

	count_account(&lab, "vllm", "/hang");
	check_count(&lab, COUNT_HI, ESTIMATE, "estimate", "time limit");
	took = clock_mono_ms() - began;
	ok(took >= 2900 && took < 5000, "time limit: 3 s (%d)", (int)took);
	ok(io_flag_wait(lab.asked) && io_flag_wait(lab.closed),
	   "time limit: the connection was closed");
	began = clock_mono_ms();
	check_count(&lab, COUNT_HI, ESTIMATE, "estimate", "after that");
	ok(clock_mono_ms() - began < 1500, "after that: at once");
	check_asked(&lab, before, 1, "time limit");
	lab_done(&lab.relay, "time limit");
}

/* More than there are workers, and the relay still answers. */
static void test_workers_are_free(void)
{
	enum { CALLS = 12 };
	struct fcgi_call call = count_call(COUNT_HI);
	struct fcgi_reply reply;
	int64_t began = clock_mono_ms();
	int fd[CALLS];

	count_account(&lab, "vllm", "/hang");
	for (int i = 0; i < CALLS; i++)
		fd[i] = lab_begin(&lab.relay, &call);
	for (int i = 0; i < CALLS; i++)
		ok(io_flag_wait(lab.asked), "workers: %d asked", i);
	is_int((int64_t)pool_in_flight(lab.relay.d.app.pool, lab.relay.ids[0]),
	       0, "workers: no lease is held");
	is_int(admit_in_flight(lab.relay.d.app.admit, lab.relay.key.id), 0,
	       "workers: nor one of the key");
	ok(lab.relay.d.app.held > 0, "workers: memory is held");
	ok(clock_mono_ms() - began < 2900, "workers: all at the same time");
	for (int i = 0; i < CALLS; i++)
		close(fd[i]);
	for (int i = 0; i < CALLS; i++)
		ok(io_flag_wait(lab.closed), "workers: %d cancelled", i);
	ok(clock_mono_ms() - began < 2900, "workers: before the limit");
	/* Those that left say nothing about the backend. */
	began = lab.requests;
	fcgi_reply_init(&reply);
	fd[0] = lab_begin(&lab.relay, &call);
	ok(io_flag_wait(lab.asked), "workers: it is asked again");
	close(fd[0]);
	ok(io_flag_wait(lab.closed), "workers: cancelled again");
	fcgi_reply_release(&reply);
	lab_done(&lab.relay, "workers");
	is_int(lab.relay.d.app.held, 0, "workers: no memory is held");
}

static void check_error(const char *body, int status, const char *message,
			const char *name)
{
	struct fcgi_call call = count_call(body);
	struct fcgi_reply reply;

	fcgi_client_call(lab.relay.d.socket, &call, &reply);
	lab_is_error(&reply, status, message, name);
	fcgi_reply_release(&reply);
}

static void test_checks(void)
{
	int before = lab.requests;
	struct fcgi_call call = count_call(COUNT_HI);
	struct fcgi_reply reply;

	count_account(&lab, "vllm", "/good");
	call.headers[0] = "x-api-key: cr_nothing_like_it";
	fcgi_client_call(lab.relay.d.socket, &call, &reply);
	lab_is_error(&reply, 401, "invalid x-api-key", "wrong key");
	fcgi_reply_release(&reply);
	check_error("{\"model\":\"claude-x\"}", 400, "messages: Field required",
		    "no messages");
	lab.relay.key.nrestricted = 1;
	lab.relay.key.restricted_models = mem_array(1, sizeof(char *));
	lab.relay.key.restricted_models[0] = mem_strdup("claude-*");
	lab_put_key(&lab.relay);
	check_error(COUNT_HI, 403,
		    "this API key may not use the model claude-x",
		    "restricted");
	mem_free(lab.relay.key.restricted_models[0]);
	mem_free(lab.relay.key.restricted_models);
	lab.relay.key.restricted_models = NULL;
	lab.relay.key.nrestricted = 0;
	lab_put_key(&lab.relay);
	check_asked(&lab, before, 0, "checks");
	lab_done(&lab.relay, "checks");
}

static void test_no_memory(void)
{
	struct fcgi_call call = count_call(COUNT_HI);
	int64_t was = lab.relay.d.settings.request_memory_mb;
	int fd;

	count_account(&lab, "vllm", "/hang");
	fd = lab_begin(&lab.relay, &call);
	ok(io_flag_wait(lab.asked), "memory: one is asked");
	lab.relay.d.settings.request_memory_mb = 0;
	check_error(COUNT_HI, 529,
		    "The gateway holds too many large requests at the moment",
		    "memory");
	lab.relay.d.settings.request_memory_mb = was;
	close(fd);
	ok(io_flag_wait(lab.closed), "memory: cancelled");
	lab_done(&lab.relay, "memory");
}

static void test_no_row(void)
{
	struct ledger_row row;

	lab_newest(&lab.relay, &row);
	is_int(row.status, -1, "nothing of all this is in the ledger");
}

static void *stop_main(void *arg)
{
	fcgi_in_stop(lab.relay.d.in);
	app_close(&lab.relay.d.app, 0);
	return arg;
}

/* The process goes down: the estimate is there at once. */
static void test_stop(void)
{
	struct fcgi_call call = count_call(COUNT_HI);
	struct fcgi_reply reply;
	pthread_t thread;
	struct err e;
	int fd;

	count_account(&lab, "vllm", "/hang");
	fcgi_reply_init(&reply);
	fd = lab_begin(&lab.relay, &call);
	ok(io_flag_wait(lab.asked), "stop: asked");
	pthread_create(&thread, NULL, stop_main, NULL);
	ok(lab_read_all(fd, &reply), "stop: ended in good order");
	is_count(&reply, ESTIMATE, "estimate", "stop");
	pthread_join(thread, NULL);
	close(fd);
	fcgi_reply_release(&reply);
	if (app_open(&lab.relay.d.app, &lab.relay.d.settings, &e) < 0)
		diag("%s", e.message);
	lab.relay.d.in = NULL;
}

int main(void)
{
	count_lab_start(&lab);
	test_time_limit();
	test_workers_are_free();
	test_checks();
	test_no_memory();
	test_no_row();
	test_stop();
	count_lab_stop(&lab);
	return done_testing();
}
