/*
 * Admission of callers: how many requests a key may have in flight, and how
 * many more wait for a place, the first one first.  Locked inside.
 */
#ifndef SCHED_ADMIT_H
#define SCHED_ADMIT_H

#include "base/err.h"
#include "sched/queue.h"

struct admit;
struct admit_entry; /* private */

struct admit_lease {
	struct admit_entry *entry; /* NULL: none */
};

/* A request that waits; part of it. */
struct admit_waiter {
	struct queue_waiter queue; /* wake and ctx are the owner's to set */
	struct admit_entry *entry;
	int64_t limit;
	struct admit_lease *lease; /* given before wake() */
};

enum admit_result { ADMIT_IN, ADMIT_WAITS, ADMIT_REFUSED };

struct admit *admit_new(void);
void admit_free(struct admit *a);

/* One more request for key_id; limit 0 means no limit.  Without a place it
 * waits as w, when fewer than most do; else ERR_RATE_LIMIT with the figures and
 * retry_after_ms.  w->lease is its lease. */
enum admit_result admit_enter(struct admit *a, const char *key_id,
			      int64_t limit, size_t most,
			      struct admit_waiter *w, struct err *e);
/* It waits no more; false: it has its lease, and wake() was called. */
bool admit_give_up(struct admit *a, struct admit_waiter *w);
/* On every path, exactly once; harmless on an empty lease. */
void admit_leave(struct admit *a, struct admit_lease *lease);
int64_t admit_in_flight(struct admit *a, const char *key_id);

#endif
