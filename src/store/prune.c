#include "base/mem.h"
#include "store/env.h"
#include "store/ledger_codec.h"
#include "store/txn.h"

/* Rows of one transaction: others wait for its pages. */
enum { PRUNE_ROWS = 200 };

struct prune {
	int64_t before_ms;
	size_t limit, removed;
};

static int forget(struct store *s, DB_TXN *txn, enum table t, struct str key)
{
	int rc = table_delete(s, txn, t, key);

	return rc == DB_NOTFOUND ? 0 : rc;
}

static int forget_index(struct store *s, DB_TXN *txn, enum table t,
			const char *id, struct str key)
{
	unsigned char bytes[LEDGER_INDEX_BYTES];

	if (!id[0])
		return 0;
	return forget(s, txn, t, ledger_index_key(id, key, bytes));
}

/* The index entries of the row under the cursor, then the row.  Those of a
 * damaged row stay and lead to nothing. */
static int remove_row(struct store *s, DB_TXN *txn, DBC *c, struct str key,
		      struct str value)
{
	struct ledger_row row;
	int rc = 0;

	if (ledger_decode(value, &row) == 0) {
		rc = forget(s, txn, TABLE_LEDGER_BY_ID, str_of(row.request_id));
		if (rc == 0)
			rc = forget_index(s, txn, TABLE_LEDGER_BY_KEY,
					  row.key_id, key);
		if (rc == 0)
			rc = forget_index(s, txn, TABLE_LEDGER_BY_ACCOUNT,
					  row.account_id, key);
	}
	return rc ? rc : c->del(c, 0);
}

static bool is_old(const struct prune *p, struct str key)
{
	struct unpack r = {(const unsigned char *)key.p, key.n, false};
	int64_t started_ms = unpack_time_be(&r);

	return r.bad || started_ms < p->before_ms;
}

static int remove_rows(struct store *s, DB_TXN *txn, DBC *c, struct prune *p)
{
	DBT key = {.flags = DB_DBT_REALLOC}, value = {.flags = DB_DBT_REALLOC};
	int rc = 0;

	while (rc == 0 && p->removed < p->limit) {
		rc = c->get(c, &key, &value, DB_NEXT | DB_RMW);
		if (rc != 0 || !is_old(p, dbt_str(&key)))
			break;
		rc = remove_row(s, txn, c, dbt_str(&key), dbt_str(&value));
		p->removed += rc == 0;
	}
	mem_free(key.data);
	mem_free(value.data);
	return rc == DB_NOTFOUND ? 0 : rc;
}

static int prune(struct store *s, DB_TXN *txn, void *ctx, struct err *e)
{
	struct prune *p = ctx;
	DB *db = s->table[TABLE_LEDGER];
	DBC *c;
	int rc = db->cursor(db, txn, &c, 0), end;

	(void)e;
	if (rc != 0)
		return rc;
	p->removed = 0;
	rc = remove_rows(s, txn, c, p);
	end = c->close(c);
	return rc ? rc : end;
}

int store_ledger_prune(struct store *s, int64_t before_ms, size_t max,
		       size_t *removed, struct err *e)
{
	struct prune p = {.before_ms = before_ms};
	size_t total = 0;

	do {
		p.limit = max - total < PRUNE_ROWS ? max - total : PRUNE_ROWS;
		if (store_write(s, WRITE_BATCH, prune, &p, e) < 0)
			return -1;
		total += p.removed;
	} while (p.removed == PRUNE_ROWS && total < max);
	*removed = total;
	return 0;
}
