/* ?period= of statistics: a word for a time that ends now. */
#ifndef ADMIN_USAGE_PERIOD_H
#define ADMIN_USAGE_PERIOD_H

#include "base/err.h"
#include "web/request.h"

struct usage_period {
	const char *name;
	int64_t (*since)(int64_t now_ms); /* wall clock, 0: ever */
};

/* The one that is named, or the first of them (names, ended by NULL); NULL with
 * *e. */
const struct usage_period *
usage_period_read(struct request *r, const char *const *names, struct err *e);

#endif
