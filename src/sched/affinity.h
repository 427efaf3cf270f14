/*
 * Which account a session used last, so that its next request finds the
 * backend's prefix cache warm (architecture §6).  A fixed table: what was not
 * used for longest gives way.  Pure; the owner locks.
 */
#ifndef SCHED_AFFINITY_H
#define SCHED_AFFINITY_H

#include <stdint.h>

enum { AFFINITY_MS = 3600000 }; /* caches do not last longer */

struct affinity;

struct affinity *affinity_new(void); /* 1 MB */
void affinity_free(struct affinity *a);
/* The account (a number that the owner gave it, not 0) of a session (any
 * number but 0); 0: none. */
uint32_t affinity_get(const struct affinity *a, uint64_t session,
		      int64_t now_ms);
void affinity_put(struct affinity *a, uint64_t session, uint32_t account,
		  int64_t now_ms);

#endif
