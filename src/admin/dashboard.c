/* GET /admin/dashboard: how many, how much, how well (CRS 1.8). */
#include <unistd.h>

#include "admin/api_key_show.h"
#include "admin/face.h"
#include "admin/reply.h"
#include "admin/routes.h"
#include "admin/usage_json.h"
#include "base/clock.h"

enum { HOUR_MS = 3600 * 1000, HOUR_MINUTES = 60 };

struct counts {
	int64_t total, normal, abnormal, paused, rate_limited;
};

/* Each counts once: what an operator decided goes before what was found. */
static void count_account(struct counts *c, const struct account *a,
			  const struct pool_status *s)
{
	c->total++;
	if (!a->active)
		c->abnormal++;
	else if (!a->schedulable)
		c->paused++;
	else if (!s->cooling)
		c->normal++;
	else if (s->cause == HEALTH_RATE_LIMITED)
		c->rate_limited++;
	else
		c->abnormal++;
}

static void add_platform(cJSON *platforms, enum account_platform p,
			 const struct counts *c)
{
	cJSON *o = cJSON_AddObjectToObject(platforms, face_of(p)->platform);

	json_add_int(o, "total", c->total);
	json_add_int(o, "normal", c->normal);
	json_add_int(o, "abnormal", c->abnormal);
	json_add_int(o, "paused", c->paused);
	json_add_int(o, "rateLimited", c->rate_limited);
}

static int add_accounts(struct app *app, cJSON *overview, struct err *e)
{
	struct counts all = {0}, each[PLATFORMS] = {{0}};
	struct account *list;
	cJSON *platforms;
	size_t n;

	if (store_account_list(app->store, &list, &n, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct pool_status s = {0};

		pool_status(app->pool, list[i].id, clock_mono_ms(), &s);
		count_account(&all, &list[i], &s);
		count_account(&each[list[i].platform], &list[i], &s);
	}
	account_list_free(list, n);
	json_add_int(overview, "totalAccounts", all.total);
	json_add_int(overview, "normalAccounts", all.normal);
	json_add_int(overview, "activeAccounts", all.normal);
	json_add_int(overview, "abnormalAccounts", all.abnormal);
	json_add_int(overview, "pausedAccounts", all.paused);
	json_add_int(overview, "rateLimitedAccounts", all.rate_limited);
	platforms = cJSON_AddObjectToObject(overview, "accountsByPlatform");
	for (int p = 0; p < PLATFORMS; p++)
		add_platform(platforms, (enum account_platform)p, &each[p]);
	return 0;
}

static bool is_usable(const struct api_key *k, int64_t now_ms)
{
	struct str status = str_of(api_key_status(k, now_ms));

	return str_is(status, "active") || str_is(status, "waiting");
}

static int add_keys(struct app *app, cJSON *overview, cJSON *recent,
		    int64_t day_ms, struct err *e)
{
	int64_t total = 0, active = 0, today = 0, now_ms = clock_wall_ms();
	const struct api_key *list;
	size_t n;

	if (store_api_keys_borrow(app->store, &list, &n, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		const struct api_key *k = &list[i];

		if (k->deleted_ms)
			continue;
		total++;
		active += is_usable(k, now_ms);
		today += k->created_ms >= day_ms;
	}
	store_api_keys_return(app->store);
	json_add_int(overview, "totalApiKeys", total);
	json_add_int(overview, "activeApiKeys", active);
	json_add_int(recent, "apiKeysCreatedToday", today);
	return 0;
}

static void add_totals(cJSON *overview, const struct usage_totals *t)
{
	json_add_int(overview, "totalRequestsUsed", t->requests);
	json_add_int(overview, "totalErrors", t->errors);
	json_add_int(overview, "totalTokensUsed",
		     usage_add(t->input, t->output));
	json_add_int(overview, "totalInputTokensUsed", t->input);
	json_add_int(overview, "totalOutputTokensUsed", t->output);
	json_add_int(overview, "totalCacheCreateTokensUsed", t->cache_write);
	json_add_int(overview, "totalCacheReadTokensUsed", t->cache_read);
	json_add_int(overview, "totalAllTokensUsed", usage_all_tokens(t));
	cJSON_AddNumberToObject(overview, "totalCost", t->cost);
	json_add_int(overview, "totalUnpriced", t->unpriced);
}

static void add_today(cJSON *recent, const struct usage_totals *t)
{
	json_add_int(recent, "requestsToday", t->requests);
	json_add_int(recent, "errorsToday", t->errors);
	json_add_int(recent, "tokensToday", usage_add(t->input, t->output));
	json_add_int(recent, "inputTokensToday", t->input);
	json_add_int(recent, "outputTokensToday", t->output);
	json_add_int(recent, "cacheCreateTokensToday", t->cache_write);
	json_add_int(recent, "cacheReadTokensToday", t->cache_read);
	cJSON_AddNumberToObject(recent, "costToday", t->cost);
}

/* The counters are by hour: the window is the hour that runs and the one
 * before it. */
static void add_rates(struct app *app, cJSON *data)
{
	int64_t now_ms = clock_wall_ms();
	int64_t from_ms = now_ms / HOUR_MS * HOUR_MS - HOUR_MS;
	double minutes = (double)(now_ms - from_ms) / (HOUR_MS / HOUR_MINUTES);
	cJSON *o = cJSON_AddObjectToObject(data, "realtimeMetrics");
	struct usage_totals t;

	usage_sum(app, NULL, NULL, from_ms, &t);
	cJSON_AddNumberToObject(o, "rpm", (double)t.requests / minutes);
	cJSON_AddNumberToObject(o, "tpm",
				(double)usage_all_tokens(&t) / minutes);
	json_add_int(o, "windowMinutes", (int64_t)minutes);
	cJSON_AddTrueToObject(o, "isHistorical");
}

static void add_health(struct app *app, cJSON *data)
{
	int64_t now_ms = clock_wall_ms();
	cJSON *o = cJSON_AddObjectToObject(data, "systemHealth");

	cJSON_AddTrueToObject(o, "storeReady");
	json_add_int(o, "pid", getpid());
	json_add_int(o, "uptime", (now_ms - app->started_ms) / 1000);
	json_add_int(o, "live", app->live);
	cJSON_AddStringToObject(o, "version", PACKAGE_VERSION);
	cJSON_AddNumberToObject(data, "systemTimezone",
				usage_zone_hours(now_ms));
}

enum route_result dashboard_get(struct app *app, struct request *r,
				const struct route_args *args)
{
	int64_t day_ms = clock_day_start(clock_wall_ms());
	cJSON *data = cJSON_CreateObject();
	cJSON *overview = cJSON_AddObjectToObject(data, "overview");
	cJSON *recent = cJSON_AddObjectToObject(data, "recentActivity");
	struct usage_totals totals;
	struct err e;

	(void)args;
	if (add_keys(app, overview, recent, day_ms, &e) < 0 ||
	    add_accounts(app, overview, &e) < 0) {
		cJSON_Delete(data);
		return reply_err(r, &e);
	}
	usage_sum(app, NULL, NULL, 0, &totals);
	add_totals(overview, &totals);
	usage_sum(app, NULL, NULL, day_ms, &totals);
	add_today(recent, &totals);
	add_rates(app, data);
	add_health(app, data);
	return reply_data(r, data, NULL);
}
