/* GET /admin/usage-costs: what it cost, by model and kind of tokens (CRS 1.8).
 */
#include "admin/csv.h"
#include "admin/price_json.h"
#include "admin/prices_routes.h"
#include "admin/reply.h"
#include "admin/routes.h"
#include "admin/usage_json.h"
#include "admin/usage_period.h"
#include "base/clock.h"
#include "base/mem.h"

struct costs {
	const struct usage_period *period;
	struct usage_model *list;
	size_t n;
	struct usage_totals total;
};

static int read_costs(struct app *app, struct request *r, struct costs *c,
		      struct err *e)
{
	static const char *const names[] = {"all", "today", "7days", "monthly",
					    NULL};
	struct str key = request_query(r, "keyId");
	struct usage_query q = {.key_id = "", .account_id = "", .model = ""};

	c->period = usage_period_read(r, names, e);
	if (!c->period)
		return -1;
	if (key.n >= STORE_ID_BYTES)
		return err_set(e, ERR_NOT_FOUND, "API key not found");
	if (key.n)
		q.key_id = arena_strz(&r->arena, key);
	q.from_ms = c->period->since(clock_wall_ms());
	if (store_usage_sum(app->store, &q, &c->total, e) < 0)
		return -1;
	return store_usage_models(app->store, &q, &c->list, &c->n, e);
}

/* Plain members first: they are the columns of a CSV. */
static cJSON *model_json(const struct usage_model *m)
{
	const struct usage_totals *t = &m->totals;
	cJSON *o = cJSON_CreateObject(), *costs;

	cJSON_AddStringToObject(o, "model", m->model);
	json_add_int(o, "requests", t->requests);
	json_add_int(o, "unpriced", t->unpriced);
	json_add_int(o, "inputTokens", t->input);
	json_add_int(o, "outputTokens", t->output);
	json_add_int(o, "cacheCreateTokens", t->cache_write);
	json_add_int(o, "cacheReadTokens", t->cache_read);
	costs_write(o, t);
	cJSON_AddItemToObject(o, "usage", usage_counts(t));
	costs = cJSON_AddObjectToObject(o, "costs");
	costs_write(costs, t);
	cJSON_AddItemToObject(o, "formatted", costs_formatted(t));
	return o;
}

static cJSON *models_json(const struct costs *c)
{
	cJSON *list = cJSON_CreateArray();

	for (size_t i = 0; i < c->n; i++)
		cJSON_AddItemToArray(list, model_json(&c->list[i]));
	return list;
}

static enum route_result answer(struct app *app, struct request *r,
				const struct costs *c)
{
	cJSON *data, *status, *totals;
	struct err e;

	if (csv_wanted(r)) {
		csv_reply(r, models_json(c), "costs.csv");
		return ROUTE_ANSWERED;
	}
	if (pricing_status(app, &status, &e) < 0)
		return reply_err(r, &e);
	data = cJSON_CreateObject();
	cJSON_AddStringToObject(data, "period", c->period->name);
	totals = cJSON_AddObjectToObject(data, "totalCosts");
	costs_write(totals, &c->total);
	cJSON_AddItemToObject(totals, "formatted", costs_formatted(&c->total));
	json_add_int(data, "unpriced", c->total.unpriced);
	cJSON_AddItemToObject(data, "modelCosts", models_json(c));
	cJSON_AddItemToObject(data, "pricingServiceStatus", status);
	return reply_data(r, data, NULL);
}

enum route_result usage_costs_get(struct app *app, struct request *r,
				  const struct route_args *args)
{
	struct costs c = {.list = NULL};
	enum route_result done;
	struct err e;

	(void)args;
	if (read_costs(app, r, &c, &e) < 0)
		return reply_err(r, &e);
	done = answer(app, r, &c);
	mem_free(c.list);
	return done;
}
