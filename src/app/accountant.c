#include "app/accountant.h"

#include <pthread.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

enum { BATCH = 256, HELD = 4096, AGAIN_MS = 1000 };

struct entry {
	struct entry *next;
	struct ledger_row row;
	void (*settled)(void *ctx, bool stored);
	void *ctx;
};

struct accountant {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t work;
	struct entry *first, **end;
	bool stopping;
	struct store *store;
	/* Of this thread only: answered, and not on record yet. */
	struct ledger_row *held;
	size_t nheld;
	int64_t tried_ms; /* when they were tried last */
};

/* Until there is work, or it is time to try again. */
static void wait_for_work(struct accountant *a)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += AGAIN_MS / 1000;
	while (!a->first && !a->stopping) {
		if (!a->nheld)
			pthread_cond_wait(&a->work, &a->lock);
		else if (pthread_cond_timedwait(&a->work, &a->lock, &until))
			return;
	}
}

/* Up to BATCH entries; false: the end. */
static bool take_batch(struct accountant *a, struct entry **batch,
		       size_t *taken)
{
	size_t n = 0;
	bool more;

	pthread_mutex_lock(&a->lock);
	wait_for_work(a);
	more = a->first || !a->stopping;
	while (a->first && n < BATCH) {
		batch[n++] = a->first;
		a->first = a->first->next;
	}
	if (!a->first)
		a->end = &a->first;
	pthread_mutex_unlock(&a->lock);
	*taken = n;
	return more;
}

/* The store may be out of room: what was answered is kept for later. */
static void hold(struct accountant *a, const struct ledger_row *rows, size_t n)
{
	size_t kept = 0;

	if (!a->held)
		a->held = mem_array(HELD, sizeof(*a->held));
	for (size_t i = 0; i < n && a->nheld < HELD; i++, kept++)
		a->held[a->nheld++] = rows[i];
	if (kept < n)
		log_note(LOG_ERROR, "accountant",
			 "%zu requests are lost: too many wait", n - kept);
}

/* One by one: a row that is no good must not keep the others. */
static void try_held(struct accountant *a)
{
	size_t kept = 0, n = a->nheld;
	struct err e;

	for (size_t i = 0; i < n; i++) {
		if (store_settle(a->store, &a->held[i], 1, &e) < 0)
			a->held[kept++] = a->held[i];
	}
	a->nheld = kept;
	a->tried_ms = clock_mono_ms();
	if (n > kept)
		log_note(LOG_INFO, "accountant",
			 "%zu requests are recorded now, %zu still wait",
			 n - kept, kept);
}

static void settle(struct accountant *a, struct entry **batch, size_t n,
		   struct ledger_row *rows)
{
	struct err e;
	bool stored;

	for (size_t i = 0; i < n; i++)
		rows[i] = batch[i]->row;
	stored = store_settle(a->store, rows, n, &e) == 0;
	if (!stored) {
		hold(a, rows, n);
		log_note(LOG_ERROR, "accountant",
			 "%zu requests could not be recorded: %s; %zu wait", n,
			 e.message, a->nheld);
	}
	for (size_t i = 0; i < n; i++) {
		batch[i]->settled(batch[i]->ctx, stored);
		mem_free(batch[i]);
	}
}

static void *accountant_main(void *arg)
{
	struct accountant *a = arg;
	struct entry *batch[BATCH];
	struct ledger_row *rows = mem_array(BATCH, sizeof(*rows));
	size_t n;

	while (take_batch(a, batch, &n)) {
		if (a->nheld && clock_mono_ms() >= a->tried_ms + AGAIN_MS)
			try_held(a);
		if (n)
			settle(a, batch, n, rows);
	}
	if (a->nheld)
		try_held(a);
	if (a->nheld)
		log_note(LOG_ERROR, "accountant",
			 "%zu requests are lost: they could not be recorded",
			 a->nheld);
	mem_free(rows);
	return NULL;
}

int accountant_start(struct accountant **out, struct store *store,
		     struct err *e)
{
	struct accountant *a = mem_zalloc(sizeof(*a));
	pthread_condattr_t monotonic;

	a->store = store;
	a->end = &a->first;
	pthread_mutex_init(&a->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&a->work, &monotonic);
	pthread_condattr_destroy(&monotonic);
	if (pthread_create(&a->thread, NULL, accountant_main, a) != 0) {
		mem_free(a);
		return err_set(e, ERR_INTERNAL,
			       "cannot start the accountant's thread");
	}
	*out = a;
	return 0;
}

void accountant_stop(struct accountant *a)
{
	if (!a)
		return;
	pthread_mutex_lock(&a->lock);
	a->stopping = true;
	pthread_cond_signal(&a->work);
	pthread_mutex_unlock(&a->lock);
	pthread_join(a->thread, NULL);
}

void accountant_free(struct accountant *a)
{
	if (!a)
		return;
	pthread_cond_destroy(&a->work);
	pthread_mutex_destroy(&a->lock);
	mem_free(a->held);
	mem_free(a);
}

void accountant_submit(struct accountant *a, const struct ledger_row *row,
		       void (*settled)(void *ctx, bool stored), void *ctx)
{
	struct entry *e = mem_alloc(sizeof(*e));
	bool taken;

	e->next = NULL;
	e->row = *row;
	e->settled = settled;
	e->ctx = ctx;
	pthread_mutex_lock(&a->lock);
	taken = !a->stopping;
	if (taken) {
		*a->end = e;
		a->end = &e->next;
		pthread_cond_signal(&a->work);
	}
	pthread_mutex_unlock(&a->lock);
	if (taken)
		return;
	mem_free(e);
	settled(ctx, false);
}
