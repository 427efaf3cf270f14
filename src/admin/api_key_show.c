#include "admin/api_key_show.h"

#include "admin/api_key_json.h"
#include "admin/field.h"
#include "admin/usage_json.h"
#include "app/key_limits.h"
#include "base/clock.h"
#include "base/log.h"

const char *api_key_status(const struct api_key *k, int64_t now_ms)
{
	if (!k->active)
		return "inactive";
	if (k->activation_ms && !k->activated_ms)
		return "waiting";
	return k->expires_ms && now_ms >= k->expires_ms ? "expired" : "active";
}

int64_t api_key_last_used(struct app *app, const struct api_key *k)
{
	int64_t at_ms = 0;
	struct err e;

	if (store_api_key_last_used(app->store, k->id, &at_ms, &e) < 0) {
		log_note(LOG_WARN, "usage", "last use is missing: %s",
			 e.message);
		return 0;
	}
	return at_ms;
}

static double cost_of(const cJSON *usage, const char *period)
{
	return json_double_or(cJSON_GetObjectItemCaseSensitive(usage, period),
			      "cost", 0);
}

/* What is used of the limits in this window. */
static void add_window(cJSON *o, struct app *app, const struct api_key *k)
{
	int64_t length_ms = k->window_minutes * 60 * 1000;
	int64_t now_ms = clock_wall_ms();
	struct limit_spent spent;
	struct err e;

	if (key_limits_spent(app, k, &spent, &e) < 0)
		log_note(LOG_WARN, "usage", "limits are missing: %s",
			 e.message);
	json_add_int(o, "currentWindowRequests", spent.requests);
	json_add_int(o, "currentWindowTokens", spent.tokens);
	cJSON_AddNumberToObject(o, "currentWindowCost", spent.cost);
	field_add_time(o, "windowStartTime",
		       length_ms ? spent.window_start_ms : 0);
	field_add_time(o, "windowEndTime",
		       length_ms ? spent.window_start_ms + length_ms : 0);
	if (length_ms)
		json_add_int(o, "windowRemainingSeconds",
			     (spent.window_start_ms + length_ms - now_ms) /
				 1000);
	else
		cJSON_AddNullToObject(o, "windowRemainingSeconds");
}

cJSON *api_key_show(struct app *app, const struct api_key *k)
{
	cJSON *usage = usage_summary(app, k->id, NULL, k->created_ms);
	cJSON *o = api_key_write(k);

	cJSON_AddStringToObject(o, "status",
				api_key_status(k, clock_wall_ms()));
	field_add_time(o, "lastUsedAt", api_key_last_used(app, k));
	json_add_int(o, "currentConcurrency",
		     admit_in_flight(app->admit, k->id));
	add_window(o, app, k);
	cJSON_AddNumberToObject(o, "totalCost", cost_of(usage, "total"));
	cJSON_AddNumberToObject(o, "dailyCost", cost_of(usage, "daily"));
	cJSON_AddItemToObject(o, "usage", usage);
	return o;
}
