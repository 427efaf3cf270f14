/*
 * Which calls into Berkeley DB are in progress and since when, so that a
 * watchdog sees a hang without taking a lock.
 */
#ifndef STORE_CALL_H
#define STORE_CALL_H

#include <stdatomic.h>
#include <stdint.h>

/* More calls than this at a time go unwatched, nothing else. */
enum { CALL_SLOTS = 64 };

struct calls {
	_Atomic int64_t since_ms[CALL_SLOTS]; /* monotonic, 0: free */
};

/* Notes a call that begins now; returns its slot for call_leave(), or -1. */
int call_enter(struct calls *c);
void call_leave(struct calls *c, int slot);
/* Age of the oldest call in progress, 0 when there is none. */
int64_t calls_longest_ms(const struct calls *c);

#endif
