#include "admin/usage_period.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"

/* Midnight of a day that many days ago, or of the first of the month (days 0),
 * in the time zone of this machine. */
static int64_t midnight(int64_t now_ms, int mday, int days_ago)
{
	time_t t = (time_t)(now_ms / 1000);
	struct tm tm;

	localtime_r(&t, &tm);
	tm.tm_mday = mday ? mday : tm.tm_mday - days_ago;
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_isdst = -1;
	return (int64_t)mktime(&tm) * 1000;
}

static int64_t today(int64_t now_ms)
{
	return clock_day_start(now_ms);
}

static int64_t seven_days(int64_t now_ms)
{
	return midnight(now_ms, 0, 6);
}

static int64_t this_month(int64_t now_ms)
{
	return midnight(now_ms, 1, 0);
}

static int64_t ever(int64_t now_ms)
{
	(void)now_ms;
	return 0;
}

static const struct usage_period periods[] = {{"daily", today},
					      {"today", today},
					      {"7days", seven_days},
					      {"monthly", this_month},
					      {"all", ever}};

static const struct usage_period *find(struct str name)
{
	for (size_t i = 0; i < sizeof(periods) / sizeof(periods[0]); i++) {
		if (str_is(name, periods[i].name))
			return &periods[i];
	}
	return NULL;
}

const struct usage_period *
usage_period_read(struct request *r, const char *const *names, struct err *e)
{
	struct str name = request_query(r, "period");
	struct buf list = BUF_INIT(200);

	if (!name.n)
		return find(str_of(names[0]));
	for (const char *const *known = names; *known; known++) {
		if (str_is(name, *known)) {
			buf_release(&list);
			return find(name);
		}
		buf_addf(&list, "%s%s", list.len ? ", " : "", *known);
	}
	err_set(e, ERR_BAD_REQUEST, "period must be one of %s", list.data);
	buf_release(&list);
	return NULL;
}
