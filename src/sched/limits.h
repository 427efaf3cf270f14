/*
 * What a key may use: requests, tokens and cost in a window of time, cost a day
 * and in all.  Reserved when a request is let in, settled with the true figures
 * when it ends, so that requests at the same time pass a limit by no more than
 * one request's estimate.  Locked inside; time is an argument (wall clock).
 *
 * Windows are aligned: they begin at whole multiples of their length since
 * 1970-01-01 UTC.  What was used in one can so be read from the ledger after a
 * restart, and nothing else has to be kept.
 */
#ifndef SCHED_LIMITS_H
#define SCHED_LIMITS_H

#include <stdbool.h>

#include "base/err.h"

struct limits;
struct limit_entry; /* private */

struct limit_rules { /* 0: no limit */
	int64_t window_ms;
	int64_t requests, tokens; /* in a window */
	double cost;		  /* USD, in a window */
	double daily_cost, total_cost;
};

struct limit_spent {
	int64_t window_start_ms, day_start_ms;
	int64_t requests, tokens; /* in the window */
	double cost;
	double day_cost, total_cost;
};

struct limit_lease {
	struct limit_entry *entry; /* NULL: none */
	int64_t tokens;		   /* reserved */
	double cost;
};

/* One request that wants to be let in. */
struct limit_query {
	const char *key_id;
	const struct limit_rules *rules;
	int64_t now_ms, day_start_ms;
	int64_t tokens; /* the most that it may use, as far as is known */
};

enum limits_result {
	LIMITS_IN,
	LIMITS_UNKNOWN, /* limits_load() first, then ask again */
	LIMITS_REFUSED
};

struct limits *limits_new(void);
void limits_free(struct limits *l);

bool limits_any(const struct limit_rules *r);
int64_t limits_window_start(const struct limit_rules *r, int64_t now_ms);

/* *e says which limit, what is used of it and when there is more:
 * ERR_RATE_LIMIT with retry_after_ms, or ERR_BILLING for cost a day and in all.
 */
enum limits_result limits_enter(struct limits *l, const struct limit_query *q,
				struct limit_lease *lease, struct err *e);
/* What a key used before this process knew of it.  Does nothing when it is
 * known for this length of window. */
void limits_load(struct limits *l, const char *key_id,
		 const struct limit_rules *rules,
		 const struct limit_spent *spent);
/* Reserves cost in place of what was reserved; refused like limits_enter(): 0
 * or -1. */
int limits_reserve_cost(struct limits *l, const struct limit_query *q,
			struct limit_lease *lease, double cost, struct err *e);
/* The request has ended and counts. */
void limits_settle(struct limits *l, struct limit_lease *lease, int64_t tokens,
		   double cost);
/* The same for one that was let in without a lease, while its key had no
 * limits: a key that has them again is not free of what it used meanwhile. */
void limits_add(struct limits *l, const char *key_id, int64_t tokens,
		double cost);
/* It cost nothing.  Harmless on an empty lease, and after limits_settle(). */
void limits_refund(struct limits *l, struct limit_lease *lease);

/* For display; false when the key is not known yet. */
bool limits_spent(struct limits *l, const struct limit_query *q,
		  struct limit_spent *out);

#endif
