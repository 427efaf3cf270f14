/* GET /admin/model-stats: what was asked for, by name (CRS 1.8). */
#include <time.h>

#include "admin/reply.h"
#include "admin/routes.h"
#include "admin/usage_json.h"
#include "base/clock.h"
#include "base/mem.h"

static int64_t today(int64_t now_ms)
{
	return clock_day_start(now_ms);
}

/* Midnight of the first, in the time zone of this machine. */
static int64_t this_month(int64_t now_ms)
{
	time_t t = (time_t)(now_ms / 1000);
	struct tm tm;

	localtime_r(&t, &tm);
	tm.tm_mday = 1;
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_isdst = -1;
	return (int64_t)mktime(&tm) * 1000;
}

static int64_t ever(int64_t now_ms)
{
	(void)now_ms;
	return 0;
}

static const struct period {
	const char *name;
	int64_t (*since)(int64_t now_ms);
} periods[] = {{"daily", today}, {"monthly", this_month}, {"all", ever}};

static const struct period *read_period(struct request *r, struct err *e)
{
	struct str name = request_query(r, "period");

	if (!name.n)
		return &periods[0];
	for (size_t i = 0; i < sizeof(periods) / sizeof(periods[0]); i++) {
		if (str_is(name, periods[i].name))
			return &periods[i];
	}
	err_set(e, ERR_BAD_REQUEST,
		"period must be one of daily, monthly, all");
	return NULL;
}

static cJSON *rows_json(const struct usage_model *list, size_t n,
			const char *period)
{
	cJSON *data = cJSON_CreateArray();

	for (size_t i = 0; i < n; i++) {
		cJSON *o = usage_counts(&list[i].totals);

		cJSON_AddStringToObject(o, "model", list[i].model);
		cJSON_AddStringToObject(o, "period", period);
		cJSON_AddItemToArray(data, o);
	}
	return data;
}

enum route_result model_stats_get(struct app *app, struct request *r,
				  const struct route_args *args)
{
	struct str key = request_query(r, "keyId");
	struct usage_query q = {.key_id = key.n && key.n < STORE_ID_BYTES
					      ? arena_strz(&r->arena, key)
					      : ""};
	const struct period *period;
	struct usage_model *list;
	struct err e;
	cJSON *data;
	size_t n;

	(void)args;
	period = read_period(r, &e);
	if (!period)
		return reply_err(r, &e);
	if (key.n >= STORE_ID_BYTES) /* nothing has such an id */
		return reply_data(r, cJSON_CreateArray(), NULL);
	q.from_ms = period->since(clock_wall_ms());
	if (store_usage_models(app->store, &q, &list, &n, &e) < 0)
		return reply_err(r, &e);
	data = rows_json(list, n, period->name);
	mem_free(list);
	return reply_data(r, data, NULL);
}
