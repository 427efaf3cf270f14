#include "admin/usage_json.h"

#include <time.h>

#include "base/clock.h"
#include "base/log.h"

enum { MINUTE_MS = 60 * 1000 };

static void local_time(int64_t wall_ms, struct tm *out)
{
	time_t t = (time_t)(wall_ms / 1000);

	localtime_r(&t, out);
}

double usage_zone_hours(int64_t wall_ms)
{
	struct tm tm;

	local_time(wall_ms, &tm);
	return (double)tm.tm_gmtoff / 3600;
}

int64_t usage_add(int64_t a, int64_t b)
{
	int64_t sum;

	if (!__builtin_add_overflow(a, b, &sum))
		return sum;
	return b > 0 ? INT64_MAX : INT64_MIN;
}

int64_t usage_all_tokens(const struct usage_totals *t)
{
	return usage_add(usage_add(t->input, t->output),
			 usage_add(t->cache_read, t->cache_write));
}

void usage_sum(struct app *app, const char *key_id, const char *account_id,
	       int64_t from_ms, struct usage_totals *out)
{
	struct usage_query q = {
	    .key_id = key_id ? key_id : "",
	    .account_id = account_id ? account_id : "",
	    .model = "",
	    .from_ms = from_ms,
	};
	struct err e;

	*out = (struct usage_totals){0};
	if (store_usage_sum(app->store, &q, out, &e) < 0)
		log_note(LOG_WARN, "usage", "sums are missing: %s", e.message);
}

cJSON *usage_counts(const struct usage_totals *t)
{
	cJSON *o = cJSON_CreateObject();

	json_add_int(o, "requests", t->requests);
	json_add_int(o, "errors", t->errors);
	json_add_int(o, "tokens", usage_add(t->input, t->output));
	json_add_int(o, "inputTokens", t->input);
	json_add_int(o, "outputTokens", t->output);
	json_add_int(o, "cacheCreateTokens", t->cache_write);
	json_add_int(o, "cacheReadTokens", t->cache_read);
	json_add_int(o, "allTokens", usage_all_tokens(t));
	cJSON_AddNumberToObject(o, "cost", t->cost);
	json_add_int(o, "unpriced", t->unpriced);
	return o;
}

cJSON *usage_summary(struct app *app, const char *key_id,
		     const char *account_id, int64_t created_ms)
{
	int64_t now_ms = clock_wall_ms();
	double minutes = (double)(now_ms - created_ms) / MINUTE_MS;
	cJSON *o = cJSON_CreateObject(), *averages;
	struct usage_totals daily, total;

	if (minutes < 1)
		minutes = 1;
	usage_sum(app, key_id, account_id, clock_day_start(now_ms), &daily);
	usage_sum(app, key_id, account_id, 0, &total);
	cJSON_AddItemToObject(o, "daily", usage_counts(&daily));
	cJSON_AddItemToObject(o, "total", usage_counts(&total));
	averages = cJSON_AddObjectToObject(o, "averages");
	cJSON_AddNumberToObject(averages, "rpm",
				(double)total.requests / minutes);
	cJSON_AddNumberToObject(averages, "tpm",
				(double)usage_all_tokens(&total) / minutes);
	return o;
}
