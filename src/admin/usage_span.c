#include "admin/usage_span.h"

#include <time.h>

#include "admin/page.h"
#include "base/clock.h"

enum { HOUR_MS = 3600 * 1000, DAYS_DEFAULT = 7, LABEL_BYTES = 32 };
#define DAY_MS INT64_C(86400000)

static int read_date(struct request *r, const char *name, int64_t *out,
		     struct err *e)
{
	struct str text = request_query(r, name);

	if (!text.n)
		return 0;
	if (clock_parse_iso(arena_strz(&r->arena, text), out) < 0 || *out < 0)
		return err_set(e, ERR_BAD_REQUEST,
			       "%s must be a date such as "
			       "2026-01-31T12:00:00Z",
			       name);
	return 0;
}

/* Days have 23 to 25 hours. */
static int64_t next_point(const struct usage_span_query *q, int64_t at_ms)
{
	return q->hours ? at_ms + HOUR_MS
			: clock_day_start(at_ms + DAY_MS + DAY_MS / 2);
}

static int cut(struct usage_span_query *q, int64_t from_ms, int64_t to_ms,
	       struct err *e)
{
	int64_t at =
	    q->hours ? from_ms - from_ms % HOUR_MS : clock_day_start(from_ms);

	for (q->n = 0; at < to_ms; at = next_point(q, at)) {
		if (q->n == SPAN_POINTS)
			return err_set(e, ERR_BAD_REQUEST,
				       "the time asked for has more than %d "
				       "%s",
				       SPAN_POINTS,
				       q->hours ? "hours" : "days");
		q->at_ms[q->n++] = at;
	}
	q->at_ms[q->n] = at;
	return 0;
}

static int read_granularity(struct request *r, bool *hours, struct err *e)
{
	struct str word = request_query(r, "granularity");

	*hours = str_is(word, "hour");
	if (!word.n || *hours || str_is(word, "day"))
		return 0;
	return err_set(e, ERR_BAD_REQUEST, "granularity must be day or hour");
}

int usage_span_read(struct request *r, struct usage_span_query *out,
		    struct err *e)
{
	int64_t now_ms = clock_wall_ms(), days = 0, from_ms = 0, to_ms = now_ms;

	if (read_granularity(r, &out->hours, e) < 0 ||
	    page_read_int(r, "days", 1, SPAN_POINTS, &days, e) < 0 ||
	    read_date(r, "startDate", &from_ms, e) < 0 ||
	    read_date(r, "endDate", &to_ms, e) < 0)
		return -1;
	if (!days)
		days = out->hours ? 1 : DAYS_DEFAULT;
	if (!from_ms)
		from_ms = out->hours ? to_ms - days * DAY_MS + HOUR_MS
				     : to_ms - (days - 1) * DAY_MS;
	if (from_ms > to_ms)
		return err_set(e, ERR_BAD_REQUEST,
			       "startDate must not be after endDate");
	return cut(out, from_ms, to_ms, e);
}

void usage_span_label(const struct usage_span_query *q, size_t i, cJSON *o)
{
	time_t t = (time_t)(q->at_ms[i] / 1000);
	char text[LABEL_BYTES], iso[CLOCK_ISO_BYTES];
	struct tm tm;

	localtime_r(&t, &tm);
	strftime(text, sizeof(text), q->hours ? "%m-%d %H:00" : "%Y-%m-%d",
		 &tm);
	clock_iso(q->at_ms[i], iso);
	cJSON_AddStringToObject(o, q->hours ? "hour" : "date",
				q->hours ? iso : text);
	cJSON_AddStringToObject(o, "label", text);
}
