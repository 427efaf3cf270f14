#include "relay/spend.h"

#include <string.h>

#include "app/hook.h"
#include "app/key_limits.h"
#include "base/clock.h"

static struct limit_query query(const struct spend *s, int64_t tokens)
{
	int64_t now_ms = clock_wall_ms();

	return (struct limit_query){
	    .key_id = s->key_id,
	    .rules = &s->rules,
	    .now_ms = now_ms,
	    .day_start_ms = clock_day_start(now_ms),
	    .tokens = tokens,
	};
}

int spend_enter(struct app *app, const struct api_key *key, int64_t tokens,
		struct spend *s, struct err *e)
{
	enum limits_result result;
	struct limit_query q;

	key_limits_rules(key, &s->rules);
	if (!limits_any(&s->rules))
		return 0;
	memcpy(s->key_id, key->id, sizeof(s->key_id));
	q = query(s, tokens);
	result = limits_enter(app->limits, &q, &s->lease, e);
	if (result == LIMITS_UNKNOWN) {
		if (key_limits_load(app, &q, e) < 0)
			return -1;
		result = limits_enter(app->limits, &q, &s->lease, e);
	}
	if (result == LIMITS_REFUSED)
		hook_key_limit(app->hook, key->id, e);
	return result == LIMITS_IN ? 0 : -1;
}

int spend_price(struct app *app, struct spend *s, const struct price *price,
		int64_t input, int64_t output, struct err *e)
{
	struct limit_query q;
	double cost;

	if (!s->lease.entry)
		return 0;
	q = query(s, 0);
	cost = ((double)input * price->input + (double)output * price->output) /
	       1e6;
	if (limits_reserve_cost(app->limits, &q, &s->lease, cost, e) == 0)
		return 0;
	hook_key_limit(app->hook, s->key_id, e);
	return -1;
}

void spend_settle(struct app *app, struct spend *s,
		  const struct ledger_row *row)
{
	if (!ledger_row_counts(row))
		limits_refund(app->limits, &s->lease);
	else if (s->lease.entry)
		limits_settle(app->limits, &s->lease, ledger_row_tokens(row),
			      row->cost);
	else
		limits_add(app->limits, row->key_id, ledger_row_tokens(row),
			   row->cost);
}

void spend_refund(struct app *app, struct spend *s)
{
	limits_refund(app->limits, &s->lease);
}
