#include "relay/exchange.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "relay/answer.h"
#include "relay/hold.h"
#include "store/account.h"
#include "web/response.h"

enum {
	UPSTREAM_BYTES = 256 * 1024 * 1024, /* escapes can triple a body */
	PENDING_BYTES = 128 * 1024 * 1024,
	ERROR_BYTES = 64 * 1024,
	WHY_BYTES = 700,
	OVERFLOW_MARGIN = 16, /* tokens, messages-api §14.4 */
	FITS_MARGIN = 64
};

struct exchange *exchange_new(struct app *app, struct request *r)
{
	struct exchange *x = mem_zalloc(sizeof(*x));

	x->app = app;
	x->req = r;
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
	hold_set(x->app, &x->held, 0);
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

static int no_account(enum pool_result result, struct str model,
		      const struct buf *why, struct err *e)
{
	if (result == POOL_UNKNOWN_MODEL)
		return err_set(e, ERR_NOT_FOUND,
			       "model: %.*s (no account of this gateway serves "
			       "this name)",
			       STR_ARG(model));
	err_set(e, ERR_OVERLOADED, "No account can serve %.*s now: %.*s",
		STR_ARG(model), STR_ARG(buf_str(why)));
	e->retry_after_ms = 5000;
	return -1;
}

static int pick(struct exchange *x, struct err *e)
{
	const char *tried[EXCHANGE_ACCOUNTS];
	struct pool_query q = {.model = x->chat.model,
			       .capabilities =
				   x->chat.has_images ? CAP_VISION : 0,
			       .tried = tried,
			       .ntried = x->ntried};
	struct buf why = BUF_INIT(WHY_BYTES);
	enum pool_result result;
	int rc = 0;

	for (size_t i = 0; i < x->ntried; i++)
		tried[i] = x->tried[i];
	result =
	    pool_pick(x->app->pool, &q, clock_mono_ms(), &x->account, &why);
	if (result == POOL_INCAPABLE) {
		/* Nobody sees images: a placeholder beats a dead session. */
		q.capabilities = 0;
		buf_reset(&why);
		result = pool_pick(x->app->pool, &q, clock_mono_ms(),
				   &x->account, &why);
	}
	if (result != POOL_PICKED)
		rc = no_account(result, x->chat.model, &why, e);
	buf_release(&why);
	return rc;
}

static struct tool_names keep_names(struct exchange *x,
				    const struct tool_names *names)
{
	struct arena *a = &x->req->arena;
	struct tool_names kept = {NULL, names->n};

	if (names->n)
		kept.names = arena_array(a, names->n, sizeof(*kept.names));
	for (size_t i = 0; i < names->n; i++) {
		kept.names[i].sent = arena_str(a, names->names[i].sent);
		kept.names[i].asked = arena_str(a, names->names[i].asked);
	}
	return kept;
}

/* The reply outlives the request's body: what it needs is copied. */
static void new_reply(struct exchange *x, const struct tool_names *names)
{
	struct arena *a = &x->req->arena;
	struct str *stops = arena_array(a, x->chat.nstops, sizeof(*stops));
	struct reply_params p = {
	    .stream = x->chat.stream,
	    .id = str_of(x->message_id),
	    .model = arena_str(a, x->chat.model),
	    .stops = stops,
	    .nstops = x->chat.nstops,
	    .single_tool = x->chat.single_tool,
	    .max_tokens = x->chat.max_tokens,
	    .names = keep_names(x, names),
	    .input_estimate = x->input_estimate,
	};

	for (size_t i = 0; i < x->chat.nstops; i++)
		stops[i] = arena_str(a, x->chat.stops[i]);
	memcpy(&p.seed, x->message_id + 8, sizeof(p.seed));
	reply_free(x->reply);
	x->reply = reply_new(&p);
	buf_reset(&x->pending); /* of an attempt that came to nothing */
}

int exchange_write(struct exchange *x, struct err *e)
{
	struct backend *b = x->account.data;
	struct openai_target target;
	struct tool_names names = {NULL, 0};

	backend_target(b, str_of(x->account.sent_model), x->input_estimate,
		       &target);
	if (x->max_output &&
	    (target.max_output == 0 || x->max_output < target.max_output))
		target.max_output = x->max_output;
	buf_reset(&x->upstream);
	if (openai_request_write(&x->upstream, &x->chat, &target, &x->scratch,
				 &names, e) < 0)
		return -1;
	if (!buf_ok(&x->upstream))
		return err_set(e, ERR_TOO_LARGE,
			       "the request is too large once translated");
	if (openai_request_stops(&x->chat, b->flavour) < x->chat.nstops)
		x->chat.dropped |= EXCHANGE_DROPPED_STOPS;
	new_reply(x, &names);
	return 0;
}

int exchange_choose(struct exchange *x, struct err *e)
{
	const struct backend *b;

	if (pick(x, e) < 0)
		return -1;
	b = x->account.data;
	memcpy(x->tried[x->ntried++], b->account.id, STORE_ID_BYTES);
	memcpy(x->row.account_id, b->account.id, STORE_ID_BYTES);
	str_put(x->row.sent_model, sizeof(x->row.sent_model),
		str_of(x->account.sent_model));
	x->row.attempts++;
	x->refused = 0;
	x->max_output = 0;
	return exchange_write(x, e);
}

/* A whole answer that is an error. */
static void put_error_answer(const struct exchange *x, const struct err *e,
			     struct arena *a, struct buf *out)
{
	struct response_header headers[RESPONSE_ERROR_HEADERS];
	struct str id = str_of(x->req->id);
	size_t n = response_error_headers(e, a, headers);

