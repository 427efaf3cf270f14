#include "io/http_head.h"

#include <curl/curl.h>
#include <string.h>

enum { DATE_BYTES = 64 };

/* "HTTP/1.1 200 OK" (RFC 9112 section 4); libcurl has checked its shape. */
static int status_of(struct str line)
{
	int64_t status = 0;

	str_cut(&line, ' ');
	line = str_trim(line);
	if (str_to_i64(str_sub(line, 0, 3), 100, 999, &status))
		return 0;
	return (int)status;
}

/* Digits with or without a fraction, as milliseconds of `unit` each. */
static int decimal_ms(struct str s, int64_t unit, int64_t *ms)
{
	struct str fraction = s;
	struct str whole = str_cut(&fraction, '.');
	int64_t n = 0, tenths = 0;

	if (str_to_i64(whole, 0, INT32_MAX, &n))
		return -1;
	if (fraction.n && str_to_i64(str_sub(fraction, 0, 1), 0, 9, &tenths))
		return -1;
	*ms = n * unit + tenths * unit / 10;
	return 0;
}

/* RFC 9110 section 10.2.3: seconds or a date. */
static int retry_after(struct str value, int64_t wall_ms, int64_t *ms)
{
	char date[DATE_BYTES];
	time_t at;

	if (decimal_ms(value, 1000, ms) == 0)
		return 0;
	if (value.n >= sizeof(date))
		return -1;
	memcpy(date, value.p, value.n);
	date[value.n] = '\0';
	at = curl_getdate(date, NULL);
	if (at == (time_t)-1)
		return -1;
	*ms = (int64_t)at * 1000 - wall_ms;
	return 0;
}

static void set_retry(struct transfer_head *head, int64_t ms)
{
	if (ms < 1) /* now, but it did say so */
		ms = 1;
	if (ms > HTTP_HEAD_RETRY_MS)
		ms = HTTP_HEAD_RETRY_MS;
	head->retry_after_ms = ms;
}

static void set_content_type(struct transfer_head *head, struct str value)
{
	value = str_sub(value, 0, sizeof(head->content_type) - 1);
	memcpy(head->content_type, value.p, value.n);
	head->content_type[value.n] = '\0';
}

static void field(struct http_head *h, struct str line, int64_t wall_ms)
{
	struct str value = line;
	struct str name = str_trim(str_cut(&value, ':'));
	int64_t ms;

	value = str_trim(value);
	if (str_ieq(name, STR("content-type"))) {
		set_content_type(&h->head, value);
	} else if (str_ieq(name, STR("retry-after-ms"))) {
		if (decimal_ms(value, 1, &ms))
			return;
		h->has_ms = true;
		set_retry(&h->head, ms);
	} else if (str_ieq(name, STR("retry-after")) && !h->has_ms) {
		if (retry_after(value, wall_ms, &ms) == 0)
			set_retry(&h->head, ms);
	}
}

int http_head_line(struct http_head *h, struct str line, int64_t wall_ms)
{
	h->bytes += line.n;
	if (h->bytes > HTTP_HEAD_BYTES)
		return -1;
	if (str_starts(line, STR("HTTP/"))) {
		memset(&h->head, 0, sizeof(h->head));
		h->has_ms = false;
		h->head.status = status_of(str_trim(line));
		return 0;
	}
	line = str_trim(line);
	if (line.n == 0)
		return h->head.status >= 200;
	field(h, line, wall_ms);
	return 0;
}
