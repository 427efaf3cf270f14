/*
 * Requests that wait for a place: bounded by whoever adds them, in turns.  A
 * key's own come in the order in which they were added; of several keys each
 * gets one place after the other, however many it has waiting.  Pure; the owner
 * locks.
 */
#ifndef SCHED_QUEUE_H
#define SCHED_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct queue_waiter { /* part of the request */
	struct queue_waiter *prev, *next;
	bool waits;	 /* is in a queue */
	const char *key; /* whose turns count together; borrowed */
	int64_t turn;
	/* What it waited for is given.  Called once, from any thread, with the
	 * owner's lock held: it may only post. */
	void (*wake)(void *ctx);
	void *ctx;
};

struct queue { /* all zero: empty */
	struct queue_waiter *first, *last;
	size_t n;
	int64_t turn; /* of the one that was taken last */
};

void queue_add(struct queue *q, struct queue_waiter *w);
/* Without a turn: it gave up.  False when it waits no more. */
bool queue_drop(struct queue *q, struct queue_waiter *w);
/* It gets what it waited for; the owner then calls wake(). */
void queue_take(struct queue *q, struct queue_waiter *w);
size_t queue_count(const struct queue *q, const char *key);

#endif
