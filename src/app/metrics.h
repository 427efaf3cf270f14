/*
 * What this process has counted since it started, for Prometheus.  Locked
 * inside: any thread may call.
 */
#ifndef APP_METRICS_H
#define APP_METRICS_H

#include "store/ledger.h"

struct metrics;

enum metric_histogram {
	METRIC_OVERHEAD,
	METRIC_FIRST_BYTE,
	METRIC_DURATION,
	METRIC_HISTOGRAMS
};

enum { METRIC_BUCKETS = 12, METRIC_SERIES = 1000 };

/* By account and by the model that was sent; past METRIC_SERIES of them the
 * model is "other". */
struct metric_series {
	char account_id[STORE_ID_BYTES];
	char model[LEDGER_NAME_BYTES];
	int64_t requests[OUTCOMES];
	int64_t input, output, cache_read, cache_write; /* tokens */
	double cost;					/* USD */
};

struct metric_histogram_data {
	const double *bounds;		   /* seconds, METRIC_BUCKETS of them */
	int64_t count[METRIC_BUCKETS + 1]; /* the last one: above all */
	double sum;
};

struct metrics *metrics_new(void);
void metrics_free(struct metrics *m);

/* One request has ended.  overhead_us: from its acceptance until it was on its
 * way to the backend; -1: it never was. */
void metrics_count(struct metrics *m, const struct ledger_row *row,
		   int64_t overhead_us);

/* Each series in turn, as a copy; nothing is locked while fn runs. */
void metrics_each(struct metrics *m,
		  void (*fn)(void *ctx, const struct metric_series *s),
		  void *ctx);
void metrics_histogram(struct metrics *m, enum metric_histogram which,
		       struct metric_histogram_data *out);

#endif
