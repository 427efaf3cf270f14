/* The life of an exchange: made, handed to a loop, stopped, ended, freed. */
#include "relay/exchange.h"

#include <string.h>

#include "app/key_edit.h"
#include "base/clock.h"
#include "base/mem.h"
#include "relay/answer.h"
#include "relay/auth.h"
#include "relay/debug.h"
#include "relay/hold.h"
#include "store/account.h"
#include "web/response.h"

enum {
	UPSTREAM_BYTES = 256 * 1024 * 1024, /* escapes can triple a body */
	PENDING_BYTES = 128 * 1024 * 1024,
	ERROR_BYTES = 64 * 1024,
	OUTPUT_MAX = 1 << 30 /* tokens */
};

struct exchange *exchange_new(struct app *app, struct request *r,
			      const struct exchange_endpoint *endpoint)
{
	struct exchange *x = mem_zalloc(sizeof(*x));

	x->app = app;
	x->req = r;
	x->endpoint = endpoint;
	x->explains = debug_wanted(app, r);
	x->apache = str_find(request_param(r, "SERVER_SOFTWARE"),
			     STR("Apache")) != SIZE_MAX;
	peer_read(&x->client, request_param(r, "SERVER_ADDR"),
		  request_param(r, "SERVER_PORT"), r->remote,
		  request_param(r, "REMOTE_PORT"));
	memcpy(x->message_id, "msg_", 4);
	secret_base62(x->message_id + 4, 24);
	jdoc_init(&x->doc);
	buf_init(&x->upstream, UPSTREAM_BYTES);
	buf_init(&x->pending, PENDING_BYTES);
	buf_init(&x->error_body, ERROR_BYTES);
	return x;
}

void exchange_free(struct exchange *x)
{
	pool_return(x->app->pool, &x->account, clock_mono_ms());
	admit_leave(x->app->admit, &x->caller);
	spend_refund(x->app, &x->spend);
	live_remove(x->app->requests, &x->listed);
	hold_set(x->app, &x->held, 0);
	search_free(x->search);
	thread_free(x->thread);
	reply_free(x->reply);
	loop_timer_free(x->timer);
	loop_hook_remove(&x->on_stop);
	buf_release(&x->upstream);
	buf_release(&x->pending);
	buf_release(&x->error_body);
	jdoc_release(&x->doc);
	arena_release(&x->scratch);
	if (x->req)
		request_free(x->req);
	mem_free(x);
}

void exchange_answer_error(struct exchange *x, const struct err *e)
{
	struct response_header header;

	answer_error_with(x->req, e, &header, debug_header(x, &header));
	x->req = NULL;
	exchange_free(x);
}

void exchange_forget_request(struct exchange *x)
{
	jdoc_release(&x->doc);
	arena_release(&x->scratch);
	buf_release(&x->req->body);
	if (x->transfer && !transfer_sent(x->transfer))
		return;
	buf_release(&x->upstream);
	hold_set(x->app, &x->held, 0);
	x->forgotten = true;
}

static void fill_row(struct exchange *x, const struct api_key *key)
{
	struct ledger_row *row = &x->row;

	str_put(row->request_id, sizeof(row->request_id), str_of(x->req->id));
	str_put(row->key_id, sizeof(row->key_id), str_of(key->id));
	str_put(row->model, sizeof(row->model), x->chat.model);
	str_put(row->endpoint, sizeof(row->endpoint),
		str_of(x->endpoint->path));
	row->stream = x->chat.stream;
	row->started_ms = x->req->started_wall_ms;
	row->first_byte_ms = -1;
}

/* Clients may ask for any number. */
static int64_t most_tokens(const struct exchange *x)
{
	int64_t output = x->chat.max_tokens;

	if (output > OUTPUT_MAX)
		output = OUTPUT_MAX;
	return x->input_estimate + output;
}

