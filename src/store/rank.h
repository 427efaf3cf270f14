/*
 * How much each key was used in a day, in a month and altogether, so that the
 * busiest of many keys are found without adding up the counters of each: one
 * small row a key, those of a period side by side.  Periods are of UTC.
 */
#ifndef STORE_RANK_H
#define STORE_RANK_H

#include <stddef.h>

#include "store/ledger.h"
#include "store/usage_codec.h"

enum rank_span { RANK_DAY = 'd', RANK_MONTH = 'm', RANK_EVER = 't' };

enum {
	RANK_KEY_BYTES = 1 + 4 + 1 + STORE_ID_BYTES,
	RANK_BYTES = 1 + 2 * 8,
	RANK_DAYS = 10 /* so long those of a day are kept */
};

struct rank {
	int64_t requests, cost_nano;
};

struct rank_key {
	enum rank_span span;
	uint32_t period; /* days or months since 1970, 0: ever */
	char key_id[STORE_ID_BYTES];
};

struct str rank_key_encode(const struct rank_key *k,
			   unsigned char out[RANK_KEY_BYTES]);
int rank_key_decode(struct str bytes, struct rank_key *out);
struct str rank_encode(const struct rank *r, unsigned char out[RANK_BYTES]);
int rank_decode(struct str bytes, struct rank *out);
uint32_t rank_period(enum rank_span span, int64_t wall_ms);

/* Makes the table of a state that an older release wrote; when it is opened. */
int rank_make(struct store *s, struct err *e);

#endif
