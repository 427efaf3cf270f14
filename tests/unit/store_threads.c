/* Many threads that add marks and read, one that settles. */
#include "tests/support/tap.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "store/api_key.h"
#include "tests/support/store_dir.h"
#include "tests/support/store_rows.h"

enum { THREADS = 8, ROWS = 250, ALL = THREADS * ROWS, BATCH = 40 };

struct work {
	struct store_dir *d;
	pthread_mutex_t lock;
	int queue[ALL]; /* numbers of rows that wait to be settled */
	int nqueue, nsettled;
	pthread_cond_t more;
	atomic_int failed, reads;
};

struct worker {
	struct work *w;
	int first;
	pthread_t thread;
};

/* What a request does: the key is looked up, the mark is set. */
static void one_request(struct work *w, int i)
{
	struct ledger_row row = row_make(i);
	struct usage_query q = {.key_id = row.key_id};
	struct usage_totals totals;
	struct api_key k;
	int64_t ms;
	struct err e;

	if (store_api_key_find(w->d->s, "none", &k, &e) == 0 ||
	    e.kind != ERR_NOT_FOUND)
		w->failed++;
	if (store_inflight_add(w->d->s, &row, &e) < 0)
		w->failed++;
	if (i % 10 == 0 &&
	    (store_usage_sum(w->d->s, &q, &totals, &e) < 0 ||
	     store_api_key_last_used(w->d->s, row.key_id, &ms, &e) < 0))
		w->failed++;
	w->reads++;
}

static void *work(void *arg)
{
	struct worker *me = arg;
	struct work *w = me->w;

	for (int i = me->first; i < ALL; i += THREADS) {
		one_request(w, i);
		pthread_mutex_lock(&w->lock);
		w->queue[w->nqueue++] = i;
		pthread_cond_signal(&w->more);
		pthread_mutex_unlock(&w->lock);
	}
	return NULL;
}

/* Numbers of the rows to settle next; waits for the first. */
static int take(struct work *w, int out[BATCH])
{
	int n = 0;

	pthread_mutex_lock(&w->lock);
	while (w->nsettled == w->nqueue)
		pthread_cond_wait(&w->more, &w->lock);
	while (n < BATCH && w->nsettled < w->nqueue)
		out[n++] = w->queue[w->nsettled++];
	pthread_mutex_unlock(&w->lock);
	return n;
}

static void *settle(void *arg)
{
	struct work *w = arg;
	struct ledger_row *rows = mem_array(BATCH, sizeof(*rows));
	int numbers[BATCH];
	struct err e;

	for (int done = 0; done < ALL;) {
		int n = take(w, numbers);

		for (int i = 0; i < n; i++)
			rows[i] = row_make(numbers[i]);
		if (store_settle(w->d->s, rows, (size_t)n, &e) < 0)
			w->failed++;
		done += n;
	}
	mem_free(rows);
	return NULL;
}

static int count(void *ctx, const struct ledger_row *row)
{
	(void)row;
	++*(int *)ctx;
	return 0;
}

/* Reads all the while, as pages of the administrator do. */
static void *browse(void *arg)
{
	struct work *w = arg;
	struct err e;
	int seen = 0;

	struct ledger_query q = {.key_id = "key-1"};

	while (seen < ALL && !w->failed) {
		int of_key = 0;

		seen = 0;
		if (store_ledger_each(w->d->s,
				      &(struct ledger_query){.before_ms = 0},
				      count, &seen, &e) < 0 ||
		    store_ledger_each(w->d->s, &q, count, &of_key, &e) < 0)
			w->failed++;
		store_keep(w->d->s);
	}
	return NULL;
}

static void run(struct work *w)
{
	struct worker workers[THREADS];
	pthread_t settler, browser;

	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->more, NULL);
	pthread_create(&settler, NULL, settle, w);
	pthread_create(&browser, NULL, browse, w);
	for (int i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){.w = w, .first = i};
		pthread_create(&workers[i].thread, NULL, work, &workers[i]);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(workers[i].thread, NULL);
	pthread_join(settler, NULL);
	pthread_join(browser, NULL);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->more);
}

int main(void)
{
	static struct work w;
	struct usage_totals rows, counters;
	struct store_dir d;

	store_dir_make(&d);
	store_dir_open(&d);
	w.d = &d;
	run(&w);
	is_int(w.failed, 0, "no call failed");
	is_int(w.reads, ALL, "all requests were made");
	rows = rows_sum(d.s);
	counters = counters_sum(d.s);
	is_int(rows.requests, ALL, "each is in the ledger once");
	ok(totals_same(&rows, &counters), "counters and ledger agree");
	is_int(store_stuck_ms(d.s), 0, "no call is left behind");
	store_dir_close(&d);
	store_dir_open(&d);
	rows = rows_sum(d.s);
	is_int(rows.requests, ALL, "no mark was left behind");
	store_dir_remove(&d);
	return done_testing();
}