/* About to go upstream. */
static int mark(struct exchange *x, struct err *e)
{
	hold_set(x->app, &x->held,
		 (int64_t)(x->req->body.cap + x->upstream.cap +
			   x->doc.cap * sizeof(*x->doc.tok)));
	return store_inflight_add(x->app->store, &x->row, e);
}

int exchange_with_account(struct exchange *x, struct err *e)
{
	return exchange_taken(x, e) < 0 ? -1 : mark(x, e);
}

int exchange_admitted(struct exchange *x, const struct api_key *key,
		      struct err *e)
{
	if (spend_enter(x->app, key, most_tokens(x), &x->spend, e) < 0 ||
	    key_activate(x->app, key, e) < 0)
		return -1;
	str_put(x->binding, sizeof(x->binding),
		str_of(key->binding ? key->binding : ""));
	if (exchange_choose(x, e) < 0)
		return -1;
	return x->wait.what ? 0 : mark(x, e);
}

int exchange_enter(struct exchange *x, const struct api_key *key, struct err *e)
{
	fill_row(x, key);
	if (hops_count(x->req, x->hops, e) < 0 ||
	    auth_client(key, x->req, e) < 0 ||
	    auth_model(key, x->chat.model, e) < 0 ||
	    exchange_wait_caller(x, key, e) < 0)
		return -1;
	return x->wait.what ? 0 : exchange_admitted(x, key, e);
}

/* A whole answer that is an error. */
static void put_error_answer(const struct exchange *x, const struct err *e,
			     struct arena *a, struct buf *out)
{
	struct response_header headers[RESPONSE_ERROR_HEADERS + 1];
	struct str id = str_of(x->req->id);
	size_t n = response_error_headers(e, a, headers);

	n += debug_header(x, &headers[n]);
	response_head(out, answer_status(x->req->path, e), "application/json",
		      id, headers, n);
	answer_error_body(out, x->req->path, e, id);
}

/* The backend's own error, which a client of its protocol understands. */
static void put_kept_error(struct exchange *x, const struct err *e)
{
	struct response_header headers[RESPONSE_ERROR_HEADERS + 1];
	size_t n = response_error_headers(e, &x->req->arena, headers);

	n += debug_header(x, &headers[n]);
	x->row.status = x->upstream_status;
	response_head(&x->pending, x->upstream_status, "application/json",
		      str_of(x->req->id), headers, n);
	buf_addstr(&x->pending, buf_str(&x->error_body));
}

/* In place of the rest of an answer that has begun. */
static void put_error_event(struct exchange *x, const struct err *e)
{
	reply_fail(x->reply, e, str_of(x->req->id), &x->pending);
	x->broken = !reply_streams(x->reply);
	if (x->passes && x->account.slot)
		backend_strike_bytes(x->account.data, x->pending.data,
				     x->pending.len);
}

/* The error in place of what is pending: a whole answer, or an event. */
static void put_error(struct exchange *x, const struct err *e)
{
	if (x->committed) {
		put_error_event(x, e);
		return;
	}
	x->committed = true;
	buf_reset(&x->pending);
	if (x->keep_error) {
		put_kept_error(x, e);
		return;
	}
	x->row.status = answer_status(x->req->path, e);
	put_error_answer(x, e, &x->req->arena, &x->pending);
}

void exchange_close(struct exchange *x)
{
	if (x->gone || x->broken)
		fcgi_out_abort(x->out);
	else
		fcgi_out_end(x->out);
	x->out = NULL;
}

/* A helper thread has the exchange: nothing of it that this thread writes to
 * may be touched, and nothing of the answer is out yet. */
static void say_error_meanwhile(const struct exchange *x, const struct err *e)
{
	struct buf answer = BUF_INIT(ERROR_BYTES);
	struct arena scratch = ARENA_INIT;

	put_error_answer(x, e, &scratch, &answer);
	fcgi_out_add(x->out, buf_str(&answer));
	arena_release(&scratch);
	buf_release(&answer);
}

void exchange_end_stopped(struct exchange *x)
{
	struct app *app = x->app;

	exchange_free(x);
	app->live--;
}

