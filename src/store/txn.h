/*
 * The only two ways to the tables.  Both retry what lost a deadlock, watch the
 * time and refuse once the environment has panicked.  Every change of the
 * state passes store_write(), so that it can be forwarded to another node.
 */
#ifndef STORE_TXN_H
#define STORE_TXN_H

#include <db.h>

#include "store/store.h"

/*
 * Work on the tables: returns 0, what Berkeley DB returned, or STORE_REFUSED
 * with e filled when the records do not allow it.  It may be called again
 * from the start, so it resets in ctx what it fills.
 */
enum { STORE_REFUSED = -1 };
typedef int (*store_fn)(struct store *s, DB_TXN *txn, void *ctx, struct err *e);

/* Without a transaction: each record is read whole, txn is NULL. */
int store_read(struct store *s, store_fn fn, void *ctx, struct err *e);

enum write_kind {
	WRITE_DURABLE, /* on disk when this returns */
	WRITE_BATCH    /* handed to the kernel when this returns */
};
/* In one transaction: all of it or, when fn fails, nothing. */
int store_write(struct store *s, enum write_kind kind, store_fn fn, void *ctx,
		struct err *e);

#endif
