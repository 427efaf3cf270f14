#include "store/tables.h"

#include <string.h>

#include "base/mem.h"
#include "store/api_key_codec.h"
#include "store/env.h"

struct table_row {
	const char *file;
	uint32_t page_bytes; /* 0: what Berkeley DB takes */
	/* A secondary index: of which table, and what it is indexed by. */
	enum table of;
	int (*index)(DB *db, const DBT *key, const DBT *value, DBT *out);
};

/* Berkeley DB frees the index key (DB_DBT_APPMALLOC). */
static int key_hash(DB *db, const DBT *key, const DBT *value, DBT *out)
{
	char hash[SECRET_HASH_HEX];

	(void)db;
	(void)key;
	if (api_key_hash_of(dbt_str(value), hash) < 0)
		return DB_DONOTINDEX;
	memset(out, 0, sizeof(*out));
	out->data = mem_strdup(hash);
	out->size = SECRET_HASH_HEX - 1;
	out->flags = DB_DBT_APPMALLOC;
	return 0;
}

static const struct table_row rows[] = {
    [TABLE_META] = {.file = "meta.db"},
    [TABLE_ACCOUNTS] = {.file = "accounts.db"},
    [TABLE_KEYS] = {.file = "keys.db"},
    [TABLE_KEYS_BY_HASH] = {.file = "keys_by_hash.db",
			    .of = TABLE_KEYS,
			    .index = key_hash},
    [TABLE_ADMINS] = {.file = "admins.db"},
    [TABLE_SESSIONS] = {.file = "sessions.db"},
    [TABLE_LEDGER] = {.file = "ledger.db"},
    [TABLE_LEDGER_BY_ID] = {.file = "ledger_by_id.db"},
    [TABLE_LEDGER_BY_KEY] = {.file = "ledger_by_key.db"},
    [TABLE_LEDGER_BY_ACCOUNT] = {.file = "ledger_by_account.db"},
    [TABLE_USAGE] = {.file = "usage.db"},
    [TABLE_LAST_USED] = {.file = "last_used.db"},
    [TABLE_INFLIGHT] = {.file = "inflight.db"},
    [TABLE_LEARNED] = {.file = "learned.db"},
    [TABLE_CONVERSATIONS] = {.file = "conversations.db",
			     .page_bytes = 32 * 1024},
    [TABLE_CONVERSATION_AGES] = {.file = "conversation_ages.db"},
    [TABLE_GROUPS] = {.file = "account_groups.db"},
    [TABLE_AUDIT] = {.file = "audit.db"},
    [TABLE_PRICES] = {.file = "prices.db"},
    [TABLE_RANKS] = {.file = "ranks.db"},
};
_Static_assert(sizeof(rows) / sizeof(rows[0]) == TABLES, "one row per table");

const char *table_file(enum table t)
{
	return rows[t].file;
}

struct str dbt_str(const DBT *d)
{
	return (struct str){d->data, d->size};
}

DBT dbt_of(struct str s)
{
	DBT d;

	memset(&d, 0, sizeof(d));
	d.data = (void *)(uintptr_t)s.p; /* only read from */
	d.size = (uint32_t)s.n;
	return d;
}

static int open_one(struct store *s, enum table t)
{
	const struct table_row *row = &rows[t];
	DB *db;
	int rc = db_create(&db, s->env, 0);

	if (rc != 0)
		return rc;
	if (row->page_bytes)
		rc = db->set_pagesize(db, row->page_bytes);
	if (rc == 0)
		rc = db->open(db, NULL, row->file, NULL, DB_BTREE,
			      DB_CREATE | DB_THREAD | DB_AUTO_COMMIT, 0600);
	if (rc == 0 && row->index)
		rc = s->table[row->of]->associate(s->table[row->of], NULL, db,
						  row->index,
						  DB_CREATE | DB_AUTO_COMMIT);
	if (rc != 0) {
		db->close(db, 0);
		return rc;
	}
	s->table[t] = db;
	return 0;
}

int tables_open(struct store *s)
{
	for (int t = 0; t < TABLES; t++) {
		int rc = open_one(s, (enum table)t);

		for (int try = 0; rc == DB_LOCK_DEADLOCK && try < 100; try++)
			rc = open_one(s, (enum table)t);
		if (rc != 0)
			return rc;
	}
	return 0;
}

void tables_close(struct store *s)
{
	/* Indexes stand behind what they index and are closed first. */
	for (int t = TABLES - 1; t >= 0; t--) {
		if (s->table[t])
			s->table[t]->close(s->table[t], 0);
		s->table[t] = NULL;
	}
}

int table_get(struct store *s, DB_TXN *txn, enum table t, struct str key,
	      DBT *value)
{
	DB *db = s->table[t];
	DBT k = dbt_of(key);

	value->flags = DB_DBT_REALLOC;
	return db->get(db, txn, &k, value, txn ? DB_RMW : 0);
}

int table_put(struct store *s, DB_TXN *txn, enum table t, struct str key,
	      struct str value, uint32_t flags)
{
	DB *db = s->table[t];
	DBT k = dbt_of(key), v = dbt_of(value);

	return db->put(db, txn, &k, &v, flags);
}

int table_delete(struct store *s, DB_TXN *txn, enum table t, struct str key)
{
	DB *db = s->table[t];
	DBT k = dbt_of(key);

	return db->del(db, txn, &k, 0);
}

int table_each(struct store *s, DB_TXN *txn, enum table t, table_fn fn,
	       void *ctx)
{
	DB *db = s->table[t];
	DBT k = {.flags = DB_DBT_REALLOC}, v = {.flags = DB_DBT_REALLOC};
	uint32_t flags = DB_NEXT | (txn ? DB_RMW : 0);
	DBC *c;
	int rc = db->cursor(db, txn, &c, 0), end;

	if (rc != 0)
		return rc;
	while (rc == 0) {
		rc = c->get(c, &k, &v, flags);
		if (rc == 0)
			rc = fn(ctx, c, dbt_str(&k), dbt_str(&v));
	}
	end = c->close(c);
	mem_free(k.data);
	mem_free(v.data);
	if (rc != DB_NOTFOUND)
		return rc;
	return end;
}

int table_with_cursor(struct store *s, DB_TXN *txn, enum table t,
		      int (*fn)(DBC *c, void *ctx), void *ctx)
{
	DB *db = s->table[t];
	DBC *c;
	int rc = db->cursor(db, txn, &c, 0), end;

	if (rc != 0)
		return rc;
	rc = fn(c, ctx);
	end = c->close(c);
	return rc ? rc : end;
}

int cursor_read(DBC *c, struct str key, void *out, size_t size, size_t *n)
{
	DBT k = dbt_of(key);
	DBT v = {.data = out, .ulen = (uint32_t)size, .flags = DB_DBT_USERMEM};
	int rc = c->get(c, &k, &v, DB_SET | DB_RMW);

	*n = rc == 0 ? v.size : 0;
	if (rc != DB_BUFFER_SMALL)
		return rc;
	/* Nothing of it, but the cursor on it. */
	v.flags |= DB_DBT_PARTIAL;
	return c->get(c, &k, &v, DB_SET | DB_RMW);
}

int cursor_write(DBC *c, bool found, struct str key, struct str value)
{
	DBT k = dbt_of(key), v = dbt_of(value);

	return c->put(c, &k, &v, found ? DB_CURRENT : DB_KEYFIRST);
}
