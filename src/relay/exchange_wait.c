/*
 * Waiting for a place: of the key, whose concurrency limit is reached, then of
 * an account, when those that could be picked are full.  A worker puts the
 * exchange into a queue; it waits on its loop, with nothing but a timer; the
 * place is given by whoever gives one back, on any thread (wake), and what is
 * left of exchange_enter() is done by a helper thread.
 *
 * Nothing is said meanwhile: message_start names what only the account tells,
 * and pings before it are not for clients.  So a refusal has its own status.
 */
#include "relay/exchange.h"

#include "base/clock.h"
#include "relay/auth.h"
#include "relay/hold.h"

enum {
	/* How often it is looked whether something else than a place that was
	 * given back lets it go on: an account that was added, is well again.
	 */
	LOOK_MS = 1000,
	RETRY_KEY_MS = 1000,
	RETRY_ACCOUNT_MS = 5000
};

static void set_bounds(struct exchange *x, const struct api_key *key)
{
	const struct settings *s = x->app->settings;
	int64_t most = key->queue_size ? key->queue_size : s->queue_size;

	x->wait.most = most > 0 ? (size_t)most : 0;
	x->wait.ms = key->queue_ms ? key->queue_ms : s->queue_ms;
}

static void resume(struct exchange *x);

static void given(struct loop *l, void *arg)
{
	struct exchange *x = arg;

	(void)l;
	x->wait.given = true;
	if (x->working)
		return; /* worked() sees it */
	if (x->stopped)
		exchange_end_stopped(x);
	else if (x->timer) /* else begin() sees it */
		resume(x);
}

/* A lock of the scheduler is held. */
static void wake(void *ctx)
{
	struct exchange *x = ctx;

	loop_post(x->loop, given, x);
}

int exchange_wait_caller(struct exchange *x, const struct api_key *key,
			 struct err *e)
{
	struct admit_waiter *w = &x->wait.caller;

	set_bounds(x, key);
	if (x->wait.most)
		x->loop = app_loop(x->app);
	w->queue.wake = wake;
	w->queue.ctx = x;
	w->lease = &x->caller;
	switch (admit_enter(x->app->admit, key->id, key->concurrency_limit,
			    x->wait.most, w, e)) {
	case ADMIT_IN:
		return 0;
	case ADMIT_WAITS:
		x->wait.what = WAITS_CALLER;
		return 0;
	case ADMIT_REFUSED:
		break;
	}
	return -1;
}

struct pool_waiter *exchange_wait_account(struct exchange *x)
{
	struct pool_waiter *w = &x->wait.account;

	/* After a failed attempt the next one waits for nobody. */
	if (!x->wait.most || x->row.attempts)
		return NULL;
	w->queue.wake = wake;
	w->queue.ctx = x;
	w->queue.key = x->row.key_id;
	return w;
}

static void arm(struct exchange *x)
{
	int64_t left = x->started_ms + x->wait.ms - loop_now_ms(x->loop);

	if (x->wait.what == WAITS_ACCOUNT && left > LOOK_MS)
		left = LOOK_MS;
	exchange_arm(x, left);
}

static void list(struct exchange *x)
{
	if (x->wait.what == WAITS_CALLER)
		str_put(x->row.why, sizeof(x->row.why),
			STR("waits: the concurrency limit of its key"));
	live_put(x->app->requests, &x->listed, &x->row);
}

void exchange_wait(struct exchange *x)
{
	x->app->waiting++;
	x->wait.since_ms = loop_now_ms(x->loop);
	hold_set(
	    x->app, &x->held,
	    (int64_t)(x->req->body.cap + x->doc.cap * sizeof(*x->doc.tok)));
	list(x);
	if (x->wait.given)
		resume(x);
	else
		arm(x);
}

static void left_queue(struct exchange *x)
{
	x->app->waiting--;
	x->wait.waited_ms += loop_now_ms(x->loop) - x->wait.since_ms;
}

