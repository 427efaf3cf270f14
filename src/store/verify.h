/*
 * Is a state on disk whole?  Each database file by itself, page by page; then
 * what must agree between them: indexes with what they index, counters with
 * each other and with the ledger, sealed values with the key.
 */
#ifndef STORE_VERIFY_H
#define STORE_VERIFY_H

#include "base/buf.h"
#include "store/store.h"

struct verify_report {
	struct buf text; /* a line for each problem */
	int64_t problems;
	int64_t accounts, keys, requests, counters; /* that are there */
};

void verify_report_init(struct verify_report *r);
void verify_report_release(struct verify_report *r);

/* Of a state that nobody uses; recovers it first.  -1 when it cannot be
 * examined (in use, no state, another key file); 0: the report says more. */
int store_verify(const struct store_options *o, struct verify_report *r,
		 struct err *e);

#endif
