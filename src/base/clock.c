#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/str.h"

int64_t clock_mono_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t clock_mono_ms(void)
{
	return clock_mono_us() / 1000;
}

int64_t clock_wall_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t clock_day_start(int64_t wall_ms)
{
	time_t s = (time_t)(wall_ms / 1000);
	struct tm tm;

	localtime_r(&s, &tm);
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_isdst = -1;
	return (int64_t)mktime(&tm) * 1000;
}

void clock_iso(int64_t wall_ms, char out[CLOCK_ISO_BYTES])
{
	time_t s = (time_t)(wall_ms / 1000);
	struct tm tm;
	size_t n;

	gmtime_r(&s, &tm);
	n = strftime(out, CLOCK_ISO_BYTES, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + n, CLOCK_ISO_BYTES - n, ".%03dZ",
		 (int)(wall_ms % 1000 + 1000) % 1000);
}

/* ".123", "Z", "+08:00", any of them in this order, or nothing. */
static int parse_tail(struct str s, int64_t *ms)
{
	int64_t scale = 100, hours, minutes, sign;

	if (s.n && s.p[0] == '.') {
		for (s = str_sub(s, 1, s.n);
		     s.n && s.p[0] >= '0' && s.p[0] <= '9';
		     s = str_sub(s, 1, s.n)) {
			*ms += (s.p[0] - '0') * scale;
			scale /= 10;
		}
	}
	if (s.n == 0 || str_is(s, "Z"))
		return 0;
	if (s.n != 6 || s.p[3] != ':' || !strchr("+-", s.p[0]))
		return -1;
	sign = s.p[0] == '-' ? 1 : -1;
	if (str_to_i64(str_sub(s, 1, 3), 0, 23, &hours) < 0 ||
	    str_to_i64(str_sub(s, 4, 6), 0, 59, &minutes) < 0)
		return -1;
	*ms += sign * (hours * 60 + minutes) * 60000;
	return 0;
}

int clock_parse_iso(const char *text, int64_t *wall_ms)
{
	struct tm tm = {0};
	const char *rest = strptime(text, "%Y-%m-%d", &tm);
	int64_t ms = 0;

	if (!rest)
		return -1;
	if (*rest == 'T' || *rest == ' ')
		rest = strptime(rest + 1, "%H:%M:%S", &tm);
	if (!rest || parse_tail(str_of(rest), &ms) < 0)
		return -1;
	*wall_ms = (int64_t)timegm(&tm) * 1000 + ms;
	return 0;
}
