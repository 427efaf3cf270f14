#include "tests/support/store_rows.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* 2026-03-01 00:00 UTC, and a row each 10 minutes. */
static const int64_t begin_ms = 1772323200000;

struct ledger_row row_make(int i)
{
	struct ledger_row row;

	memset(&row, 0, sizeof(row));
	snprintf(row.request_id, sizeof(row.request_id), "req_%020d", i);
	snprintf(row.key_id, sizeof(row.key_id), "key-%d", i % 3);
	snprintf(row.account_id, sizeof(row.account_id), "account-%d", i % 2);
	snprintf(row.model, sizeof(row.model), "claude-%d", i % 2);
	snprintf(row.sent_model, sizeof(row.sent_model), "qwen-%d", i);
	snprintf(row.endpoint, sizeof(row.endpoint), "/v1/messages");
	snprintf(row.stop_reason, sizeof(row.stop_reason), "end_turn");
	row.outcome = i % 5 == 4 ? OUTCOME_ERROR : OUTCOME_COMPLETE;
	if (row.outcome == OUTCOME_ERROR)
		snprintf(row.error, sizeof(row.error), "overloaded_error");
	row.status = row.outcome == OUTCOME_ERROR ? 529 : 200;
	row.attempts = 1 + i % 3;
	row.stream = i % 2;
	row.estimated = i % 7 == 0;
	row.started_ms = begin_ms + i * 600000LL;
	row.duration_ms = 100 + i;
	row.first_byte_ms = i % 5 ? 10 + i : -1;
	row.input = 1000 + i;
	row.output = 10 + i;
	row.cache_read = 3 * i;
	row.cache_write = 5 * i;
	row.thinking = i;
	row.cost = 0.001 * (i % 1000);
	row.priced = i % 2 == 0;
	return row;
}

static bool same_texts(const struct ledger_row *a, const struct ledger_row *b)
{
	return !strcmp(a->request_id, b->request_id) &&
	       !strcmp(a->key_id, b->key_id) &&
	       !strcmp(a->account_id, b->account_id) &&
	       !strcmp(a->model, b->model) &&
	       !strcmp(a->sent_model, b->sent_model) &&
	       !strcmp(a->endpoint, b->endpoint) &&
	       !strcmp(a->stop_reason, b->stop_reason) &&
	       !strcmp(a->error, b->error);
}

bool row_same(const struct ledger_row *a, const struct ledger_row *b)
{
	return same_texts(a, b) && a->outcome == b->outcome &&
	       a->status == b->status && a->attempts == b->attempts &&
	       a->stream == b->stream && a->estimated == b->estimated &&
	       a->started_ms == b->started_ms &&
	       a->duration_ms == b->duration_ms &&
	       a->first_byte_ms == b->first_byte_ms && a->input == b->input &&
	       a->output == b->output && a->cache_read == b->cache_read &&
	       a->cache_write == b->cache_write && a->thinking == b->thinking &&
	       a->cost == b->cost && a->priced == b->priced;
}

static int add_row(void *ctx, const struct ledger_row *row)
{
	struct usage_totals *t = ctx;

	t->requests++;
	t->errors += row->outcome == OUTCOME_ERROR ||
		     row->outcome == OUTCOME_INTERRUPTED;
	t->input += row->input;
	t->output += row->output;
	t->cache_read += row->cache_read;
	t->cache_write += row->cache_write;
	t->cost += row->cost;
	return 0;
}

struct usage_totals rows_sum(struct store *s)
{
	struct usage_totals t = {0};
	struct err e;

	if (store_ledger_each(s, &(struct ledger_query){.before_ms = 0},
			      add_row, &t, &e) < 0)
		t.requests = -1;
	return t;
}

struct usage_totals counters_sum(struct store *s)
{
	struct usage_query q = {0};
	struct usage_totals t = {0};
	struct err e;

	if (store_usage_sum(s, &q, &t, &e) < 0)
		t.requests = -2;
	return t;
}

bool totals_same(const struct usage_totals *a, const struct usage_totals *b)
{
	return a->requests == b->requests && a->errors == b->errors &&
	       a->input == b->input && a->output == b->output &&
	       a->cache_read == b->cache_read &&
	       a->cache_write == b->cache_write &&
	       fabs(a->cost - b->cost) < 1e-6;
}
