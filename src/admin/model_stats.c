/* GET /admin/model-stats: what was asked for, by name (CRS 1.8). */
#include "admin/csv.h"
#include "admin/price_json.h"
#include "admin/reply.h"
#include "admin/routes.h"
#include "admin/usage_json.h"
#include "admin/usage_period.h"
#include "app/prices.h"
#include "base/clock.h"
#include "base/mem.h"

/* What the table of prices says of the name; an account's price goes before
 * it. */
static void add_pricing(struct app *app, cJSON *o, const char *model)
{
	struct price price;

	if (!prices_find_model(app, model, &price))
		cJSON_AddNullToObject(o, "pricing");
	else
		price_write(cJSON_AddObjectToObject(o, "pricing"), &price);
}

static cJSON *row_json(struct app *app, const struct usage_model *m,
		       const char *period)
{
	const struct usage_totals *t = &m->totals;
	cJSON *o = usage_counts(t), *costs;

	cJSON_AddStringToObject(o, "model", m->model);
	cJSON_AddStringToObject(o, "period", period);
	costs = cJSON_AddObjectToObject(o, "costs");
	cJSON_AddNumberToObject(costs, "input", t->cost_input);
	cJSON_AddNumberToObject(costs, "output", t->cost_output);
	cJSON_AddNumberToObject(costs, "cacheWrite", t->cost_cache_write);
	cJSON_AddNumberToObject(costs, "cacheRead", t->cost_cache_read);
	cJSON_AddNumberToObject(costs, "total", t->cost);
	cJSON_AddItemToObject(o, "formatted", costs_formatted(t));
	add_pricing(app, o, m->model);
	return o;
}

static cJSON *rows_json(struct app *app, const struct usage_model *list,
			size_t n, const char *period)
{
	cJSON *data = cJSON_CreateArray();

	for (size_t i = 0; i < n; i++)
		cJSON_AddItemToArray(data, row_json(app, &list[i], period));
	return data;
}

enum route_result model_stats_get(struct app *app, struct request *r,
				  const struct route_args *args)
{
	struct str key = request_query(r, "keyId");
	struct usage_query q = {.key_id = key.n && key.n < STORE_ID_BYTES
					      ? arena_strz(&r->arena, key)
					      : ""};
	static const char *const names[] = {"daily", "monthly", "all", NULL};
	const struct usage_period *period;
	struct usage_model *list;
	struct err e;
	cJSON *data;
	size_t n;

	(void)args;
	period = usage_period_read(r, names, &e);
	if (!period)
		return reply_err(r, &e);
	if (key.n >= STORE_ID_BYTES) /* nothing has such an id */
		return reply_data(r, cJSON_CreateArray(), NULL);
	q.from_ms = period->since(clock_wall_ms());
	if (store_usage_models(app->store, &q, &list, &n, &e) < 0)
		return reply_err(r, &e);
	data = rows_json(app, list, n, period->name);
	mem_free(list);
	if (!csv_wanted(r))
		return reply_data(r, data, NULL);
	csv_reply(r, data, "models.csv");
	return ROUTE_ANSWERED;
}
