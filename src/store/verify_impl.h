/* What the parts of a verification share. */
#ifndef STORE_VERIFY_IMPL_H
#define STORE_VERIFY_IMPL_H

#include "store/env.h"
#include "store/verify.h"

void verify_problem(struct verify_report *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Records, indexes, conversations; ledger and counters.  The tables are open.
 * They return what Berkeley DB returned. */
int verify_records(struct store *s, struct verify_report *r);
int verify_usage(struct store *s, struct verify_report *r);

/*
 * A set of records in any order, as a sum of hashes: two sets are the same when
 * their folds are, so that large tables are compared in one pass each and
 * without memory.
 */
struct fold {
	int64_t n;
	uint64_t sum;
};
void fold_add(struct fold *f, struct str a, struct str b);
bool fold_same(const struct fold *a, const struct fold *b);

#endif
