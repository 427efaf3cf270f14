#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "store/env.h"
#include "store/inflight.h"
#include "store/last_used.h"
#include "store/ledger_codec.h"
#include "store/rank.h"
#include "store/tables.h"
#include "store/txn.h"
#include "store/usage_codec.h"

/* Rows of one transaction; hour and day, of the key and of all keys. */
enum { SETTLE_MAX_ROWS = 4096, COUNTERS_PER_ROW = 4, RANKS_PER_ROW = 3 };

struct entry {
	unsigned char key[USAGE_KEY_BYTES];
	size_t nkey;
	struct counter sum;
};

struct rank_entry {
	unsigned char key[RANK_KEY_BYTES];
	size_t nkey;
	struct rank sum;
};

struct use {
	enum last_used_of of;
	const char *id;
	int64_t ms;
};

struct batch {
	const struct ledger_row *rows;
	size_t n;
	struct entry *entries; /* COUNTERS_PER_ROW for each row */
	size_t nentries;
	struct rank_entry *ranks; /* RANKS_PER_ROW for each row */
	size_t nranks;
	struct use *uses; /* 2 for each row */
	size_t nuses;
};

/* DB_KEYEXIST when the request is there already. */
static int put_row(struct store *s, DB_TXN *txn, const struct ledger_row *row)
{
	unsigned char kb[LEDGER_KEY_BYTES], rb[LEDGER_RECORD_BYTES];
	unsigned char ib[LEDGER_INDEX_BYTES];
	struct str key = ledger_key(row->started_ms, row->request_id, kb);
	int rc;

	rc = table_put(s, txn, TABLE_LEDGER_BY_ID, str_of(row->request_id), key,
		       DB_NOOVERWRITE);
	if (rc == 0)
		rc = table_put(s, txn, TABLE_LEDGER, key,
			       ledger_encode(row, rb), 0);
	if (rc == 0 && row->key_id[0])
		rc = table_put(s, txn, TABLE_LEDGER_BY_KEY,
			       ledger_index_key(row->key_id, key, ib), STR(""),
			       0);
	if (rc == 0 && row->account_id[0])
		rc = table_put(s, txn, TABLE_LEDGER_BY_ACCOUNT,
			       ledger_index_key(row->account_id, key, ib),
			       STR(""), 0);
	return rc;
}

static void add_entry(struct batch *b, const struct usage_key *k,
		      const struct counter *c)
{
	struct entry *e = &b->entries[b->nentries++];

	e->nkey = usage_key_encode(k, e->key).n;
	e->sum = *c;
}

static void rank_row(struct batch *b, const struct ledger_row *row,
		     const struct counter *c)
{
	static const enum rank_span spans[RANKS_PER_ROW] = {
	    RANK_DAY, RANK_MONTH, RANK_EVER};

	for (size_t i = 0; row->key_id[0] && i < RANKS_PER_ROW; i++) {
		struct rank_entry *e = &b->ranks[b->nranks++];
		struct rank_key k = {.span = spans[i]};

		k.period = rank_period(k.span, row->started_ms);
		memcpy(k.key_id, row->key_id, sizeof(k.key_id));
		e->nkey = rank_key_encode(&k, e->key).n;
		e->sum = (struct rank){c->requests, c->cost_nano};
	}
}

static void count_row(struct batch *b, const struct ledger_row *row)
{
	static const enum usage_span spans[] = {USAGE_DAYS, USAGE_HOURS};
	struct usage_key k;
	struct counter c;

	memset(&k, 0, sizeof(k));
	memcpy(k.account_id, row->account_id, sizeof(k.account_id));
	memcpy(k.model, row->model, sizeof(k.model));
	counter_of_row(row, &c);
	for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
		k.span = spans[i];
		k.period = usage_period(k.span, row->started_ms);
		k.key_id[0] = '\0';
		add_entry(b, &k, &c);
		memcpy(k.key_id, row->key_id, sizeof(k.key_id));
		if (k.key_id[0])
			add_entry(b, &k, &c);
	}
	rank_row(b, row, &c);
	b->uses[b->nuses++] =
	    (struct use){LAST_USED_KEY, row->key_id, row->started_ms};
	b->uses[b->nuses++] =
	    (struct use){LAST_USED_ACCOUNT, row->account_id, row->started_ms};
}

static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order =
	    memcmp(x->key, y->key, x->nkey < y->nkey ? x->nkey : y->nkey);

	if (order)
		return order;
	return x->nkey < y->nkey ? -1 : x->nkey > y->nkey;
}

static int compare_ranks(const void *a, const void *b)
{
	const struct rank_entry *x = a, *y = b;
	int order =
	    memcmp(x->key, y->key, x->nkey < y->nkey ? x->nkey : y->nkey);

	if (order)
		return order;
	return x->nkey < y->nkey ? -1 : x->nkey > y->nkey;
}

static int compare_uses(const void *a, const void *b)
{
	const struct use *x = a, *y = b;
	int order = (int)x->of - (int)y->of;

	if (order == 0)
		order = strcmp(x->id, y->id);
	if (order)
		return order;
	return x->ms < y->ms ? -1 : x->ms > y->ms;
}

