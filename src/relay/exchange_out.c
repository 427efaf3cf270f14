/* The client's side of an exchange: head, back-pressure, pings, departure. */
#include "relay/debug.h"
#include "relay/exchange.h"

#include "web/response.h"

enum {
	/* Apache tells that the client left only by the second failed write:
	 * two pings this far apart after this much silence find out when the
	 * kernel cannot be asked. */
	APACHE_SILENCE_MS = 1500,
	DOUBLE_PING_MS = 200,
	/* How often the kernel is asked whether the client is there while the
	 * web server would not tell. */
	WATCH_MS = 1000,
	PENDING_KEPT = 512 /* bytes that a stream at rest may hold */
};

static void commit_head(struct exchange *x)
{
	struct response_header headers[] = {
	    {"Cache-Control", STR("no-cache")},
	    {"X-Accel-Buffering", STR("no")},
	    {NULL, STR_NONE}, /* why */
	};
	struct buf head = BUF_INIT(4096);
	size_t why = debug_header(x, &headers[2]);

	x->committed = true;
	x->row.status = 200;
	if (reply_streams(x->reply))
		response_head(&head, 200, "text/event-stream; charset=utf-8",
			      str_of(x->req->id), headers, 2 + why);
	else
		response_head(&head, 200, "application/json",
			      str_of(x->req->id), &headers[2], why);
	fcgi_out_add(x->out, buf_str(&head));
	buf_release(&head);
}

void exchange_push(struct exchange *x)
{
	if (!x->committed)
		commit_head(x);
	if (!x->forgotten)
		exchange_forget_request(x);
	fcgi_out_add(x->out, buf_str(&x->pending));
	if (x->pending.cap > PENDING_KEPT)
		buf_release(&x->pending);
	else
		buf_reset(&x->pending);
	fcgi_out_flush(x->out);
	x->written_ms = loop_now_ms(x->loop);
	if (x->transfer && !x->paused && fcgi_out_congested(x->out)) {
		x->paused = true;
		transfer_pause(x->transfer);
	}
}

static void on_drained(void *ctx)
{
	struct exchange *x = ctx;

	if (!x->paused)
		return;
	x->paused = false;
	if (x->transfer)
		transfer_resume(x->transfer);
	/* Until now the silence was ours. */
	if (x->finished_ms && !x->settling) {
		x->finished_ms = loop_now_ms(x->loop);
		loop_timer_set(x->timer, EXCHANGE_FINISH_MS);
	}
}

/* May come from within a transfer's event, where nothing can be cancelled. */
static void on_gone(void *ctx)
{
	struct exchange *x = ctx;

	x->gone = true;
	if (!x->settling && !x->working)
		loop_timer_set(x->timer, 0);
}

const struct fcgi_out_events exchange_out_events = {on_drained, on_gone};

static int64_t silence_limit(const struct exchange *x)
{
	int64_t limit = x->app->settings->ping_ms;

	if (!x->committed)
		return x->app->settings->early_head_ms;
	if (x->second_ping)
		return DOUBLE_PING_MS;
	if (x->apache && !x->client.family && limit > APACHE_SILENCE_MS)
		return APACHE_SILENCE_MS;
	return limit;
}

static void ping(struct exchange *x)
{
	reply_ping(x->reply, &x->pending);
	if (!x->pending.len)
		return; /* in the middle of something */
	exchange_push(x);
	/* The second of a pair follows soon; then silence counts anew. */
	x->second_ping = x->apache && !x->client.family && !x->second_ping;
}

/* Before the head no web server looks; Apache never does. */
static bool is_watched(const struct exchange *x)
{
	return x->client.family && (!x->committed || x->apache);
}

static bool has_left(struct exchange *x, int64_t now)
{
	bool silent = now - x->written_ms >= WATCH_MS / 2;

	return x->gone || (is_watched(x) && silent && peer_left(&x->client));
}

void exchange_arm(struct exchange *x, int64_t ms)
{
	if (is_watched(x) && ms > WATCH_MS)
		ms = WATCH_MS;
	loop_timer_set(x->timer, ms);
}

static void finish(struct exchange *x)
{
	attempt_stop(x);
	exchange_complete(x);
}

void exchange_tick(void *ctx)
{
	struct exchange *x = ctx;
	int64_t now = loop_now_ms(x->loop);
	int64_t due;

	if (x->settling || x->working)
		return;
	if (x->wait.what) {
		exchange_wait_tick(x, has_left(x, now));
		return;
	}
	if (has_left(x, now)) {
		x->gone = true;
		attempt_stop(x);
		exchange_settle(x, OUTCOME_ABORTED);
		return;
	}
	if (x->finished_ms && !x->paused) {
		due = x->finished_ms + EXCHANGE_FINISH_MS - now;
		if (due > 0)
			loop_timer_set(x->timer, due);
		else
			finish(x);
		return;
	}
	due = x->written_ms + silence_limit(x) - now;
	if (due <= 0) {
		if (x->chat.stream && !x->paused)
			ping(x);
		due = silence_limit(x);
	}
	exchange_arm(x, due);
}
