/*
 * What the process owns: opened in order, closed in reverse.  Handlers get it
 * as their first argument.
 */
#ifndef APP_APP_H
#define APP_APP_H

#include <stdatomic.h>

#include "app/accountant.h"
#include "app/settings.h"
#include "base/secret.h"
#include "io/loop.h"
#include "sched/admit.h"
#include "sched/limits.h"
#include "sched/pool.h"
#include "store/store.h"

struct hook;
struct keeper;
struct kept_settings;
struct lesson_book;
struct live;
struct metrics;
struct prices;
struct prober;
struct tickets;

struct app {
	/* Never changed once it stands here, and never freed before the end:
	 * what a thread has read stays good (app/reload.h). */
	_Atomic(const struct settings *) settings;
	struct kept_settings *kept;	      /* of reloads */
	const struct settings_source *source; /* borrowed; NULL: no reload */
	struct secret_keys keys;
	struct store *store;
	struct pool *pool; /* data: struct backend */
	struct lesson_book *lessons;
	struct admit *admit;
	struct limits *limits;
	struct prices *prices;
	struct metrics *metrics;
	struct live *requests; /* that are being relayed */
	struct accountant *accountant;
	struct keeper *keeper;
	struct prober *prober;
	struct tickets *tickets;
	struct hook *hook; /* notices to administrators */
	struct loop **loops;
	size_t nloops;
	_Atomic int64_t live; /* exchanges and tests that are on a loop */
	int64_t live_max;     /* that there are descriptors for, app/room.h */
	_Atomic int64_t
	    waiting;	      /* of those, for a place, relay/exchange_wait.c */
	_Atomic int64_t held; /* bytes of requests, relay/hold.h */
	atomic_bool draining; /* a stop was asked for */
	int64_t started_ms;   /* wall clock */
	char control_hash[SECRET_HASH_HEX]; /* app/control.h; "": none */
	bool control_published;
};

/* Makes the state folder and the key file at first start. */
int app_open(struct app *app, const struct settings *settings, struct err *e);
/* Waits up to grace_ms for what is live, then closes all. */
void app_close(struct app *app, int64_t grace_ms);

/* The loop with the fewest streams. */
struct loop *app_loop(struct app *app);

#endif
