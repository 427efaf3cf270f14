/* The accountant when the store cannot take what it has: nothing is lost. */
#include "tests/support/tap.h"

#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>

#include "app/accountant.h"
#include "base/mem.h"
#include "tests/support/app_dir.h"

static struct app_dir d;
static atomic_int stored_rows, waiting_rows;

static void serve(struct app *app, struct request *r)
{
	(void)app;
	request_free(r);
}

static void note(void *ctx, bool stored)
{
	(void)ctx;
	if (stored)
		stored_rows++;
	else
		waiting_rows++;
}

/* No file may grow past this: the disk is full. */
static void limit_files(rlim_t bytes)
{
	struct rlimit limit;

	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = bytes;
	setrlimit(RLIMIT_FSIZE, &limit);
}

static bool is_recorded(const char *request_id)
{
	struct ledger_row row;
	struct err e;

	return store_ledger_find(d.app.store, request_id, &row, &e) == 0;
}

static void submit(struct accountant *a, const char *request_id)
{
	struct ledger_row row = {.started_ms = 1, .output = 7};

	str_put(row.request_id, sizeof(row.request_id), str_of(request_id));
	accountant_submit(a, &row, note, NULL);
}

static void test_full_disk(void)
{
	struct accountant *a;
	bool recorded;
	struct err e;
	int stored;

	ok(accountant_start(&a, d.app.store, &e) == 0, "started");
	limit_files(1); /* also for what the test prints */
	submit(a, "req_full");
	while (!waiting_rows)
		sched_yield();
	stored = stored_rows;
	recorded = is_recorded("req_full");
	limit_files(RLIM_INFINITY);
	is_int(stored, 0, "a full disk: it is said");
	ok(!recorded, "a full disk: not on record");
	submit(a, "req_after");
	while (!stored_rows)
		sched_yield();
	ok(is_recorded("req_after"), "room again: on record");
	while (!is_recorded("req_full"))
		sched_yield();
	ok(true, "and so is what had to wait");
	is_int(waiting_rows, 1, "which is told once");
	accountant_stop(a);
	accountant_free(a);
}

static void test_end(void)
{
	struct accountant *a;
	struct err e;

	waiting_rows = 0;
	ok(accountant_start(&a, d.app.store, &e) == 0, "started");
	limit_files(1);
	submit(a, "req_late");
	while (!waiting_rows)
		sched_yield();
	limit_files(RLIM_INFINITY);
	accountant_stop(a);
	ok(is_recorded("req_late"), "the end tries once more");
	accountant_free(a);
}

int main(void)
{
	signal(SIGXFSZ, SIG_IGN);
	app_dir_start(&d, serve);
	test_full_disk();
	test_end();
	app_dir_stop(&d);
	return done_testing();
}
