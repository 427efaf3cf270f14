#include "admin/account_status.h"

#include "admin/field.h"
#include "base/buf.h"
#include "base/clock.h"

enum { REASON_BYTES = HEALTH_REASON + 64 };

static const char *status_word(const struct account *a,
			       const struct pool_status *s)
{
	static const char *const cooling[] = {
	    [HEALTH_RATE_LIMITED] = "rateLimited",
	    [HEALTH_UNAUTHORIZED] = "unauthorized",
	    [HEALTH_FAILED] = "error",
	};

	if (!a->active)
		return "inactive";
	if (!a->schedulable)
		return "paused";
	return s->cooling ? cooling[s->cause] : "active";
}

static void write_reason(struct buf *out, const struct account *a,
			 const struct pool_status *s)
{
	if (!a->active)
		buf_adds(out, "isActive is false: switched off");
	else if (!a->schedulable)
		buf_adds(out, "schedulable is false: not picked for requests");
	else if (s->failures)
		buf_addf(out, "%u failure%s in a row, the last: %s",
			 s->failures, s->failures == 1 ? "" : "s", s->reason);
}

void account_add_status(cJSON *o, struct app *app, const struct account *a)
{
	struct buf reason = BUF_INIT(REASON_BYTES);
	struct pool_status s;

	pool_status(app->pool, a->id, clock_mono_ms(), &s);
	write_reason(&reason, a, &s);
	cJSON_AddStringToObject(o, "status", status_word(a, &s));
	if (reason.len)
		cJSON_AddStringToObject(o, "statusReason", reason.data);
	else
		cJSON_AddNullToObject(o, "statusReason");
	if (s.cooling && s.wait_ms > 0)
		field_add_time(o, "cooldownUntil", clock_wall_ms() + s.wait_ms);
	else
		cJSON_AddNullToObject(o, "cooldownUntil");
	json_add_int(o, "inFlight", s.in_flight);
	buf_release(&reason);
}

cJSON *account_health_json(struct app *app, const struct account *a)
{
	struct buf reason = BUF_INIT(REASON_BYTES);
	cJSON *o = cJSON_CreateObject();
	struct pool_status s;
	bool healthy;

	pool_status(app->pool, a->id, clock_mono_ms(), &s);
	healthy = a->active && a->schedulable && !s.cooling;
	write_reason(&reason, a, &s);
	cJSON_AddStringToObject(o, "id", a->id);
	cJSON_AddStringToObject(o, "status", healthy ? "healthy" : "error");
	cJSON_AddStringToObject(o, "message",
				reason.len ? reason.data : "It takes requests");
	buf_release(&reason);
	return o;
}
