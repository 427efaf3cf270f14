/* Limits of keys: refusals, reservations, windows, many at once. */
#include "tests/support/tap.h"

#include <math.h>
#include <pthread.h>

#include "sched/limits.h"

enum { MINUTE = 60000, THREADS = 8, TRIES = 5000 };

static struct limits *l;
static struct err e;

static struct limit_query query(const struct limit_rules *r, int64_t now_ms)
{
	return (struct limit_query){.key_id = "k",
				    .rules = r,
				    .now_ms = now_ms,
				    .day_start_ms =
					now_ms / 86400000 * 86400000,
				    .tokens = 100};
}

static void begin(const struct limit_rules *r, int64_t now_ms,
		  struct limit_spent spent)
{
	struct limit_query q = query(r, now_ms);

	limits_free(l);
	l = limits_new();
	spent.window_start_ms = limits_window_start(r, now_ms);
	spent.day_start_ms = q.day_start_ms;
	limits_load(l, "k", r, &spent);
}

static bool enter(const struct limit_rules *r, int64_t now_ms,
		  struct limit_lease *lease)
{
	struct limit_query q = query(r, now_ms);

	return limits_enter(l, &q, lease, &e) == LIMITS_IN;
}

static void test_unknown(void)
{
	struct limit_rules none = {.window_ms = MINUTE},
			   some = {.total_cost = 1};
	struct limit_query q = query(&none, 0);
	struct limit_lease lease;

	l = limits_new();
	ok(limits_enter(l, &q, &lease, &e) == LIMITS_IN && !lease.entry,
	   "a window alone limits nothing");
	q.rules = &some;
	ok(limits_enter(l, &q, &lease, &e) == LIMITS_UNKNOWN,
	   "what was used before has to be known");
	limits_load(l, "k", &some, &(struct limit_spent){.total_cost = 0.5});
	limits_load(l, "k", &some, &(struct limit_spent){.total_cost = 9});
	ok(limits_enter(l, &q, &lease, &e) == LIMITS_IN, "then it is let in");
	limits_refund(l, &lease);
	some.window_ms = MINUTE;
	ok(limits_enter(l, &q, &lease, &e) == LIMITS_UNKNOWN,
	   "another window has to be read anew");
}

static void test_requests(void)
{
	struct limit_rules r = {.window_ms = MINUTE, .requests = 2};
	struct limit_lease a, b, c;

	begin(&r, 90000, (struct limit_spent){.requests = 0});
	ok(enter(&r, 90000, &a) && enter(&r, 90000, &b), "two are let in");
	ok(!enter(&r, 90000, &c), "the third is not");
	is_int(e.kind, ERR_RATE_LIMIT, "429");
	is_int(e.retry_after_ms, 1000, "soon: requests in flight may fail");
	is_text(str_of(e.message),
		"This API key has used 0 of its 2 requests in a window of 1 "
		"min, and its requests in flight may need the rest",
		"says so");
	limits_refund(l, &b);
	ok(enter(&r, 90000, &c), "what failed makes room");
	limits_settle(l, &a, 10, 0);
	limits_settle(l, &c, 10, 0);
	ok(!enter(&r, 90000, &a), "used up");
	is_int(e.retry_after_ms, 30000, "until the window ends");
	is_text(
	    str_of(e.message),
	    "This API key has used its 2 requests in a window of 1 min; the "
	    "next window begins in 30 s",
	    "says so");
	is_text(str_of(e.code), "rate_limit_requests", "code");
	ok(enter(&r, 120000, &a), "a new window");
	limits_settle(l, &a, 1, 0);
}

static void test_tokens(void)
{
	struct limit_rules r = {.window_ms = MINUTE, .tokens = 250};
	struct limit_lease lease[4];

	begin(&r, 0, (struct limit_spent){.tokens = 30});
	for (int i = 0; i < 3; i++)
		ok(enter(&r, 0, &lease[i]), "request %d", i);
	ok(!enter(&r, 0, &lease[3]), "330 of 250 are reserved: no more");
	for (int i = 0; i < 3; i++)
		limits_settle(l, &lease[i], 20, 0);
	ok(enter(&r, 0, &lease[3]), "they took 20 each: there is room again");
	limits_settle(l, &lease[3], 200, 0);
	ok(!enter(&r, 0, &lease[3]), "290 are used");
	ok(e.retry_after_ms == MINUTE, "until the window ends");
}

