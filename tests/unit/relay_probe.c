/* Accounts that cool down are looked at, where that is wanted. */
#include "tests/support/tap.h"

#include <time.h>

#include "base/clock.h"
#include "tests/support/relay_lab.h"

enum { SOON_MS = 8000 /* a pause is 10 s */ };

static struct relay_lab lab;

static void with_probes(struct account *a)
{
	a->probe_seconds = 1;
}

static struct pool_status status(size_t i)
{
	struct pool_status s;

	pool_status(lab.d.app.pool, lab.ids[i], clock_mono_ms(), &s);
	return s;
}

/* Until it cools no more, or too long. */
static void wait_for_end(size_t i)
{
	int64_t until = clock_mono_ms() + SOON_MS;
	struct timespec t = {0, 20000000};

	while (status(i).cooling && clock_mono_ms() < until)
		nanosleep(&t, NULL);
}

static void fail_all(void)
{
	struct fcgi_reply reply;

	for (int i = 0; i < HEALTH_FAILURES; i++) {
		lab_ask(&lab, LAB_PLAIN, &reply);
		is_int(fcgi_reply_status(&reply), 502, "refused");
		fcgi_reply_release(&reply);
	}
}

static void test_probe(void)
{
	lab_account_with(&lab, "seen", "/status-500", with_probes);
	lab_account(&lab, "left", "/status-500");
	fail_all();
	ok(status(1).cooling, "without probes it cools");
	wait_for_end(0);
	ok(!status(0).cooling, "its models were seen");
	is_int(status(0).failures, HEALTH_FAILURES, "one request may try");
	ok(status(1).cooling, "the other one cools on");
	lab_done(&lab, "probe");
}

int main(void)
{
	relay_lab_start(&lab);
	test_probe();
	relay_lab_stop(&lab);
	return done_testing();
}