bool exchange_wait_end(struct exchange *x)
{
	bool waited = true;

	if (!x->wait.what || x->wait.given)
		return true;
	if (x->wait.what == WAITS_CALLER)
		waited = admit_give_up(x->app->admit, &x->wait.caller);
	else
		waited = pool_give_up(x->app->pool, &x->wait.account);
	if (waited)
		x->wait.what = WAITS_NOT;
	return waited;
}

/* The key may have changed while it waited. */
static int enter_again(struct exchange *x, struct err *e)
{
	struct api_key key;
	int rc;

	if (store_api_key_get(x->app->store, x->row.key_id, &key, e) < 0)
		return e->kind == ERR_NOT_FOUND ? auth_gone(e) : -1;
	rc = auth_usable(&key, e);
	if (rc == 0)
		rc = exchange_admitted(x, &key, e);
	api_key_release(&key);
	return rc;
}

static void note_waited(struct exchange *x)
{
	const struct backend *b = x->account.data;
	struct buf text = BUF_INIT(512);

	buf_addf(&text, "%s (after %lld ms in the queue)", b->account.name,
		 (long long)x->wait.waited_ms);
	exchange_note_why(x, buf_str(&text));
	buf_release(&text);
}

static void work(void *arg)
{
	struct exchange *x = arg;
	enum exchange_waits what = x->wait.what;
	struct err e = {0};
	int rc;

	x->wait.what = WAITS_NOT;
	x->failure.kind = ERR_NONE;
	if (what == WAITS_CALLER) {
		x->row.why[0] = '\0';
		rc = enter_again(x, &e);
	} else {
		note_waited(x);
		rc = exchange_with_account(x, &e);
	}
	if (rc < 0)
		x->failure = e;
}

static void worked(struct loop *l, void *arg)
{
	struct exchange *x = arg;

	x->working = false;
	if (x->stopped) {
		if (exchange_wait_end(x))
			exchange_end_stopped(x);
	} else if (x->failure.kind != ERR_NONE) {
		exchange_dismiss(x, &x->failure);
	} else if (x->wait.what) {
		exchange_wait(x);
		if (x->gone)
			loop_timer_set(x->timer, 0);
	} else if (x->gone) {
		exchange_settle(x, OUTCOME_ABORTED);
	} else {
		x->written_ms = loop_now_ms(l);
		exchange_set_out(x);
	}
}

/* It has what it waited for. */
static void resume(struct exchange *x)
{
	left_queue(x);
	x->wait.given = false;
	loop_timer_stop(x->timer);
	if (x->gone) {
		x->wait.what = WAITS_NOT;
		exchange_dismiss(x, NULL);
		return;
	}
	x->working = true;
	loop_work(x->loop, work, worked, x);
}

static void time_out(struct exchange *x)
{
	long long s = (long long)(x->wait.ms + 999) / 1000;
	struct err e;

	if (x->wait.what == WAITS_CALLER) {
		err_set(&e, ERR_RATE_LIMIT,
			"This API key has as many requests in flight as its "
			"concurrency limit allows; none ended within %lld s",
			s);
		e.retry_after_ms = RETRY_KEY_MS;
	} else {
		err_set(&e, ERR_OVERLOADED,
			"The accounts for %s have as many requests in flight "
			"as they may; none ended within %lld s",
			x->row.model, s);
		e.retry_after_ms = RETRY_ACCOUNT_MS;
	}
	if (!exchange_wait_end(x))
		return; /* just now it was given */
	left_queue(x);
	exchange_dismiss(x, &e);
}

void exchange_wait_tick(struct exchange *x, bool left)
{
	x->gone |= left;
	if (x->gone) {
		if (!exchange_wait_end(x))
			return;
		left_queue(x);
		exchange_dismiss(x, NULL);
	} else if (loop_now_ms(x->loop) >= x->started_ms + x->wait.ms) {
		time_out(x);
	} else if (x->wait.what == WAITS_ACCOUNT &&
		   pool_pick_again(x->app->pool, &x->wait.account,
				   clock_mono_ms())) {
		resume(x);
	} else {
		arm(x);
	}
}