/* The grace time is over.  The mark in the store becomes a ledger row
 * `interrupted` when it is opened next. */
static void stopped(void *ctx)
{
	struct exchange *x = ctx;
	struct err e;

	x->stopped = true;
	x->keep_error = false;
	if (x->search && search_stop(x->search))
		x->working = false;
	err_set(&e, ERR_UNAVAILABLE, "the gateway is being restarted");
	if (x->settling) {
		exchange_push(x); /* only its thread is being stored */
	} else if (x->working) {
		say_error_meanwhile(x, &e);
	} else {
		attempt_stop(x);
		put_error(x, &e);
		exchange_push(x);
	}
	/* What a loop holds ends with it, sooner than a helper's work. */
	exchange_close(x);
	loop_timer_free(x->timer);
	x->timer = NULL;
	/* Else what is done, or given, comes after this. */
	if (!x->working && exchange_wait_end(x))
		exchange_end_stopped(x);
}

static void searched(void *ctx)
{
	exchange_again(ctx);
}

void exchange_set_out(struct exchange *x)
{
	exchange_arm(x, x->app->settings->early_head_ms);
	if (!x->search) {
		attempt_start(x);
		return;
	}
	/* Nobody may speak to the client before the results are there. */
	x->working = true;
	search_start(x->search, x->loop, x->req->id, searched, x);
}

static void begin(struct loop *l, void *arg)
{
	struct exchange *x = arg;
	int fd = x->req->fd;

	x->req->fd = -1;
	x->started_ms = x->written_ms = loop_now_ms(l);
	x->out = fcgi_out_new(l, fd, x->req->fcgi_id, &exchange_out_events, x);
	x->timer = loop_timer_new(l, exchange_tick, x);
	x->on_stop = (struct loop_hook){.fn = stopped, .ctx = x};
	loop_hook_add(l, &x->on_stop);
	if (x->wait.what)
		exchange_wait(x);
	else
		exchange_set_out(x);
}

void exchange_start(struct exchange *x)
{
	if (!x->loop)
		x->loop = app_loop(x->app);
	x->app->live++;
	request_detach(x->req);
	loop_post(x->loop, begin, x);
}

void exchange_progress(struct exchange *x)
{
	if (!x->pending.len)
		return;
	x->second_ping = false;
	exchange_push(x);
}

void exchange_complete(struct exchange *x)
{
	if (x->chat.stream)
		exchange_progress(x);
	reply_finish(x->reply, &x->pending);
	if (!buf_ok(&x->pending)) {
		struct err e;

		err_set(&e, ERR_UPSTREAM, "the answer is too large");
		exchange_failed(x, &e, NULL);
		return;
	}
	pool_report(x->app->pool, &x->account, HEALTH_GOOD, 0, "",
		    clock_mono_ms());
	x->row.status = 200; /* a plain answer's head leaves after this */
	exchange_settle(x, OUTCOME_COMPLETE);
}

void exchange_refuse(struct exchange *x, const struct err *e)
{
	str_put(x->row.error, sizeof(x->row.error), str_of(err_type(e->kind)));
	str_put(x->row.message, sizeof(x->row.message), str_of(e->message));
	put_error(x, e);
	exchange_settle(x, OUTCOME_ERROR);
}

void exchange_dismiss(struct exchange *x, const struct err *e)
{
	struct ledger_row *row = &x->row;

	x->settling = true;
	loop_timer_stop(x->timer);
	row->duration_ms = (clock_mono_us() - x->req->started_us) / 1000;
	row->outcome = e ? OUTCOME_ERROR : OUTCOME_ABORTED;
	row->status = EXCHANGE_CLIENT_GONE;
	if (e) {
		str_put(row->error, sizeof(row->error),
			str_of(err_type(e->kind)));
		put_error(x, e);
	}
	/* Before the last byte: whoever is next is let in. */
	admit_leave(x->app->admit, &x->caller);
	exchange_let_go(x);
}
