/* The databases of the environment, one file each. */
#ifndef STORE_TABLES_H
#define STORE_TABLES_H

#include <db.h>

#include "base/str.h"

struct store;

enum table {
	TABLE_META,	/* "store" -> format and check of the key file */
	TABLE_ACCOUNTS, /* id -> JSON */
	TABLE_KEYS,	/* id -> JSON */
	TABLE_KEYS_BY_HASH,
	TABLE_ADMINS,		 /* user name -> JSON */
	TABLE_SESSIONS,		 /* hash -> JSON */
	TABLE_LEDGER,		 /* ledger key -> row */
	TABLE_LEDGER_BY_ID,	 /* request id -> ledger key */
	TABLE_LEDGER_BY_KEY,	 /* key id, ledger key -> nothing */
	TABLE_LEDGER_BY_ACCOUNT, /* account id, ledger key -> nothing */
	TABLE_USAGE,		 /* usage key -> counter */
	TABLE_LAST_USED,	 /* 'k' or 'a', id -> time */
	TABLE_INFLIGHT,		 /* request id -> row */
	TABLE_LEARNED,		 /* account id -> JSON */
	TABLE_CONVERSATIONS,	 /* message id -> head, sealed text */
	TABLE_CONVERSATION_AGES, /* time, message id -> size */
	TABLE_GROUPS,		 /* id -> JSON */
	TABLE_AUDIT,		 /* time in us -> JSON */
	TABLE_PRICES,		 /* name of a model -> JSON */
	TABLE_RANKS,		 /* span, period, key id -> rank */
	TABLES
};

/* The environment is open already; 0 or what Berkeley DB said. */
int tables_open(struct store *s);
void tables_close(struct store *s);
const char *table_file(enum table t); /* its name in the environment */

/*
 * One record.  Return what Berkeley DB returns.  The value of table_get is
 * allocated and belongs to the caller (mem_free(value->data)), also after a
 * failure; zero it first.
 */
int table_get(struct store *s, DB_TXN *txn, enum table t, struct str key,
	      DBT *value);
int table_put(struct store *s, DB_TXN *txn, enum table t, struct str key,
	      struct str value, uint32_t flags);
int table_delete(struct store *s, DB_TXN *txn, enum table t, struct str key);

/*
 * Every record in the order of the keys, until fn returns non-zero, which is
 * then returned.  Pages are locked meanwhile, so fn must be quick; it may
 * delete the record through the cursor when txn is there.
 */
typedef int (*table_fn)(void *ctx, DBC *cursor, struct str key,
			struct str value);
int table_each(struct store *s, DB_TXN *txn, enum table t, table_fn fn,
	       void *ctx);

/* fn(c, ctx) with a cursor of the table; returns what fn does, else what
 * closing the cursor does. */
int table_with_cursor(struct store *s, DB_TXN *txn, enum table t,
		      int (*fn)(DBC *c, void *ctx), void *ctx);

/*
 * Read and change through one cursor of a transaction, which finds the place
 * once.  cursor_read gives DB_NOTFOUND, or 0 with the bytes in out[size], *n
 * of them; *n is 0 for a value that is larger.  cursor_write puts the value
 * where cursor_read has just been, found telling whether that gave 0.
 */
int cursor_read(DBC *c, struct str key, void *out, size_t size, size_t *n);
int cursor_write(DBC *c, bool found, struct str key, struct str value);

struct str dbt_str(const DBT *d);
DBT dbt_of(struct str s);

#endif
