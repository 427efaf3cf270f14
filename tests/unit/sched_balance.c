/* Shares by weight, sessions that stay, sessions that spill over. */
#include "tests/support/tap.h"

#include "base/mem.h"
#include "sched/affinity.h"
#include "sched/pool.h"

enum { ACCOUNTS = 3, REQUESTS = 30000, SLOTS = 64, SESSIONS = 40 };

static int nothing;
static uint32_t random_state;

static void *retain(void *p)
{
	return p;
}

static void release(void *p)
{
	(void)p;
}

static unsigned random_below(unsigned n)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % n;
}

static struct pool *pool_of(const int *weights, int64_t max_concurrent)
{
	static const char *const ids[ACCOUNTS] = {"a", "b", "c"};
	struct pool *p = pool_new(retain, release);

	random_state = 1;
	for (int i = 0; i < ACCOUNTS && weights[i]; i++)
		pool_put(
		    p, &(struct pool_account){.id = ids[i],
					      .name = ids[i],
					      .active = true,
					      .schedulable = true,
					      .weight = weights[i],
					      .max_concurrent = max_concurrent,
					      .default_sent = ids[i],
					      .data = &nothing});
	return p;
}

/* The account's number, 0 for a. */
static int pick(struct pool *p, uint64_t session, struct pool_lease *l)
{
	struct pool_query q = {.model = STR("m"), .session = session};
	struct buf why = BUF_INIT(1000);

	pool_pick(p, &q, 1000, l, &why);
	buf_release(&why);
	return l->sent_model[0] - 'a';
}

/* So many requests at once; whichever ends first makes room. */
static void check_shares(const int *weights, unsigned at_once)
{
	struct pool *p = pool_of(weights, 0);
	struct pool_lease busy[SLOTS] = {0};
	int count[ACCOUNTS] = {0}, all = 0;

	for (int i = 0; i < REQUESTS; i++) {
		struct pool_lease *l = &busy[random_below(at_once)];

		pool_return(p, l, 1000);
		count[pick(p, 0, l)]++;
	}
	for (unsigned i = 0; i < at_once; i++)
		pool_return(p, &busy[i], 1000);
	for (int i = 0; i < ACCOUNTS; i++)
		all += weights[i];
	for (int i = 0; i < ACCOUNTS && weights[i]; i++) {
		double share = (double)count[i] / REQUESTS;
		double due = (double)weights[i] / all;

		ok(share > due * 0.95 && share < due * 1.05,
		   "%u at once, %d:%d:%d: %c has %.3f, due %.3f", at_once,
		   weights[0], weights[1], weights[2], 'a' + i, share, due);
	}
	pool_free(p);
}

static void test_shares(void)
{
	static const int weights[][ACCOUNTS] = {
	    {1, 1, 0}, {2, 1, 0}, {3, 1, 0}, {1, 2, 4}, {10, 10, 1}};
	static const unsigned at_once[] = {1, 2, 3, 5, 8, 20, 64};

	for (size_t w = 0; w < sizeof(weights) / sizeof(weights[0]); w++) {
		for (size_t n = 0; n < sizeof(at_once) / sizeof(at_once[0]);
		     n++)
			check_shares(weights[w], at_once[n]);
	}
}

/* With one request at a time the round is exact. */
static void test_exact_shares(void)
{
	static const int weights[][ACCOUNTS] = {
	    {1, 1, 0}, {3, 1, 0}, {1, 2, 4}, {10, 10, 1}};

	for (size_t w = 0; w < sizeof(weights) / sizeof(weights[0]); w++) {
		struct pool *p = pool_of(weights[w], 0);
		int count[ACCOUNTS] = {0}, all = 0;
		struct pool_lease l;

		for (int i = 0; i < ACCOUNTS; i++)
			all += weights[w][i];
		for (int i = 0; i < 100 * all; i++) {
			count[pick(p, 0, &l)]++;
			pool_return(p, &l, 1000);
		}
		for (int i = 0; i < ACCOUNTS; i++)
			is_int(count[i], 100 * weights[w][i],
			       "%d:%d:%d: exactly its share of %c",
			       weights[w][0], weights[w][1], weights[w][2],
			       'a' + i);
		pool_free(p);
	}
}

/* While nobody waits, every request of a session goes where the first went, and
 * the sessions are spread. */
