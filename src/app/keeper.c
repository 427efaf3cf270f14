#include "app/keeper.h"

#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "app/hook.h"
#include "app/lessons.h"
#include "app/prober.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/admin.h"
#include "store/api_key.h"
#include "store/audit.h"
#include "store/conversation.h"
#include "store/ledger.h"

enum {
	STUCK_MS = 10000,
	SESSION_SWEEP_S = 600,
	PRUNE_ROWS = 1000,
	HOURS_DAYS = 32, /* counters of hours stay so long at least */
	EXIT_STORE = 70
};

struct keeper {
	struct app *app;
	pthread_t thread, watchdog;
	bool watched;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stopping;
};

/* False when it is time to end. */
static bool wait_second(struct keeper *k)
{
	struct timespec until;
	bool go_on;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec++;
	pthread_mutex_lock(&k->lock);
	if (!k->stopping)
		pthread_cond_timedwait(&k->wake, &k->lock, &until);
	go_on = !k->stopping;
	pthread_mutex_unlock(&k->lock);
	return go_on;
}

static void sweep_sessions(struct app *app)
{
	int64_t idle_ms = app->settings->session_idle_hours * 3600000;
	struct err e;

	if (store_session_expire(app->store, clock_wall_ms(), idle_ms, &e) < 0)
		log_note(LOG_WARN, "keeper", "sessions: %s", e.message);
}

static void save_lessons(struct app *app)
{
	struct err e;

	if (lesson_book_save(app->lessons, app->store, clock_wall_ms(), false,
			     &e) < 0)
		log_note(LOG_WARN, "keeper", "what was learned: %s", e.message);
}

/* A little each second: old rows go as fast as new ones can come. */
static void prune_ledger(struct app *app)
{
	int64_t keep_ms = app->settings->ledger_days * 86400000;
	size_t removed;
	struct err e;

	if (store_ledger_prune(app->store, clock_wall_ms() - keep_ms,
			       PRUNE_ROWS, &removed, &e) < 0)
		log_note(LOG_WARN, "keeper", "ledger: %s", e.message);
}

/* Also what was kept before threads were switched off. */
static void prune_conversations(struct app *app)
{
	int64_t keep_ms = app->settings->thread_minutes * 60000;
	size_t removed;
	struct err e;

	if (store_conversation_prune(app->store, clock_wall_ms() - keep_ms,
				     PRUNE_ROWS, &removed, &e) < 0)
		log_note(LOG_WARN, "keeper", "conversations: %s", e.message);
}

static void prune_audit(struct app *app)
{
	int64_t keep_ms = app->settings->audit_days * 86400000;
	size_t removed;
	struct err e;

	if (store_audit_prune(app->store, clock_wall_ms() - keep_ms, PRUNE_ROWS,
			      &removed, &e) < 0)
		log_note(LOG_WARN, "keeper", "audit: %s", e.message);
}

static void prune_usage(struct app *app)
{
	int64_t days = app->settings->ledger_days, now_ms = clock_wall_ms();
	struct err e;

	if (days < HOURS_DAYS)
		days = HOURS_DAYS;
	if (store_usage_prune(app->store, now_ms, now_ms - days * 86400000,
			      &e) < 0)
		log_note(LOG_WARN, "keeper", "usage: %s", e.message);
}

/* The first list of keys need not wait until all of them are read. */
static void warm_up(struct app *app)
{
	const struct api_key *list;
	struct err e;
	size_t n;

	if (store_api_keys_borrow(app->store, &list, &n, &e) == 0)
		store_api_keys_return(app->store);
	else
		log_note(LOG_WARN, "keeper", "API keys: %s", e.message);
}

static void *keeper_main(void *arg)
{
	struct keeper *k = arg;
	unsigned second = 0;

	warm_up(k->app);
	while (wait_second(k)) {
		store_keep(k->app->store);
		prune_ledger(k->app);
		save_lessons(k->app);
		prune_conversations(k->app);
		prober_tick(k->app->prober);
		hook_tick(k->app->hook);
		prune_audit(k->app);
		prune_usage(k->app);
		if (++second % SESSION_SWEEP_S == 0)
			sweep_sessions(k->app);
	}
	return NULL;
}

static void *watchdog_main(void *arg)
{
	struct keeper *k = arg;

	while (wait_second(k)) {
		bool panicked = store_panicked(k->app->store);

		if (!panicked && store_stuck_ms(k->app->store) < STUCK_MS)
			continue;
		log_note(LOG_ERROR, "watchdog", "%s: ending",
			 panicked ? "the store needs recovery"
				  : "a store call is stuck");
		/* No clean-up: threads inside the store never come back. */
		_exit(EXIT_STORE);
	}
	return NULL;
}

int keeper_start(struct keeper **out, struct app *app, struct err *e)
{
	struct keeper *k = mem_zalloc(sizeof(*k));
	pthread_condattr_t attr;

	k->app = app;
	pthread_mutex_init(&k->lock, NULL);
	/* Wall clocks may be set back: nobody would be watched until then. */
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&k->wake, &attr);
	pthread_condattr_destroy(&attr);
	if (pthread_create(&k->thread, NULL, keeper_main, k) != 0) {
		mem_free(k);
		return err_set(e, ERR_INTERNAL, "cannot start the keeper");
	}
	if (pthread_create(&k->watchdog, NULL, watchdog_main, k) != 0) {
		keeper_stop(k);
		return err_set(e, ERR_INTERNAL, "cannot start the watchdog");
	}
	k->watched = true;
	*out = k;
	return 0;
}

void keeper_stop(struct keeper *k)
{
	if (!k)
		return;
	pthread_mutex_lock(&k->lock);
	k->stopping = true;
	pthread_cond_broadcast(&k->wake);
	pthread_mutex_unlock(&k->lock);
	pthread_join(k->thread, NULL);
	if (k->watched)
		pthread_join(k->watchdog, NULL);
	pthread_cond_destroy(&k->wake);
	pthread_mutex_destroy(&k->lock);
	mem_free(k);
}
