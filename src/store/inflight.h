/* Marks of requests that are in flight. */
#ifndef STORE_INFLIGHT_H
#define STORE_INFLIGHT_H

#include <db.h>

#include "store/ledger.h"

/* Inside the transaction that settles the request. */
int inflight_remove(struct store *s, DB_TXN *txn, const char *request_id);
/* What the last owner left in flight goes to the ledger as `interrupted`. */
int inflight_recover(struct store *s, struct err *e);

#endif
