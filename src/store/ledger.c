#include "store/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "store/env.h"
#include "store/ledger_codec.h"
#include "store/txn.h"

/* Rows that are copied out at a time, so that no page is locked while the
 * caller's function looks at them. */
enum { PAGE_ROWS = 64 };

struct page {
	enum table table;
	/* Read what is before `from`; `bound` is how far that went. */
	unsigned char from[LEDGER_INDEX_BYTES], bound[LEDGER_INDEX_BYTES];
	size_t nfrom, nbound;
	size_t nprefix; /* of both: the id of an index, 0: the ledger */
	unsigned char keys[PAGE_ROWS][LEDGER_KEY_BYTES];
	size_t key_bytes[PAGE_ROWS], nkeys;
	struct ledger_row rows[PAGE_ROWS];
	size_t n;
	bool last;
};

static int row_at(struct store *s, DB_TXN *txn, struct str key,
		  struct ledger_row *out)
{
	DBT value = {0};
	int rc = table_get(s, txn, TABLE_LEDGER, key, &value);

	if (rc == 0 && ledger_decode(dbt_str(&value), out) < 0)
		rc = DB_NOTFOUND;
	mem_free(value.data);
	return rc;
}

/* Puts the cursor on the last record before the bound. */
static int seek(DBC *c, const struct page *p, DBT *key, DBT *value)
{
	DBT bound = dbt_of((struct str){(const char *)p->bound, p->nbound});
	int rc;

	/* DB_SET_RANGE replaces the key, so it works on a copy. */
	mem_free(key->data);
	key->data = mem_alloc(LEDGER_INDEX_BYTES);
	memcpy(key->data, bound.data, bound.size);
	key->size = bound.size;
	rc = c->get(c, key, value, DB_SET_RANGE);
	return c->get(c, key, value, rc == 0 ? DB_PREV : DB_LAST);
}

static bool belongs(const struct page *p, struct str key)
{
	return key.n >= p->nprefix && memcmp(key.p, p->bound, p->nprefix) == 0;
}

/* One step back: the row under the cursor, or the key of the row that the
 * index entry stands for, goes into the page.  Damaged rows are left out. */
static void take(struct page *p, struct str key, struct str value)
{
	struct str row_key = str_sub(key, p->nprefix, key.n);

	p->nbound = key.n < sizeof(p->bound) ? key.n : sizeof(p->bound);
	memcpy(p->bound, key.p, p->nbound);
	if (!p->nprefix) {
		if (ledger_decode(value, &p->rows[p->n]) == 0)
			p->n++;
	} else if (row_key.n <= LEDGER_KEY_BYTES) {
		memcpy(p->keys[p->nkeys], row_key.p, row_key.n);
		p->key_bytes[p->nkeys++] = row_key.n;
	}
}

/* Steps back from the bound until the page is full or nothing is left. */
static int scan(DBC *c, void *ctx)
{
	struct page *p = ctx;
	DBT key = {.flags = DB_DBT_REALLOC}, value = {.flags = DB_DBT_REALLOC};
	int rc = seek(c, p, &key, &value);

	while (rc == 0 && belongs(p, dbt_str(&key))) {
		take(p, dbt_str(&key), dbt_str(&value));
		if (p->n == PAGE_ROWS || p->nkeys == PAGE_ROWS)
			break;
		rc = c->get(c, &key, &value, DB_PREV);
	}
	p->last = p->n < PAGE_ROWS && p->nkeys < PAGE_ROWS;
	mem_free(key.data);
	mem_free(value.data);
	return rc == DB_NOTFOUND ? 0 : rc;
}

/* The rows that the index named.  The index is not locked any more: the one
 * who settles locks both in the other order, and no detector would see that
 * this thread waits while its cursor holds a page.  A row that has been
 * removed meanwhile is left out. */
static int look_up(struct store *s, struct page *p)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < p->nkeys; i++) {
		struct str key = {(char *)p->keys[i], p->key_bytes[i]};

		rc = row_at(s, NULL, key, &p->rows[p->n]);
		if (rc == 0)
			p->n++;
		else if (rc == DB_NOTFOUND)
			rc = 0;
	}
	return rc;
}

