/* Ledger rows for tests. */
#ifndef SUPPORT_STORE_ROWS_H
#define SUPPORT_STORE_ROWS_H

#include "store/ledger.h"

/* Row i of a made-up day's work: every field is set and depends on i. */
struct ledger_row row_make(int i);
bool row_same(const struct ledger_row *a, const struct ledger_row *b);

/* All rows of the ledger added up. */
struct usage_totals rows_sum(struct store *s);
/* All counters added up. */
struct usage_totals counters_sum(struct store *s);
bool totals_same(const struct usage_totals *a, const struct usage_totals *b);

#endif