static void test_cost(void)
{
	struct limit_rules r = {.daily_cost = 1, .total_cost = 2};
	struct limit_query q = query(&r, 1000);
	struct limit_lease a, b;

	begin(&r, 1000,
	      (struct limit_spent){.day_cost = 0.25, .total_cost = 1.5});
	ok(enter(&r, 1000, &a) && enter(&r, 1000, &b), "two without a price");
	ok(limits_reserve_cost(l, &q, &a, 0.5, &e) == 0, "the first's price");
	ok(limits_reserve_cost(l, &q, &b, 0.5, &e) < 0, "2.0 of 2.0: not both");
	is_int(e.kind, ERR_RATE_LIMIT, "it may have room later");
	limits_refund(l, &b);
	ok(limits_reserve_cost(l, &q, &a, 0.25, &e) == 0,
	   "a cheaper account takes over");
	limits_settle(l, &a, 0, 0.1);
	ok(enter(&r, 1000, &a), "settled with less");
	limits_settle(l, &a, 0, 0.7);
	ok(!enter(&r, 1000, &a), "total passed");
	is_int(e.kind, ERR_BILLING, "402");
	ok(e.no_retry, "waiting is of no use");
	is_text(str_of(e.code), "total_cost_limit_exceeded", "code");
	is_text(str_of(e.message),
		"This API key has used 2.3 of its 2 USD in all", "says so");
	r.total_cost = 0;
	ok(!enter(&r, 1000, &a), "so is the day");
	is_text(str_of(e.message),
		"This API key has used 1.05 of its 1 USD a day, until midnight",
		"says so");
	ok(enter(&r, 86400000, &a), "tomorrow");
	limits_refund(l, &a);
}

static _Atomic int64_t let_in;

static void *hammer(void *arg)
{
	const struct limit_rules *r = arg;

	for (int i = 0; i < TRIES; i++) {
		struct limit_query q = query(r, 1000);
		struct limit_lease lease;
		struct err why;

		if (limits_enter(l, &q, &lease, &why) != LIMITS_IN)
			continue;
		if (i % 3 == 0) {
			limits_refund(l, &lease);
			continue;
		}
		let_in++;
		limits_settle(l, &lease, 7, 0.25);
		limits_refund(l, &lease); /* settled: nothing */
	}
	return NULL;
}

/* What is used while a key has no limits counts when it has them again. */
static void test_without(void)
{
	struct limit_rules r = {.total_cost = 5};
	struct limit_lease lease;

	begin(&r, 1000, (struct limit_spent){.total_cost = 1});
	limits_add(l, "k", 10, 3);
	ok(enter(&r, 1000, &lease), "4 of 5");
	limits_refund(l, &lease);
	limits_add(l, "other", 10, 3);
	limits_add(l, "k", 10, 1);
	ok(!enter(&r, 1000, &lease), "5 of 5");
	is_text(str_of(e.message),
		"This API key has used 5 of its 5 USD in all", "said so");
}

static void test_threads(void)
{
	struct limit_rules r = {
	    .window_ms = MINUTE, .requests = 9000, .tokens = 1000000};
	struct limit_query q = query(&r, 1000);
	struct limit_spent spent;
	pthread_t t[THREADS];

	begin(&r, 1000, (struct limit_spent){.requests = 0});
	for (int i = 0; i < THREADS; i++)
		pthread_create(&t[i], NULL, hammer, &r);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	ok(limits_spent(l, &q, &spent), "known");
	is_int(spent.requests, let_in, "each counted once");
	is_int(spent.tokens, let_in * 7, "its tokens too");
	ok(fabs(spent.cost - (double)let_in * 0.25) < 1e-6, "and its cost");
	ok(let_in <= 9000, "never more than the limit: %lld",
	   (long long)let_in);
}

int main(void)
{
	test_unknown();
	test_requests();
	test_tokens();
	test_cost();
	test_without();
	test_threads();
	limits_free(l);
	return done_testing();
}
