/* Counters as the JSON of CRS: requests, tokens by kind, cost. */
#ifndef ADMIN_USAGE_JSON_H
#define ADMIN_USAGE_JSON_H

#include "app/app.h"
#include "base/json.h"
#include "store/ledger.h"

/* This machine's time zone: its distance from UTC, in hours. */
double usage_zone_hours(int64_t wall_ms);
/* Sums of counts; at the end of the range they stay there, as in the store. */
int64_t usage_add(int64_t a, int64_t b);
int64_t usage_all_tokens(const struct usage_totals *t);
/* Sums of a key or an account (NULL or "": all) since from_ms; a store that
 * fails is logged and gives zeros. */
void usage_sum(struct app *app, const char *key_id, const char *account_id,
	       int64_t from_ms, struct usage_totals *out);
cJSON *usage_counts(const struct usage_totals *t);
/* {daily, total, averages{rpm, tpm}} since created_ms. */
cJSON *usage_summary(struct app *app, const char *key_id,
		     const char *account_id, int64_t created_ms);

#endif
