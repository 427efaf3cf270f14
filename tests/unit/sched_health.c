/* Cool-down of accounts: the states, and the choice that follows. */
#include "tests/support/tap.h"

#include <string.h>

#include "base/mem.h"
#include "sched/pool.h"

static void report(struct health *h, enum health_event e, int64_t now)
{
	bool tried = health_begin(h, now);

	health_report(h, e, tried, 0, "why", now);
}

static void test_failures(void)
{
	struct health h = {.failures = 0};

	report(&h, HEALTH_FAILED, 0);
	report(&h, HEALTH_FAILED, 0);
	ok(!health_cooling(&h, 0), "two failures are chance");
	report(&h, HEALTH_GOOD, 0);
	report(&h, HEALTH_FAILED, 0);
	report(&h, HEALTH_FAILED, 0);
	ok(!health_cooling(&h, 0), "a good answer between counts anew");
	report(&h, HEALTH_FAILED, 0);
	is_int(health_wait_ms(&h, 0), 10000, "the third in a row cools");
	is_text(str_of(h.reason), "why", "with the reason");
	health_report(&h, HEALTH_FAILED, false, 0, "late", 5000);
	is_int(health_wait_ms(&h, 5000), 5000,
	       "what was under way does not prolong it");
	ok(!health_cooling(&h, 10000), "then it is half open");
}

static void test_half_open(void)
{
	struct health h = {.failures = 0};
	int64_t now = 0;

	for (int i = 0; i < 3; i++)
		report(&h, HEALTH_FAILED, now);
	for (int64_t pause = 10000; pause <= 300000; pause *= 2) {
		now += pause;
		ok(health_begin(&h, now), "one tries");
		ok(!health_begin(&h, now), "only one");
		ok(health_cooling(&h, now), "the others wait");
		health_report(&h, HEALTH_FAILED, true, 0, "still", now);
		is_int(health_wait_ms(&h, now),
		       pause * 2 < 300000 ? pause * 2 : 300000,
		       "twice as long, at most five minutes");
	}
	now += 300000;
	ok(health_begin(&h, now), "one tries");
	health_abandon(&h, true);
	ok(health_begin(&h, now), "its client left: the next one tries");
	health_report(&h, HEALTH_GOOD, true, 0, "", now);
	ok(!health_cooling(&h, now) && h.failures == 0, "well again");
	for (int i = 0; i < 3; i++)
		report(&h, HEALTH_FAILED, now);
	is_int(health_wait_ms(&h, now), 10000, "and short pauses again");
}

static void test_at_once(void)
{
	struct health h = {.failures = 0};

	health_report(&h, HEALTH_RATE_LIMITED, false, 2500, "", 0);
	is_int(health_wait_ms(&h, 0), 2500, "429: as long as it asks");
	health_report(&h, HEALTH_RATE_LIMITED, false, 1000, "", 0);
	is_int(health_wait_ms(&h, 0), 2500, "never shorter");
	health_report(&h, HEALTH_RATE_LIMITED, false, INT64_MAX / 2, "", 0);
	is_int(health_wait_ms(&h, 0), 3600000, "an hour at most");
	h = (struct health){.failures = 0};
	health_report(&h, HEALTH_RATE_LIMITED, false, 0, "", 0);
	is_int(health_wait_ms(&h, 0), 10000, "429 without a word");
	h = (struct health){.failures = 0};
	health_report(&h, HEALTH_UNAUTHORIZED, false, 0, "", 0);
	is_int(health_wait_ms(&h, INT64_MAX - 1), -1, "401: until reset");
	health_report(&h, HEALTH_FAILED, false, 0, "", 0);
	is_int(health_wait_ms(&h, 0), -1, "whatever follows");
	health_report(&h, HEALTH_GOOD, false, 0, "", 0);
	ok(!health_cooling(&h, 0), "but a good answer");
}

/* ------------------------------------------------------------ in the pool */

static int nothing;

static void *retain(void *p)
{
	return p;
}

static void release(void *p)
{
	(void)p;
}

static void put(struct pool *p, const char *id, int64_t priority)
{
	pool_put(p, &(struct pool_account){.id = id,
					   .name = id,
					   .active = true,
					   .schedulable = true,
					   .priority = priority,
					   .default_sent = id,
					   .data = &nothing});
}

/* Asks once and reports; the account's id, or why there was none. */
static void ask(struct pool *p, enum health_event event, int64_t now,
		const char *want, const char *name)
{
	struct buf why = BUF_INIT(1000);
	struct pool_query q = {.model = STR("m")};
	struct pool_lease l;

	if (pool_pick(p, &q, now, &l, &why) == POOL_PICKED)
		is_text(str_of(l.sent_model), want, name);
	else
		is_text(buf_str(&why), want, name);
	pool_report(p, &l, event, 0, "text", now);
	pool_return(p, &l, now);
	buf_release(&why);
}

