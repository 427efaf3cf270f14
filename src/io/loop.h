/*
 * An event loop on a thread of its own: libuv for descriptors and timers,
 * one curl_multi for the upstream transfers.  Everything in io/ belongs to one
 * loop and is called on its thread only, but for loop_post() and the counters.
 */
#ifndef IO_LOOP_H
#define IO_LOOP_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct loop;

int loop_start(struct loop **out, const char *name, struct err *e);
/*
 * Stops and joins the thread; what was posted before runs first, then the
 * hooks, then done() of work under way.  Transfers, outputs and timers that
 * are still there are aborted without an event.  NULL is allowed.
 */
void loop_stop(struct loop *l);

/*
 * fn(ctx) runs on the loop's thread when the loop stops, so that owners of
 * transfers and outputs can release what they hold.  The hook is part of its
 * owner; both functions only on the loop's thread.
 */
struct loop_hook {
	void (*fn)(void *ctx);
	void *ctx;
	struct loop_hook *prev, *next;
};
void loop_hook_add(struct loop *l, struct loop_hook *h);
void loop_hook_remove(struct loop_hook *h); /* may be repeated */

/* Runs fn(arg) on the loop's thread, soon, in the order of posting.  From any
 * thread. */
void loop_post(struct loop *l, void (*fn)(struct loop *l, void *arg),
	       void *arg);
/* Runs work(arg) on a helper thread, then done(l, arg) on the loop.  Only on
 * the loop's thread. */
void loop_work(struct loop *l, void (*work)(void *arg),
	       void (*done)(struct loop *l, void *arg), void *arg);
/* Streams held now: for choosing the least loaded loop.  From any thread. */
size_t loop_load(const struct loop *l);
int64_t loop_now_ms(struct loop *l); /* cached monotonic time */

/* A timer that fires once; it may be set again, also from its function. */
struct loop_timer;
struct loop_timer *loop_timer_new(struct loop *l, void (*fn)(void *ctx),
				  void *ctx);
void loop_timer_set(struct loop_timer *t, int64_t ms);
void loop_timer_stop(struct loop_timer *t);
void loop_timer_free(struct loop_timer *t); /* NULL is allowed */

#endif
