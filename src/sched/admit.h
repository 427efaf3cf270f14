/*
 * Admission of callers: how many requests a key may have in flight.  Locked
 * inside.
 */
#ifndef SCHED_ADMIT_H
#define SCHED_ADMIT_H

#include "base/err.h"

struct admit;
struct admit_entry; /* private */

struct admit_lease {
	struct admit_entry *entry; /* NULL: none */
};

struct admit *admit_new(void);
void admit_free(struct admit *a);

/* One more request for key_id; limit 0 means no limit.  ERR_RATE_LIMIT with
 * the figures and retry_after_ms when it is refused. */
int admit_enter(struct admit *a, const char *key_id, int64_t limit,
		struct admit_lease *lease, struct err *e);
/* On every path, exactly once; harmless on an empty lease. */
void admit_leave(struct admit *a, struct admit_lease *lease);
int64_t admit_in_flight(struct admit *a, const char *key_id);

#endif