static void test_exact_sessions(void)
{
	struct pool *p = pool_of((int[ACCOUNTS]){1, 1, 1}, 0);
	int home[SESSIONS], same = 0, first[ACCOUNTS] = {0};
	struct pool_lease l;

	for (int i = 0; i < SESSIONS * 100; i++) {
		int s = i % SESSIONS, at = pick(p, 100 + (uint64_t)s, &l);

		pool_return(p, &l, 1000);
		if (i < SESSIONS)
			first[home[s] = at]++;
		same += at == home[s];
	}
	is_int(same, SESSIONS * 100, "each session stays on one account");
	is_int(first[0] * first[1] * first[2], 14 * 13 * 13,
	       "40 sessions: 14, 13 and 13");
	pool_free(p);
}

static void test_idle_first(void)
{
	struct pool *p = pool_of((int[ACCOUNTS]){1, 1, 1}, 0);
	struct pool_lease l[ACCOUNTS];
	int seen = 0;

	for (int round = 0; round < 100; round++) {
		seen = 0;
		for (int i = 0; i < ACCOUNTS; i++)
			seen |= 1 << pick(p, 0, &l[i]);
		for (int i = 0; i < ACCOUNTS; i++)
			pool_return(p, &l[i], 1000);
		if (seen != 7)
			break;
	}
	is_int(seen, 7, "an idle account goes before a busy one");
	pool_free(p);
}

/* Conversations take turns, in any order, a few at a time. */
static void test_sessions(void)
{
	struct pool *p = pool_of((int[ACCOUNTS]){1, 1, 1}, 0);
	struct pool_lease busy[4] = {0};
	int last[SESSIONS], same = 0, all = 0, count[ACCOUNTS] = {0};

	for (int i = 0; i < SESSIONS; i++)
		last[i] = -1;
	for (int i = 0; i < 20000; i++) {
		unsigned s = random_below(SESSIONS);
		struct pool_lease *l = &busy[random_below(4)];
		int at;

		pool_return(p, l, 1000);
		at = pick(p, 100 + s, l);
		if (last[s] >= 0) {
			same += at == last[s];
			all++;
		}
		last[s] = at;
		count[at]++;
	}
	for (int i = 0; i < 4; i++)
		pool_return(p, &busy[i], 1000);
	ok(same * 100 >= all * 95, "sessions stay: %d of %d", same, all);
	for (int i = 0; i < ACCOUNTS; i++)
		ok(count[i] > 20000 / 4, "and are spread: %d of 20000",
		   count[i]);
	pool_free(p);
}

static void test_spill(void)
{
	struct pool *p = pool_of((int[ACCOUNTS]){1, 1, 0}, 0);
	struct pool_lease l[SLOTS];
	int home = pick(p, 7, &l[0]), there = 1;

	for (int i = 1; i < 4; i++)
		there += pick(p, 7, &l[i]) == home;
	is_int(there, 4, "four at once stay");
	ok(pick(p, 7, &l[4]) != home, "the fifth goes where nobody waits");
	is_int(pick(p, 7, &l[5]), 1 - home, "and takes the session along");
	for (int i = 0; i < 6; i++)
		pool_return(p, &l[i], 1000);
	pool_free(p);
}

static void test_gone(void)
{
	struct pool *p = pool_of((int[ACCOUNTS]){1, 1, 0}, 0);
	struct pool_lease l;
	int home = pick(p, 7, &l);

	pool_return(p, &l, 1000);
	pool_remove(p, home ? "b" : "a");
	is_int(pick(p, 7, &l), 1 - home, "its account was deleted");
	pool_return(p, &l, 1000);
	pool_free(p);
}

static void test_table(void)
{
	struct affinity *a = affinity_new();
	int found = 0;

	affinity_put(a, 5, 9, 1000);
	is_int(affinity_get(a, 5, 1000), 9, "found");
	is_int(affinity_get(a, 6, 1000), 0, "not another");
	is_int(affinity_get(a, 0, 1000), 0, "no session");
	is_int(affinity_get(a, 5, 1000 + AFFINITY_MS), 9, "for an hour");
	is_int(affinity_get(a, 5, 3000 + AFFINITY_MS), 0, "not longer");
	for (uint64_t s = 1; s <= 1000000; s++)
		affinity_put(a, s * 0x9e3779b97f4a7c15, 3, (int64_t)s);
	for (uint64_t s = 990001; s <= 1000000; s++)
		found += affinity_get(a, s * 0x9e3779b97f4a7c15, 1000000) == 3;
	ok(found > 9900, "the latest stay when it is full: %d of 10000", found);
	affinity_free(a);
}

int main(void)
{
	test_shares();
	test_exact_shares();
	test_exact_sessions();
	test_idle_first();
	test_sessions();
	test_spill();
	test_gone();
	test_table();
	return done_testing();
}
