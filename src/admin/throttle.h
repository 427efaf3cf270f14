/*
 * Guessing slowed down: each name (an address, a user) may try a few times at
 * once, then ever more seconds apart, up to a longest pause; a quiet while
 * forgets all.  Never a lock: a refused try costs nothing.  A try counts when
 * it begins, so that many at once are no way around.  Locked inside; memory is
 * fixed: the name that was quiet longest makes room.
 */
#ifndef ADMIN_THROTTLE_H
#define ADMIN_THROTTLE_H

#include <pthread.h>

#include "base/str.h"

enum {
	THROTTLE_NAMES = 512,
	THROTTLE_FREE = 3, /* tries before the first pause */
	THROTTLE_FIRST_MS = 2000,
	THROTTLE_FORGET_MS = 15 * 60 * 1000
};

struct throttle_entry {
	char digest[41]; /* of the name; "" unused */
	int64_t tries;
	int64_t last_ms, next_ms; /* monotonic */
};

struct throttle {
	pthread_mutex_t lock;
	int64_t longest_ms;
	struct throttle_entry entries[THROTTLE_NAMES];
};

#define THROTTLE_INIT(longest)                                                 \
	{                                                                      \
		.lock = PTHREAD_MUTEX_INITIALIZER, .longest_ms = (longest)     \
	}

/* 0: go on, the try is counted; else milliseconds until the next is allowed. */
int64_t throttle_try(struct throttle *t, struct str name, int64_t now_ms);
/* The try succeeded and does not count; what came before it does. */
void throttle_return(struct throttle *t, struct str name);
/* The try succeeded: forget the name. */
void throttle_clear(struct throttle *t, struct str name);
/* The name of a remote address: IPv6 by its /64, which is one subscriber. */
void throttle_address(struct str remote, char out[64]);

#endif
