/* Counters and their keys as bytes. */
#ifndef STORE_USAGE_CODEC_H
#define STORE_USAGE_CODEC_H

#include "store/ledger.h"
#include "store/pack.h"

/* Cost in whole billionths of a USD, so that sums do not depend on order. */
struct counter {
	int64_t requests, errors;
	int64_t input, output, cache_read, cache_write;
	int64_t cost_nano;
	/* Of the second version: the cost by kind, which counters of the first
	 * do not have (so their sum may be less), and requests with tokens that
	 * have no price. */
	struct ledger_cost cost_of;
	int64_t unpriced; /* the last: store/verify_usage.c */
};

/* Sums stop at the ends of int64_t. */
void counter_add(struct counter *to, const struct counter *more);
void counter_of_row(const struct ledger_row *row, struct counter *out);
void counter_totals(const struct counter *c, struct usage_totals *out);

enum { COUNTER_BYTES = 1 + 12 * 8 };
struct str counter_encode(const struct counter *c,
			  unsigned char out[COUNTER_BYTES]);
int counter_decode(struct str bytes, struct counter *out);

enum usage_span { USAGE_DAYS = 'd', USAGE_HOURS = 'h' };

/*
 * Key id, span, period number, account id, model: the counters of a key in the
 * order of time.  An empty key id stands for all keys, so that
 * sums over everything read few rows as well.
 */
struct usage_key {
	char key_id[STORE_ID_BYTES];
	enum usage_span span;
	uint32_t period; /* hours or days since 1970-01-01 UTC */
	char account_id[STORE_ID_BYTES];
	char model[LEDGER_NAME_BYTES];
};

enum { USAGE_KEY_BYTES = 2 * (1 + STORE_ID_BYTES) + LEDGER_NAME_BYTES + 8 };
struct str usage_key_encode(const struct usage_key *k,
			    unsigned char out[USAGE_KEY_BYTES]);
/* Only what stands before account and model: where a period begins. */
struct str usage_key_begin(const struct usage_key *k,
			   unsigned char out[USAGE_KEY_BYTES]);
int usage_key_decode(struct str bytes, struct usage_key *out);

/* The period that holds a time; negative counts as 0. */
uint32_t usage_period(enum usage_span span, int64_t wall_ms);

#endif
