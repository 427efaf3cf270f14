#include "store/txn.h"

#include <time.h>

#include "store/env.h"

/* Losers of a deadlock try again; so many losses in a row mean that something
 * else is wrong. */
enum { TRIES = 200, TRIES_AT_ONCE = 3 };

struct job {
	store_fn fn;
	void *ctx;
	bool write;
	uint32_t flags; /* of txn_begin */
};

static int attempt(struct store *s, const struct job *j, struct err *e)
{
	DB_TXN *txn = NULL;
	int rc;

	if (!j->write)
		return j->fn(s, NULL, j->ctx, e);
	rc = s->env->txn_begin(s->env, NULL, &txn, j->flags);
	if (rc != 0)
		return rc;
	rc = j->fn(s, txn, j->ctx, e);
	if (rc != 0) {
		txn->abort(txn);
		return rc;
	}
	return txn->commit(txn, 0);
}

static bool lost_a_lock(int rc)
{
	return rc == DB_LOCK_DEADLOCK || rc == DB_LOCK_NOTGRANTED;
}

/* Lets the winner finish: at once, then 1 ms to 10 ms. */
static void pause_before(int try)
{
	int ms = try - TRIES_AT_ONCE < 10 ? try - TRIES_AT_ONCE + 1 : 10;
	struct timespec t = {0, ms * 1000000L};

	if (try >= TRIES_AT_ONCE)
		nanosleep(&t, NULL);
}

static int run(struct store *s, const struct job *j, struct err *e)
{
	int rc = DB_LOCK_DEADLOCK;

	for (int try = 0; try < TRIES && lost_a_lock(rc); try++) {
		int slot;

		if (atomic_load(&s->panicked))
			return env_refuse_panicked(e);
		if (try)
			pause_before(try);
		slot = call_enter(&s->calls);
		rc = attempt(s, j, e);
		call_leave(&s->calls, slot);
	}
	if (rc == 0 || rc == STORE_REFUSED)
		return rc;
	return env_fail(s, rc, e);
}

int store_read(struct store *s, store_fn fn, void *ctx, struct err *e)
{
	return run(s, &(struct job){fn, ctx, false, 0}, e);
}

int store_write(struct store *s, enum write_kind kind, store_fn fn, void *ctx,
		struct err *e)
{
	bool sync = kind == WRITE_DURABLE || s->sync_always;

	return run(s,
		   &(struct job){fn, ctx, true,
				 sync ? DB_TXN_SYNC : DB_TXN_WRITE_NOSYNC},
		   e);
}
