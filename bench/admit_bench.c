/*
 * Costs of letting a request in: the place of its key, the limits of its key,
 * the choice of an account with the reasons for it, and all of it given back.
 * Usage: admit_bench [REQUESTS]
 *
 * "same": every account serves the name that is asked for; "other": each serves
 * a name of its own, so that all but one are only looked at.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sched/admit.h"
#include "sched/limits.h"
#include "sched/pool.h"

enum {
	ID_BYTES = 48,
	NAME_BYTES = 32,
	THREADS = 12, /* as many as workers by default */
	CHOICE_BYTES = 4096,
	LOADED = 100000000 /* a limit that is never reached */
};

struct keys {
	char (*ids)[ID_BYTES];
	size_t n;
};

struct scene {
	struct admit *admit;
	struct limits *limits;
	struct pool *pool;
	struct keys keys;
	size_t accounts;
	bool same;
	int64_t requests; /* of a thread */
};

static const struct limit_rules rules = {
    .window_ms = 3600000, .requests = LOADED, .tokens = INT64_C(1) << 50};

static int data; /* of every account */

static void *retain(void *p)
{
	return p;
}

static void release(void *p)
{
	(void)p;
}

static int64_t cpu_us(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000LL +
	       u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

static void name_of(const struct scene *s, size_t account, char *out)
{
	snprintf(out, NAME_BYTES, "model-%zu", s->same ? 0 : account);
}

static void add_accounts(struct scene *s)
{
	for (size_t i = 0; i < s->accounts; i++) {
		char id[ID_BYTES], name[NAME_BYTES];
		struct model_pair pair = {name, "served"};

		snprintf(id, sizeof(id), "account-%zu", i);
		name_of(s, i, name);
		pool_put(s->pool, &(struct pool_account){.id = id,
							 .name = id,
							 .active = true,
							 .schedulable = true,
							 .weight = 1,
							 .max_concurrent = 64,
							 .models = &pair,
							 .nmodels = 1,
							 .data = &data});
	}
}

/* What every key used before: it is known, as after its first request. */
static void load_keys(struct scene *s)
{
	struct limit_spent none = {.requests = 0};

	for (size_t i = 0; i < s->keys.n; i++) {
		snprintf(s->keys.ids[i], ID_BYTES,
			 "0190a0b0-0000-7000-8000-%012zu", i);
		limits_load(s->limits, s->keys.ids[i], &rules, &none);
	}
}

static void fail(const char *what)
{
	fprintf(stderr, "admit_bench: %s\n", what);
	exit(1);
}

static void request(const struct scene *s, uint64_t i, struct buf *choice,
		    struct buf *why)
{
	const char *id = s->keys.ids[i * 7919 % s->keys.n];
	char model[NAME_BYTES];
	struct limit_query l = {.key_id = id, .rules = &rules, .tokens = 5000};
	struct pool_query q = {.session = i % 1000 + 1, .choice = choice};
	struct admit_lease place;
	struct admit_waiter waiter = {.lease = &place};
	struct limit_lease limit;
	struct pool_lease lease;
	struct err e;

	name_of(s, i % s->accounts, model);
	q.model = str_of(model);
	buf_reset(choice);
	if (admit_enter(s->admit, id, 100, 0, &waiter, &e) != ADMIT_IN)
		fail(e.message);
	if (limits_enter(s->limits, &l, &limit, &e) != LIMITS_IN)
		fail(e.message);
	if (pool_pick(s->pool, &q, 1, &lease, why) != POOL_PICKED)
		fail(buf_str(why).p);
	pool_return(s->pool, &lease, 1);
	limits_settle(s->limits, &limit, 1000, 0);
	admit_leave(s->admit, &place);
}

static void *work(void *arg)
{
	const struct scene *s = arg;
	struct buf choice = BUF_INIT(CHOICE_BYTES), why = BUF_INIT(1000);

	for (int64_t i = 0; i < s->requests; i++)
		request(s, (uint64_t)i, &choice, &why);
	buf_release(&choice);
	buf_release(&why);
	return NULL;
}

static void measure(struct scene *s, int threads)
{
	pthread_t ids[THREADS];
	int64_t wall = clock_mono_us(), cpu = cpu_us();
	double all = (double)s->requests * threads;

	for (int i = 1; i < threads; i++) {
		if (pthread_create(&ids[i], NULL, work, s))
			fail("cannot start a thread");
	}
	work(s);
	for (int i = 1; i < threads; i++)
		pthread_join(ids[i], NULL);
	wall = clock_mono_us() - wall;
	cpu = cpu_us() - cpu;
	printf("%7zu keys %5zu accounts %-5s %2d threads %10.0f a second "
	       "%8.2f us cpu\n",
	       s->keys.n, s->accounts, s->same ? "same" : "other", threads,
	       all / ((double)wall / 1e6), (double)cpu / all);
	fflush(stdout);
}

static void run(size_t keys, size_t accounts, bool same, int64_t requests)
{
	struct scene s = {.admit = admit_new(),
			  .limits = limits_new(),
			  .pool = pool_new(retain, release),
			  .keys = {mem_array(keys, ID_BYTES), keys},
			  .accounts = accounts,
			  .same = same};

	add_accounts(&s);
	load_keys(&s);
	/* As long for each scene, about. */
	s.requests = requests / (int64_t)(1 + accounts / 10);
	measure(&s, 1);
	s.requests = s.requests / THREADS + 1;
	measure(&s, THREADS);
	pool_free(s.pool);
	limits_free(s.limits);
	admit_free(s.admit);
	mem_free(s.keys.ids);
}

int main(int argc, char **argv)
{
	static const struct {
		size_t keys, accounts;
	} scenes[] = {{10, 4},	     {100000, 4}, {10, 100},
		      {100000, 100}, {10, 1000},  {100000, 1000}};
	int64_t requests = argc > 1 ? strtoll(argv[1], NULL, 10) : 1000000;

	for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++) {
		run(scenes[i].keys, scenes[i].accounts, true, requests);
		run(scenes[i].keys, scenes[i].accounts, false, requests);
	}
	return 0;
}
