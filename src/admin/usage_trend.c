/* GET /admin/usage-trend: usage over time, of all or of one key, account or
 * model (CRS 1.8). */
#include "admin/csv.h"
#include "admin/reply.h"
#include "admin/routes.h"
#include "admin/usage_json.h"
#include "admin/usage_span.h"

/* Text of a query parameter; "" when absent. */
static const char *text_of(struct request *r, const char *name)
{
	struct str text = request_query(r, name);

	return text.n ? arena_strz(&r->arena, text) : "";
}

static cJSON *trend_point(const struct usage_totals *t)
{
	cJSON *o = usage_counts(t);

	json_add_int(o, "totalTokens", usage_all_tokens(t));
	return o;
}

static enum route_result reply_points(struct request *r, cJSON *points,
				      const struct usage_span_query *span,
				      const char *file_name)
{
	cJSON *o;

	if (csv_wanted(r)) {
		csv_reply(r, points, file_name);
		return ROUTE_ANSWERED;
	}
	o = reply_begin();
	cJSON_AddItemToObject(o, "data", points);
	cJSON_AddStringToObject(o, "granularity", span->hours ? "hour" : "day");
	cJSON_AddNumberToObject(o, "timezone",
				usage_zone_hours(span->at_ms[0]));
	return reply_object(r, o, NULL, 0);
}

enum route_result usage_trend_get(struct app *app, struct request *r,
				  const struct route_args *args)
{
	struct usage_query who = {.key_id = text_of(r, "keyId"),
				  .account_id = text_of(r, "accountId"),
				  .model = text_of(r, "model")};
	struct usage_span_query span;
	cJSON *points;
	struct err e;

	(void)args;
	if (usage_span_read(r, &span, &e) < 0)
		return reply_err(r, &e);
	points = cJSON_CreateArray();
	for (size_t i = 0; i < span.n; i++) {
		struct usage_totals t;
		cJSON *o;

		who.from_ms = span.at_ms[i];
		who.to_ms = span.at_ms[i + 1];
		if (store_usage_sum(app->store, &who, &t, &e) < 0) {
			cJSON_Delete(points);
			return reply_err(r, &e);
		}
		o = trend_point(&t);
		usage_span_label(&span, i, o);
		cJSON_AddItemToArray(points, o);
	}
	return reply_points(r, points, &span, "usage.csv");
}