static int fill(struct store *s, DB_TXN *txn, void *ctx, struct err *e)
{
	struct page *p = ctx;
	int rc;

	(void)e;
	memcpy(p->bound, p->from, p->nfrom);
	p->nbound = p->nfrom;
	p->n = p->nkeys = 0;
	rc = table_with_cursor(s, txn, p->table, scan, p);
	return rc == 0 ? look_up(s, p) : rc;
}

static int pages(struct store *s, struct page *p,
		 int (*fn)(void *ctx, const struct ledger_row *row), void *ctx,
		 struct err *e)
{
	do {
		if (store_read(s, fill, p, e) < 0)
			return -1;
		for (size_t i = 0; i < p->n; i++)
			if (fn(ctx, &p->rows[i]) != 0)
				return 0;
		memcpy(p->from, p->bound, p->nbound);
		p->nfrom = p->nbound;
	} while (!p->last);
	return 0;
}

static struct page *page_new(enum table table, const char *id,
			     int64_t before_ms)
{
	struct page *p = mem_zalloc(sizeof(*p));
	struct pack w = {p->from, 0, sizeof(p->from)};

	p->table = table;
	if (id)
		pack_id(&w, id, STORE_ID_BYTES);
	p->nprefix = w.n;
	pack_time_be(&w, before_ms > 0 ? before_ms : INT64_MAX);
	p->nfrom = w.n;
	return p;
}

/* Rows of a key that another account served are not what was asked for. */
struct filter {
	const char *account_id;
	int (*fn)(void *ctx, const struct ledger_row *row);
	void *ctx;
};

static int pass(void *ctx, const struct ledger_row *row)
{
	struct filter *f = ctx;

	if (f->account_id && strcmp(f->account_id, row->account_id) != 0)
		return 0;
	return f->fn(f->ctx, row);
}

int store_ledger_each(struct store *s, const struct ledger_query *q,
		      int (*fn)(void *ctx, const struct ledger_row *row),
		      void *ctx, struct err *e)
{
	struct filter f = {q->account_id, fn, ctx};
	enum table table = q->key_id	   ? TABLE_LEDGER_BY_KEY
			   : q->account_id ? TABLE_LEDGER_BY_ACCOUNT
					   : TABLE_LEDGER;
	struct page *p = page_new(table, q->key_id ? q->key_id : q->account_id,
				  q->before_ms);
	int rc;

	if (q->before_id) {
		struct pack w = {p->from, p->nfrom, sizeof(p->from)};

		pack_bytes(&w, q->before_id,
			   strnlen(q->before_id, LEDGER_ID_BYTES - 1));
		p->nfrom = w.n;
	}
	rc = pages(s, p, pass, &f, e);

	mem_free(p);
	return rc;
}

struct find {
	const char *request_id;
	struct ledger_row row;
};

static int find(struct store *s, DB_TXN *txn, void *ctx, struct err *e)
{
	struct find *f = ctx;
	DBT key = {0};
	int rc =
	    table_get(s, txn, TABLE_LEDGER_BY_ID, str_of(f->request_id), &key);

	if (rc == 0)
		rc = row_at(s, txn, dbt_str(&key), &f->row);
	mem_free(key.data);
	if (rc != DB_NOTFOUND)
		return rc;
	err_set(e, ERR_NOT_FOUND, "The request is not in the ledger");
	return STORE_REFUSED;
}

int store_ledger_find(struct store *s, const char *request_id,
		      struct ledger_row *out, struct err *e)
{
	struct find f = {.request_id = request_id};

	if (store_read(s, find, &f, e) < 0)
		return -1;
	*out = f.row;
	return 0;
}

bool ledger_row_counts(const struct ledger_row *row)
{
	return row->outcome != OUTCOME_ERROR || row->status == 200;
}

int64_t ledger_row_tokens(const struct ledger_row *row)
{
	return row->input + row->output + row->cache_read + row->cache_write;
}

int64_t ledger_cost_sum(const struct ledger_cost *c)
{
	return c->input + c->output + c->cache_read + c->cache_write;
}

bool ledger_row_unpriced(const struct ledger_row *row)
{
	return !row->priced && ledger_row_tokens(row) > 0;
}
