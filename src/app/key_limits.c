#include "app/key_limits.h"

#include <string.h>

#include "base/clock.h"
#include "store/ledger.h"

enum { MINUTE_MS = 60 * 1000 };

void key_limits_rules(const struct api_key *k, struct limit_rules *out)
{
	*out = (struct limit_rules){
	    .window_ms = k->window_minutes * MINUTE_MS,
	    .requests = k->window_requests,
	    .tokens = k->window_tokens,
	    .cost = k->window_cost,
	    .daily_cost = k->daily_cost,
	    .total_cost = k->total_cost,
	};
}

static int add_row(void *ctx, const struct ledger_row *row)
{
	struct limit_spent *spent = ctx;

	if (row->started_ms < spent->window_start_ms)
		return 1;
	if (ledger_row_counts(row)) {
		spent->requests++;
		spent->tokens += ledger_row_tokens(row);
		spent->cost += row->cost;
	}
	return 0;
}

static int sum_cost(struct app *app, const char *key_id, int64_t from_ms,
		    double *cost, struct err *e)
{
	struct usage_query q = {.key_id = key_id,
				.account_id = "",
				.model = "",
				.from_ms = from_ms};
	struct usage_totals sum;

	if (store_usage_sum(app->store, &q, &sum, e) < 0)
		return -1;
	*cost = sum.cost;
	return 0;
}

int key_limits_load(struct app *app, const struct limit_query *q, struct err *e)
{
	struct limit_spent spent = {
	    .window_start_ms = limits_window_start(q->rules, q->now_ms),
	    .day_start_ms = q->day_start_ms,
	};
	struct ledger_query rows = {.key_id = q->key_id};

	if (q->rules->window_ms &&
	    store_ledger_each(app->store, &rows, add_row, &spent, e) < 0)
		return -1;
	if (sum_cost(app, q->key_id, q->day_start_ms, &spent.day_cost, e) < 0 ||
	    sum_cost(app, q->key_id, 0, &spent.total_cost, e) < 0)
		return -1;
	limits_load(app->limits, q->key_id, q->rules, &spent);
	return 0;
}

int key_limits_spent(struct app *app, const struct api_key *k,
		     struct limit_spent *out, struct err *e)
{
	struct limit_rules rules;
	struct limit_query q = {
	    .key_id = k->id, .rules = &rules, .now_ms = clock_wall_ms()};

	key_limits_rules(k, &rules);
	q.day_start_ms = clock_day_start(q.now_ms);
	*out = (struct limit_spent){.requests = 0};
	if (!limits_any(&rules) || limits_spent(app->limits, &q, out))
		return 0;
	if (key_limits_load(app, &q, e) < 0)
		return -1;
	limits_spent(app->limits, &q, out);
	return 0;
}
