/* Prices as JSON: {input, output, cacheRead, cacheWrite} in USD per million
 * tokens; and costs by kind of tokens in the words of CRS. */
#ifndef ADMIN_PRICE_JSON_H
#define ADMIN_PRICE_JSON_H

#include "base/json.h"
#include "store/ledger.h"
#include "store/price.h"

/* What is absent stays. */
int price_read(const cJSON *o, struct price *p, struct err *e);
void price_write(cJSON *o, const struct price *p);
/* A model's name, or a pattern with one * at its end. */
int price_check_model(const char *model, struct err *e);
/* Adds model, the four prices and updatedAt. */
cJSON *price_json(const struct model_price *p);

/* Adds inputCost, outputCost, cacheCreateCost, cacheReadCost, totalCost. */
void costs_write(cJSON *o, const struct usage_totals *t);
/* The same as text for people: "$1.23". */
cJSON *costs_formatted(const struct usage_totals *t);

#endif