	response_head(out, err_status(e->kind), "application/json", id, headers,
		      n);
	answer_error_body(out, x->req->path, e, id);
}

/* The error in place of what is pending: a whole answer, or an event. */
static void put_error(struct exchange *x, const struct err *e)
{
	if (x->committed) {
		reply_fail(x->reply, e, str_of(x->req->id), &x->pending);
		return;
	}
	x->committed = true;
	x->row.status = err_status(e->kind);
	buf_reset(&x->pending);
	put_error_answer(x, e, &x->req->arena, &x->pending);
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

static void end_stopped(struct exchange *x)
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
	err_set(&e, ERR_UNAVAILABLE, "the gateway is being restarted");
	if (x->working) {
		say_error_meanwhile(x, &e);
	} else {
		attempt_stop(x);
		put_error(x, &e);
		exchange_push(x);
	}
	/* What a loop holds ends with it, sooner than a helper's work. */
	fcgi_out_end(x->out);
	loop_timer_free(x->timer);
	x->out = NULL;
	x->timer = NULL;
	if (!x->working)
		end_stopped(x); /* else again_done() comes after this */
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
	exchange_arm(x, x->app->settings->early_head_ms);
	attempt_start(x);
}

void exchange_start(struct exchange *x)
{
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
	x->row.status = 200; /* a plain answer's head leaves after this */
	exchange_settle(x, OUTCOME_COMPLETE);
}

static void log_attempt(const struct exchange *x, const struct err *e)
{
	struct logline l;

	log_begin(&l, LOG_WARN, "attempt");
	log_cstr(&l, "id", x->req->id);
	log_cstr(&l, "account", x->row.account_id);
	log_int(&l, "upstream_status", x->upstream_status);
	log_cstr(&l, "error", err_type(e->kind));
	log_cstr(&l, "text", e->message);
	log_end(&l);
}

/*
 * What the failure taught about this backend: a parameter that it refuses, or
 * the size of its context.  True when another try at it is worth while
 * (messages-api §10, §14.4): once for each parameter, once for the context.
 */
static bool learn(struct exchange *x, const struct upstream_verdict *v)
{
	struct backend *b = x->account.data;
	int64_t left = v->context_tokens - v->prompt_tokens;
	bool again = v->refused_param & ~x->refused;

	if (v->refused_param)
		b->refused |= v->refused_param;
	if (v->overflow && v->context_tokens > 0)
		b->context_window = v->context_tokens;
	x->refused |= v->refused_param;
	if (x->committed || v->refused_param)
		return again && !x->committed;
	if (!v->overflow || x->max_output || v->prompt_tokens <= 0 ||
	    left <= FITS_MARGIN)
		return false;
	x->max_output = left - OVERFLOW_MARGIN;
	return true;
}

/* Choosing and translating may take long for a large request: off the loop. */
static void work_again(void *arg)
{
	struct exchange *x = arg;
	struct err e = {0};
	int rc =
	    x->account.slot ? exchange_write(x, &e) : exchange_choose(x, &e);

	if (rc == 0)
		x->failure.kind = ERR_NONE;
	else if (x->account.slot)
		x->failure = e; /* else: the last backend's error says more */
}

static void attempt_again(struct exchange *x)
{
	attempt_start(x);
	/* Not set while there was work: the tick sees what is due. */
	loop_timer_set(x->timer, 0);
}

static void again_done(struct loop *l, void *arg)
{
	struct exchange *x = arg;

	(void)l;
	x->working = false;
	if (x->stopped)
		end_stopped(x);
	else if (x->gone)
		exchange_settle(x, OUTCOME_ABORTED);
	else if (x->failure.kind != ERR_NONE)
		exchange_failed(x, &x->failure, NULL);
	else
		attempt_again(x);
}

static void try_again(struct exchange *x)
{
	x->working = true;
	loop_work(x->loop, work_again, again_done, x);
}

static void answer_failure(struct exchange *x, const struct err *e)
{
	str_put(x->row.error, sizeof(x->row.error), str_of(err_type(e->kind)));
	put_error(x, e);
	exchange_settle(x, OUTCOME_ERROR);
}

void exchange_failed(struct exchange *x, const struct err *e,
		     const struct upstream_verdict *v)
{
	struct err last = *e;

	if (x->account.slot)
		backend_strike_secrets(x->account.data, last.message);
	x->failure = last;
	if (v) {
		log_attempt(x, &last);
		if (learn(x, v)) {
			try_again(x);
			return;
		}
	}
	if (v && v->failover && !x->committed &&
	    x->ntried < EXCHANGE_ACCOUNTS) {
		pool_return(x->app->pool, &x->account, clock_mono_ms());
		try_again(x);
		return;
	}
	answer_failure(x, &last);
}