static int add_to_counter(DBC *c, const struct entry *e)
{
	struct str key = {(const char *)e->key, e->nkey};
	unsigned char bytes[COUNTER_BYTES];
	struct counter sum = {0};
	size_t n;
	int rc = cursor_read(c, key, bytes, sizeof(bytes), &n);

	if (rc != 0 && rc != DB_NOTFOUND)
		return rc;
	if (rc == 0 && counter_decode((struct str){(char *)bytes, n}, &sum) < 0)
		log_note(LOG_ERROR, "store",
			 "a counter cannot be read and begins again");
	counter_add(&sum, &e->sum);
	return cursor_write(c, rc == 0, key, counter_encode(&sum, bytes));
}

/* Sorted, so that each counter is touched once and pages in their order. */
static int put_counters(DBC *c, void *ctx)
{
	struct batch *b = ctx;
	int rc = 0;

	qsort(b->entries, b->nentries, sizeof(b->entries[0]), compare_entries);
	for (size_t i = 0; rc == 0 && i < b->nentries;) {
		struct entry *first = &b->entries[i++];

		while (i < b->nentries &&
		       compare_entries(first, &b->entries[i]) == 0)
			counter_add(&first->sum, &b->entries[i++].sum);
		rc = add_to_counter(c, first);
	}
	return rc;
}

static int add_to_rank(DBC *c, const struct rank_entry *e)
{
	struct str key = {(const char *)e->key, e->nkey};
	unsigned char bytes[RANK_BYTES];
	struct rank sum = {0, 0};
	size_t n;
	int rc = cursor_read(c, key, bytes, sizeof(bytes), &n);

	if (rc != 0 && rc != DB_NOTFOUND)
		return rc;
	if (rc == 0 && rank_decode((struct str){(char *)bytes, n}, &sum) < 0)
		sum = (struct rank){0, 0};
	sum.requests += e->sum.requests;
	sum.cost_nano += e->sum.cost_nano;
	return cursor_write(c, rc == 0, key, rank_encode(&sum, bytes));
}

static int put_ranks(DBC *c, void *ctx)
{
	struct batch *b = ctx;
	int rc = 0;

	qsort(b->ranks, b->nranks, sizeof(b->ranks[0]), compare_ranks);
	for (size_t i = 0; rc == 0 && i < b->nranks;) {
		struct rank_entry *first = &b->ranks[i++];

		for (; i < b->nranks && compare_ranks(first, &b->ranks[i]) == 0;
		     i++) {
			first->sum.requests += b->ranks[i].sum.requests;
			first->sum.cost_nano += b->ranks[i].sum.cost_nano;
		}
		rc = add_to_rank(c, first);
	}
	return rc;
}

static int put_uses(DBC *c, void *ctx)
{
	struct batch *b = ctx;
	int rc = 0;

	qsort(b->uses, b->nuses, sizeof(b->uses[0]), compare_uses);
	for (size_t i = 0; rc == 0 && i < b->nuses; i++) {
		const struct use *u = &b->uses[i];
		const struct use *next = u + 1;
		bool last = i + 1 == b->nuses || next->of != u->of ||
			    strcmp(next->id, u->id) != 0;

		if (last && u->id[0])
			rc = last_used_raise(c, u->of, u->id, u->ms);
	}
	return rc;
}

/* One pass over the batch with a cursor of the table. */
static int settle(struct store *s, DB_TXN *txn, void *ctx, struct err *e)
{
	struct batch *b = ctx;
	int rc = 0;

	(void)e;
	b->nentries = b->nranks = b->nuses = 0;
	for (size_t i = 0; rc == 0 && i < b->n; i++) {
		rc = put_row(s, txn, &b->rows[i]);
		if (rc == 0)
			count_row(b, &b->rows[i]);
		else if (rc == DB_KEYEXIST)
			rc = 0;
	}
	if (rc == 0)
		rc = table_with_cursor(s, txn, TABLE_USAGE, put_counters, b);
	if (rc == 0 && b->nranks)
		rc = table_with_cursor(s, txn, TABLE_RANKS, put_ranks, b);
	if (rc == 0)
		rc = table_with_cursor(s, txn, TABLE_LAST_USED, put_uses, b);
	/* Last, because the threads that add marks wait for these pages. */
	for (size_t i = 0; rc == 0 && i < b->n; i++)
		rc = inflight_remove(s, txn, b->rows[i].request_id);
	return rc;
}

int store_settle(struct store *s, const struct ledger_row *rows, size_t n,
		 struct err *e)
{
	struct batch b = {.rows = rows, .n = n};
	int rc;

	if (n == 0)
		return 0;
	if (n > SETTLE_MAX_ROWS)
		return err_set(e, ERR_TOO_LARGE,
			       "More than %d requests in one settlement",
			       SETTLE_MAX_ROWS);
	b.entries = mem_array(n * COUNTERS_PER_ROW, sizeof(*b.entries));
	b.ranks = mem_array(n * RANKS_PER_ROW, sizeof(*b.ranks));
	b.uses = mem_array(n * 2, sizeof(*b.uses));
	rc = store_write(s, WRITE_BATCH, settle, &b, e);
	mem_free(b.entries);
	mem_free(b.ranks);
	mem_free(b.uses);
	return rc;
}
