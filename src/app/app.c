#include "app/app.h"

#include <string.h>
#include <time.h>

#include "app/accounts.h"
#include "app/backend.h"
#include "app/control.h"
#include "app/hook.h"
#include "app/keeper.h"
#include "app/lessons.h"
#include "app/live.h"
#include "app/metrics.h"
#include "app/prices.h"
#include "app/prober.h"
#include "app/room.h"
#include "app/reload.h"
#include "app/tickets.h"
#include "base/clock.h"
#include "base/dirs.h"
#include "base/log.h"
#include "base/mem.h"

static int open_db(struct app *app, struct err *e)
{
	const struct settings *s = app->settings;
	struct buf dir = BUF_INIT(4096);
	struct store_options options;
	int rc;

	buf_addf(&dir, "%s/db", s->state_dir);
	options = (struct store_options){
	    .dir = dir.data,
	    .keys = &app->keys,
	    .cache_bytes = s->store_cache_mb * 1024 * 1024,
	    .sync_always = strcmp(s->sync, "always") == 0,
	};
	rc = store_open(&app->store, &options, e);
	buf_release(&dir);
	return rc;
}

static int open_store(struct app *app, const struct settings *settings,
		      struct err *e)
{
	*app =
	    (struct app){.settings = settings, .started_ms = clock_wall_ms()};
	if (dirs_make(str_of(settings->state_dir), 0700, e) < 0)
		return -1;
	if (secret_start(e) < 0 ||
	    secret_load(&app->keys, settings->key_file, true, e) < 0)
		return -1;
	return open_db(app, e);
}

static int start_loops(struct app *app, struct err *e)
{
	size_t n = (size_t)app->settings->loops;

	app->loops = mem_array(n, sizeof(*app->loops));
	for (; app->nloops < n; app->nloops++) {
		if (loop_start(&app->loops[app->nloops], "loop", e) < 0)
			return -1;
	}
	return 0;
}

/* A relay without notices serves all the same. */
static void load_hook(struct app *app)
{
	struct err e;

	if (hook_load(app->hook, &e) < 0)
		log_note(LOG_WARN, "webhook", "cannot be read: %s", e.message);
}

int app_open(struct app *app, const struct settings *settings, struct err *e)
{
	if (open_store(app, settings, e) < 0)
		goto fail;
	app->pool = pool_new(backend_retain, backend_release);
	app->admit = admit_new();
	app->limits = limits_new();
	app->prices = prices_new();
	app->metrics = metrics_new();
	app->requests = live_new();
	app->lessons = lesson_book_new();
	app->prober = prober_new(app);
	app->tickets = tickets_new();
	app->hook = hook_new(app);
	load_hook(app);
	if (accounts_load(app, e) < 0 || prices_load(app, e) < 0 ||
	    start_loops(app, e) < 0 ||
	    room_for_requests(app->nloops, (size_t)settings->workers,
			      &app->live_max, e) < 0 ||
	    accountant_start(&app->accountant, app->store, e) < 0 ||
	    keeper_start(&app->keeper, app, e) < 0)
		goto fail;
	return 0;
fail:
	app_close(app, 0);
	return -1;
}

/* Exchanges under way, or answers whose last bytes still leave. */
static bool is_busy(const struct app *app)
{
	bool busy = app->live > 0;

	for (size_t i = 0; i < app->nloops; i++)
		busy |= loop_load(app->loops[i]) > 0;
	return busy;
}

static void wait_for_live(struct app *app, int64_t grace_ms)
{
	int64_t until = clock_mono_ms() + grace_ms;
	struct timespec pause = {0, 20000000};

	while (is_busy(app) && clock_mono_ms() < until)
		nanosleep(&pause, NULL);
	if (app->live > 0)
		log_note(LOG_WARN, "stop",
			 "%lld requests did not finish in time",
			 (long long)app->live);
}

static void save_lessons(struct app *app)
{
	struct err e;

	if (app->lessons && lesson_book_save(app->lessons, app->store,
					     clock_wall_ms(), true, &e) < 0)
		log_note(LOG_WARN, "stop", "what was learned is lost: %s",
			 e.message);
	lesson_book_free(app->lessons);
}

void app_close(struct app *app, int64_t grace_ms)
{
	app->draining = true;
	control_withdraw(app);
	wait_for_live(app, grace_ms);
	prober_stop(app->prober);
	hook_stop(app->hook);
	/* The accountant posts to loops, and these ask it to the last. */
	accountant_stop(app->accountant);
	for (size_t i = 0; i < app->nloops; i++)
		loop_stop(app->loops[i]);
	accountant_free(app->accountant);
	mem_free(app->loops);
	keeper_stop(app->keeper);
	prober_free(app->prober);
	tickets_free(app->tickets);
	hook_free(app->hook);
	admit_free(app->admit);
	limits_free(app->limits);
	prices_free(app->prices);
	metrics_free(app->metrics);
	live_free(app->requests);
	pool_free(app->pool);
	save_lessons(app);
	store_close(app->store);
	secret_wipe(&app->keys, sizeof(app->keys));
	reload_release(app);
}

struct loop *app_loop(struct app *app)
{
	struct loop *best = app->loops[0];

	for (size_t i = 1; i < app->nloops; i++) {
		if (loop_load(app->loops[i]) < loop_load(best))
			best = app->loops[i];
	}
	return best;
}
