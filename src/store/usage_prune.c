/*
 * What goes after some time: ranks of days, and counters of hours.  The latter
 * stand with their keys, so one round over all keys takes a while: a few with
 * each call.  Before the first of them goes it is written down which hours can
 * not be relied upon any more.
 */
#include <string.h>

#include "base/mem.h"
#include "store/env.h"
#include "store/rank.h"
#include "store/txn.h"
#include "store/usage_hours.h"

enum { PRUNE_ROWS = 200, PRUNE_KEYS = 200, DAY_HOURS = 24 };
static const char mark[] = "hours"; /* in TABLE_META: a day, 4 bytes */

/* ranks ------------------------------------------------------------------- */

struct old_ranks {
	uint32_t before;
	size_t left;
};

static int drop_rank(void *ctx, DBC *cursor, struct str key, struct str value)
{
	struct old_ranks *p = ctx;
	struct rank_key k;

	(void)value;
	/* Days stand before months. */
	if (rank_key_decode(key, &k) == 0 &&
	    (k.span != RANK_DAY || k.period >= p->before))
		return 1;
	return p->left-- == 0 ? 1 : cursor->del(cursor, 0);
}

static int prune_ranks(struct store *s, DB_TXN *txn, void *ctx, struct err *e)
{
	struct old_ranks *p = ctx;
	int rc;

	(void)e;
	p->left = PRUNE_ROWS;
	rc = table_each(s, txn, TABLE_RANKS, drop_rank, p);
	return rc == 1 ? 0 : rc;
}

/* hours ------------------------------------------------------------------- */

static int read_mark(struct store *s, DB_TXN *txn, void *ctx, struct err *e)
{
	DBT value = {0};
	int rc = table_get(s, txn, TABLE_META, STR(mark), &value);

	(void)e;
	if (rc == 0) {
		struct unpack r = {value.data, value.size, false};

		*(uint32_t *)ctx = unpack_u32_be(&r);
	}
	mem_free(value.data);
	return rc == DB_NOTFOUND ? 0 : rc;
}

static int write_mark(struct store *s, DB_TXN *txn, void *ctx, struct err *e)
{
	unsigned char bytes[4];
	struct pack w = {bytes, 0, sizeof(bytes)};

	(void)e;
	pack_u32_be(&w, *(const uint32_t *)ctx);
	return table_put(s, txn, TABLE_META, STR(mark), pack_str(&w), 0);
}

int usage_hours_load(struct store *s, struct err *e)
{
	uint32_t day = 0;

	if (store_read(s, read_mark, &day, e) < 0)
		return -1;
	atomic_store(&s->hours_from, day);
	return 0;
}

struct sweep {
	char key_id[STORE_ID_BYTES]; /* the key to go on with */
	bool ended;		     /* the round */
	uint32_t before;	     /* hours */
	size_t rows, keys;	     /* that may still be looked at */
};

/* The first counter of the key's hours, or of the next key. */
static int seek(DBC *c, const char *key_id, uint32_t period, DBT *key,
		DBT *value)
{
	struct usage_key at = {.span = USAGE_HOURS, .period = period};

	memcpy(at.key_id, key_id, sizeof(at.key_id));
	mem_free(key->data);
	key->data = mem_alloc(USAGE_KEY_BYTES);
	key->size = (uint32_t)usage_key_begin(&at, key->data).n;
	return c->get(c, key, value, DB_SET_RANGE);
}

/* Removes what is old; then the cursor is behind it. */
static int sweep_key(struct sweep *w, DBC *c, DBT *key, DBT *value)
{
	struct usage_key k;
	int rc = seek(c, w->key_id, 0, key, value);

	while (rc == 0 && w->rows > 0) {
		if (usage_key_decode(dbt_str(key), &k) == 0 &&
		    (strcmp(k.key_id, w->key_id) != 0 ||
		     k.span != USAGE_HOURS || k.period >= w->before))
			return 0;
		w->rows--;
		rc = c->del(c, 0);
		if (rc == 0)
			rc = c->get(c, key, value, DB_NEXT);
	}
	return rc;
}

static int next_key(struct sweep *w, DBC *c, DBT *key, DBT *value)
{
	struct usage_key k;
	int rc = seek(c, w->key_id, UINT32_MAX, key, value);

	while (rc == 0 && usage_key_decode(dbt_str(key), &k) < 0)
		rc = c->get(c, key, value, DB_NEXT);
	if (rc == 0)
		memcpy(w->key_id, k.key_id, sizeof(w->key_id));
	w->ended = rc == DB_NOTFOUND;
	w->keys--;
	return rc;
}

static int sweep_keys(DBC *c, void *ctx)
{
	struct sweep *w = ctx;
	DBT key = {.flags = DB_DBT_REALLOC}, value = {.flags = DB_DBT_REALLOC};
	int rc = 0;

	while (rc == 0 && w->rows && w->keys && !w->ended) {
		rc = sweep_key(w, c, &key, &value);
		if ((rc == 0 && w->rows) || rc == DB_NOTFOUND)
			rc = next_key(w, c, &key, &value);
	}
	mem_free(key.data);
	mem_free(value.data);
	return rc == DB_NOTFOUND ? 0 : rc;
}

static int prune_hours(struct store *s, DB_TXN *txn, void *ctx, struct err *e)
{
	struct sweep *w = ctx;

	(void)e;
	memcpy(w->key_id, s->sweep_key, sizeof(w->key_id));
	w->ended = false;
	w->rows = PRUNE_ROWS;
	w->keys = PRUNE_KEYS;
	return table_with_cursor(s, txn, TABLE_USAGE, sweep_keys, w);
}

int store_usage_prune(struct store *s, int64_t now_ms, int64_t hours_before_ms,
		      struct err *e)
{
	struct old_ranks ranks = {.before = rank_period(RANK_DAY, now_ms) -
					    RANK_DAYS};
	uint32_t day = usage_period(USAGE_DAYS, hours_before_ms);
	struct sweep w = {.before = day * DAY_HOURS};

	if (store_write(s, WRITE_BATCH, prune_ranks, &ranks, e) < 0)
		return -1;
	if (day > atomic_load(&s->hours_from)) {
		if (store_write(s, WRITE_DURABLE, write_mark, &day, e) < 0)
			return -1;
		atomic_store(&s->hours_from, day);
	}
	if (s->swept_day == day)
		return 0;
	if (store_write(s, WRITE_BATCH, prune_hours, &w, e) < 0)
		return -1;
	if (w.ended) {
		s->swept_day = day;
		memset(w.key_id, 0, sizeof(w.key_id));
	}
	memcpy(s->sweep_key, w.key_id, sizeof(s->sweep_key));
	return 0;
}
