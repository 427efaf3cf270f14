/* The time that statistics are asked for, cut into hours or days of this
 * machine's time zone. */
#ifndef ADMIN_USAGE_SPAN_H
#define ADMIN_USAGE_SPAN_H

#include "base/json.h"
#include "web/request.h"

enum { SPAN_POINTS = 744 }; /* hours of 31 days; days of two years */

struct usage_span_query {
	bool hours;
	size_t n;			/* points */
	int64_t at_ms[SPAN_POINTS + 1]; /* their beginnings, and the end */
};

/* granularity (day, hour), days, startDate, endDate; ERR_BAD_REQUEST names the
 * parameter. */
int usage_span_read(struct request *r, struct usage_span_query *out,
		    struct err *e);
/* Adds date or hour, and label, of point i. */
void usage_span_label(const struct usage_span_query *q, size_t i, cJSON *o);

#endif
