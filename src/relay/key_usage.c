#include "relay/key_usage.h"

#include <time.h>

#include "base/clock.h"
#include "relay/answer.h"
#include "relay/auth.h"
#include "store/ledger.h"

enum { BODY_BYTES = 16 * 1024, MINUTE_MS = 60 * 1000 };

/* Midnight of today, or of the first of this month, where this machine is. */
static int64_t period_start(int64_t wall_ms, bool month)
{
	time_t t = (time_t)(wall_ms / 1000);
	struct tm tm;

	localtime_r(&t, &tm);
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_isdst = -1;
	if (month)
		tm.tm_mday = 1;
	return (int64_t)mktime(&tm) * 1000;
}

static int64_t added(int64_t a, int64_t b)
{
	int64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

static int64_t all_tokens(const struct usage_totals *t)
{
	return added(added(t->input, t->output),
		     added(t->cache_read, t->cache_write));
}

static void add_count(struct buf *out, const char *name, int64_t value)
{
	buf_addf(out, "\"%s\":%lld,", name, (long long)value);
}

static void add_totals(struct buf *out, const char *name,
		       const struct usage_totals *t)
{
	buf_addf(out, "\"%s\":{", name);
	add_count(out, "requests", t->requests);
	add_count(out, "tokens", added(t->input, t->output));
	add_count(out, "inputTokens", t->input);
	add_count(out, "outputTokens", t->output);
	add_count(out, "cacheCreateTokens", t->cache_write);
	add_count(out, "cacheReadTokens", t->cache_read);
	add_count(out, "allTokens", all_tokens(t));
	buf_addf(out, "\"cost\":%.10g},", t->cost);
}

/* `"usage":{...}` from the store's counters. */
static int add_usage(struct buf *out, struct app *app,
		     const struct api_key *key, struct err *e)
{
	int64_t now_ms = clock_wall_ms();
	double minutes = (double)(now_ms - key->created_ms) / MINUTE_MS;
	const struct {
		const char *name;
		int64_t from_ms;
	} periods[] = {
	    {"daily", period_start(now_ms, false)},
	    {"monthly", period_start(now_ms, true)},
	    {"total", 0},
	};
	struct usage_totals sum = {0};

	buf_adds(out, "\"usage\":{");
	for (size_t i = 0; i < sizeof(periods) / sizeof(periods[0]); i++) {
		struct usage_query q = {.key_id = key->id,
					.from_ms = periods[i].from_ms};

		if (store_usage_sum(app->store, &q, &sum, e) < 0)
			return -1;
		add_totals(out, periods[i].name, &sum);
	}
	if (minutes < 1)
		minutes = 1;
	buf_addf(out, "\"averages\":{\"rpm\":%.6g,\"tpm\":%.6g}}",
		 (double)sum.requests / minutes,
		 (double)all_tokens(&sum) / minutes);
	return 0;
}

static void add_time(struct buf *out, const char *name, int64_t wall_ms)
{
	char text[CLOCK_ISO_BYTES];

	clock_iso(wall_ms, text);
	buf_addf(out, ",\"%s\":\"%s\"}", name, text);
}

static int write_me(struct buf *out, struct app *app, const struct api_key *key,
		    struct err *e)
{
	(void)app;
	(void)e;
	buf_addf(out, "{\"id\":\"user_%s\",\"type\":\"user\",\"display_name\":",
		 key->id);
	buf_json(out, str_of(key->name));
	add_time(out, "created_at", key->created_ms);
	return 0;
}

/* The limits that claude-relay-service does not show here. */
static void add_costs(struct buf *out, const struct api_key *key)
{
	buf_addf(out,
		 "\"windowCost\":%.10g,\"dailyCost\":%.10g,"
		 "\"totalCost\":%.10g}",
		 key->window_cost, key->daily_cost, key->total_cost);
}

static int write_usage(struct buf *out, struct app *app,
		       const struct api_key *key, struct err *e)
{
	buf_addc(out, '{');
	if (add_usage(out, app, key, e) < 0)
		return -1;
	buf_adds(out, ",\"limits\":{");
	add_count(out, "tokens", key->window_tokens);
	add_count(out, "requests", key->window_requests);
	add_count(out, "windowMinutes", key->window_minutes);
	add_count(out, "concurrency", key->concurrency_limit);
	add_costs(out, key);
	add_time(out, "timestamp", clock_wall_ms());
	return 0;
}

static int write_info(struct buf *out, struct app *app,
		      const struct api_key *key, struct err *e)
{
	buf_addf(out, "{\"keyInfo\":{\"id\":\"%s\",\"name\":", key->id);
	buf_json(out, str_of(key->name));
	buf_addf(out, ",\"tokenLimit\":%lld,", (long long)key->window_tokens);
	if (add_usage(out, app, key, e) < 0)
		return -1;
	buf_addc(out, '}');
	add_time(out, "timestamp", clock_wall_ms());
	return 0;
}

static enum route_result
answer_with(struct app *app, struct request *r,
	    int (*write)(struct buf *out, struct app *app,
			 const struct api_key *key, struct err *e))
{
	struct buf body = BUF_INIT(BODY_BYTES);
	struct api_key key;
	struct err e;
	int rc = auth_caller(app, r, &key, &e);

	if (rc == 0) {
		rc = write(&body, app, &key, &e);
		api_key_release(&key);
	}
	if (rc == 0)
		answer_json(r, 200, buf_str(&body));
	else
		answer_error(r, &e);
	buf_release(&body);
	return ROUTE_ANSWERED;
}

enum route_result key_me_get(struct app *app, struct request *r,
			     const struct route_args *args)
{
	(void)args;
	return answer_with(app, r, write_me);
}

enum route_result key_usage_get(struct app *app, struct request *r,
				const struct route_args *args)
{
	(void)args;
	return answer_with(app, r, write_usage);
}

enum route_result key_info_get(struct app *app, struct request *r,
			       const struct route_args *args)
{
	(void)args;
	return answer_with(app, r, write_info);
}
