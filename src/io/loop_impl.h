/* Inside of a loop, for the files of io/ only. */
#ifndef IO_LOOP_IMPL_H
#define IO_LOOP_IMPL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <uv.h>

#include "io/loop.h"

struct multi;
struct post;

struct loop {
	uv_loop_t uv;
	uv_async_t wake;
	pthread_t thread;
	struct multi *multi;

	pthread_mutex_t lock; /* guards the two below */
	struct post *posts, **posts_end;

	atomic_size_t load;
	struct loop_hook owners; /* heads of rings: loop_hook_add() */
	struct loop_hook held;	 /* and loop_hold() */

	/* Longest time without progress for what a web server still has to
	 * take: after the end of the answer, and before it. */
	int64_t end_stall_ms, stall_ms;
};

/* As loop_hook_add(), but run after all of those: for what io/ itself made. */
void loop_hold(struct loop *l, struct loop_hook *h);

#endif
