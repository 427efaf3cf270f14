#include "admin/api_key_show.h"

#include "admin/api_key_json.h"
#include "admin/field.h"
#include "admin/usage_json.h"
#include "base/clock.h"
#include "base/log.h"

const char *api_key_status(const struct api_key *k, int64_t now_ms)
{
	if (!k->active)
		return "inactive";
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

cJSON *api_key_show(struct app *app, const struct api_key *k)
{
	cJSON *usage = usage_summary(app, k->id, NULL, k->created_ms);
	cJSON *o = api_key_write(k);

	cJSON_AddStringToObject(o, "status",
				api_key_status(k, clock_wall_ms()));
	field_add_time(o, "lastUsedAt", api_key_last_used(app, k));
	json_add_int(o, "currentConcurrency",
		     admit_in_flight(app->admit, k->id));
	cJSON_AddNumberToObject(o, "totalCost", cost_of(usage, "total"));
	cJSON_AddNumberToObject(o, "dailyCost", cost_of(usage, "daily"));
	cJSON_AddItemToObject(o, "usage", usage);
	return o;
}
