/* What a model costs, by its name or by a pattern with a trailing `*`, for
 * accounts that have no price of their own. */
#ifndef STORE_PRICE_H
#define STORE_PRICE_H

#include <stddef.h>

#include "store/store.h"

struct ledger_row;

struct price { /* USD per million tokens */
	double input, output, cache_read, cache_write;
};

enum { PRICE_MODEL_BYTES = 128, PRICES_MAX = 4000 };

struct model_price {
	char model[PRICE_MODEL_BYTES];
	struct price price;
	int64_t updated_ms; /* wall clock; by store_price_put() */
};

/* What its tokens cost: in whole billionths by kind, and altogether. */
void price_row(struct ledger_row *row, const struct price *p);

/* Inserts or replaces all of them in one step.  ERR_TOO_LARGE when that would
 * be more than PRICES_MAX. */
int store_price_put(struct store *s, struct model_price *list, size_t n,
		    struct err *e);
int store_price_delete(struct store *s, const char *model, struct err *e);
/* By name; mem_free(*out). */
int store_price_list(struct store *s, struct model_price **out, size_t *n,
		     struct err *e);

#endif