static void test_sole(void)
{
	struct pool *p = pool_new(retain, release);
	struct pool_status s;

	put(p, "a", 50);
	for (int i = 0; i < 5; i++)
		ask(p, HEALTH_FAILED, 0, "a",
		    "a model's only account is not parked");
	ok(pool_status(p, "a", 0, &s) && s.cooling && s.failures == 5,
	   "but shown as what it is");
	put(p, "a", 50);
	pool_status(p, "a", 0, &s);
	ok(!s.cooling, "a change starts anew");
	ok(!pool_status(p, "b", 0, &s), "no such account");
	pool_free(p);
}

static void test_choice(void)
{
	struct pool *p = pool_new(retain, release);

	put(p, "a", 60);
	put(p, "b", 50);
	for (int i = 0; i < 3; i++)
		ask(p, HEALTH_FAILED, 0, "a", "larger priority");
	ask(p, HEALTH_GOOD, 0, "b", "the other while it cools");
	ask(p, HEALTH_GOOD, 10000, "a", "half open: it is tried");
	ask(p, HEALTH_RATE_LIMITED, 10000, "a", "well again");
	ask(p, HEALTH_RATE_LIMITED, 10000, "b", "the other");
	ask(p, HEALTH_GOOD, 15000,
	    "a: cooling down for 5 s (rate limited); "
	    "b: cooling down for 5 s (rate limited)",
	    "both cool");
	ask(p, HEALTH_UNAUTHORIZED, 20000, "a", "a again");
	ask(p, HEALTH_UNAUTHORIZED, 20000, "b", "b again");
	ask(p, HEALTH_UNAUTHORIZED, 99000, "a",
	    "all refused the key: one is asked");
	pool_reset(p, "b");
	ask(p, HEALTH_RATE_LIMITED, 99000, "b", "b was reset");
	ask(p, HEALTH_GOOD, 99000,
	    "a: out until reset (its credentials were refused); "
	    "b: cooling down for 10 s (rate limited)",
	    "waiting is better than a refused key");
	pool_free(p);
}

static void test_wait(void)
{
	struct pool *p = pool_new(retain, release);
	struct buf why = BUF_INIT(1000);
	struct pool_query q = {.model = STR("m")};
	struct pool_lease l;

	put(p, "a", 60);
	put(p, "b", 50);
	ask(p, HEALTH_RATE_LIMITED, 0, "a", "a");
	ask(p, HEALTH_RATE_LIMITED, 3000, "b", "b");
	pool_pick(p, &q, 4000, &l, &why);
	is_int(l.wait_ms, 6000, "until the first is back");
	pool_put(p, &(struct pool_account){
			.id = "a", .name = "a", .data = &nothing});
	pool_put(p, &(struct pool_account){
			.id = "b", .name = "b", .data = &nothing});
	pool_pick(p, &q, 4000, &l, &why);
	is_int(l.wait_ms, -1, "switched off: it would wait for ever");
	buf_release(&why);
	pool_free(p);
}

/* Looked at and well: the pause ends, not what is known of the failures. */
static void test_ready(void)
{
	struct health h = {.failures = 0};

	health_ready(&h, 1);
	is_int(h.until_ms, 0, "nothing to end");
	for (int i = 0; i < HEALTH_FAILURES; i++)
		health_report(&h, HEALTH_FAILED, false, 0, "down", 5);
	ok(health_cooling(&h, 6), "cools");
	health_ready(&h, 6);
	ok(!health_cooling(&h, 6), "may be asked");
	ok(health_begin(&h, 6), "by one that tries");
	health_report(&h, HEALTH_FAILED, true, 0, "down", 7);
	is_int(health_wait_ms(&h, 7), 2 * HEALTH_PAUSE_MS, "twice as long");
	h = (struct health){.failures = 0};
	health_report(&h, HEALTH_RATE_LIMITED, false, 5000, "wait", 1);
	health_ready(&h, 2);
	is_int(health_wait_ms(&h, 2), 4999, "what it asked for is kept");
	h = (struct health){.failures = 0};
	health_report(&h, HEALTH_UNAUTHORIZED, false, 0, "no", 1);
	health_ready(&h, 2);
	is_int(health_wait_ms(&h, 2), 0, "its credentials work again");
}

int main(void)
{
	test_failures();
	test_half_open();
	test_at_once();
	test_sole();
	test_choice();
	test_wait();
	test_ready();
	return done_testing();
}
