/*
 * The accountant: one thread that commits finished requests to the store in
 * batches, then tells each of them so that it can send its last bytes.  There
 * is no timer: it commits what is queued, then looks again.  What the store
 * cannot take (a full disk) it keeps, up to 4,096 requests, and tries again
 * each second; new requests are refused as long, for they must be on record
 * first.
 */
#ifndef APP_ACCOUNTANT_H
#define APP_ACCOUNTANT_H

#include "base/err.h"
#include "store/ledger.h"

struct accountant;

int accountant_start(struct accountant **out, struct store *store,
		     struct err *e);
/* Commits what is queued, then ends: from now on nothing is taken.  Both allow
 * NULL. */
void accountant_stop(struct accountant *a);
void accountant_free(struct accountant *a);

/*
 * Queues a row (copied).  settled(ctx, stored) is called on the accountant's
 * thread when the batch has been committed, or with stored == false when the
 * store could not take it yet; it must not block.  After accountant_stop() it
 * is called at once, with stored == false.
 */
void accountant_submit(struct accountant *a, const struct ledger_row *row,
		       void (*settled)(void *ctx, bool stored), void *ctx);

#endif
