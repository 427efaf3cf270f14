#include "app/accountant.h"

#include <pthread.h>

#include "base/log.h"
#include "base/mem.h"

enum { BATCH = 256 };

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
};

/* Up to BATCH entries; waits for the first.  0: the end. */
static size_t take_batch(struct accountant *a, struct entry **batch)
{
	size_t n = 0;

	pthread_mutex_lock(&a->lock);
	while (!a->first && !a->stopping)
		pthread_cond_wait(&a->work, &a->lock);
	while (a->first && n < BATCH) {
		batch[n++] = a->first;
		a->first = a->first->next;
	}
	if (!a->first)
		a->end = &a->first;
	pthread_mutex_unlock(&a->lock);
	return n;
}

static void settle(struct accountant *a, struct entry **batch, size_t n,
		   struct ledger_row *rows)
{
	struct err e;
	bool stored;

	for (size_t i = 0; i < n; i++)
		rows[i] = batch[i]->row;
	stored = store_settle(a->store, rows, n, &e) == 0;
	if (!stored)
		log_note(LOG_ERROR, "accountant",
			 "%zu requests could not be recorded: %s", n,
			 e.message);
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

	while ((n = take_batch(a, batch)) > 0)
		settle(a, batch, n, rows);
	mem_free(rows);
	return NULL;
}

int accountant_start(struct accountant **out, struct store *store,
		     struct err *e)
{
	struct accountant *a = mem_zalloc(sizeof(*a));

	a->store = store;
	a->end = &a->first;
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->work, NULL);
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
