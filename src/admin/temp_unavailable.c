/* GET /admin/temp-unavailable: accounts that are left alone after failures. */
#include "admin/face.h"
#include "admin/field.h"
#include "admin/reply.h"
#include "admin/routes.h"
#include "base/clock.h"

static cJSON *show(const struct account *a, const struct pool_status *s)
{
	static const char *const causes[] = {
	    [HEALTH_RATE_LIMITED] = "rate_limit",
	    [HEALTH_UNAUTHORIZED] = "auth_error",
	    [HEALTH_FAILED] = "upstream_error",
	};
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "accountId", a->id);
	cJSON_AddStringToObject(o, "accountName", a->name);
	cJSON_AddStringToObject(o, "accountType",
				face_of(a->platform)->platform);
	cJSON_AddStringToObject(o, "errorType", causes[s->cause]);
	cJSON_AddStringToObject(o, "reason", s->reason);
	json_add_int(o, "failures", s->failures);
	if (s->wait_ms >= 0) {
		json_add_int(o, "remainingSeconds", (s->wait_ms + 999) / 1000);
		field_add_time(o, "expiresAt", clock_wall_ms() + s->wait_ms);
	} else { /* not before a reset */
		cJSON_AddNullToObject(o, "remainingSeconds");
		cJSON_AddNullToObject(o, "expiresAt");
	}
	return o;
}

enum route_result temp_unavailable_get(struct app *app, struct request *r,
				       const struct route_args *args)
{
	struct account *list;
	struct err e;
	cJSON *data;
	size_t n;

	(void)args;
	if (store_account_list(app->store, &list, &n, &e) < 0)
		return reply_err(r, &e);
	data = cJSON_CreateObject();
	for (size_t i = 0; i < n; i++) {
		struct pool_status s;

		if (!pool_status(app->pool, list[i].id, clock_mono_ms(), &s) ||
		    !s.cooling)
			continue;
		cJSON_AddItemToObject(
		    data,
		    arena_printf(&r->arena, "%s:%s",
				 face_of(list[i].platform)->platform,
				 list[i].id)
			.p,
		    show(&list[i], &s));
	}
	account_list_free(list, n);
	return reply_data(r, data, NULL);
}
