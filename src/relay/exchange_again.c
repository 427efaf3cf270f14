/* After a failed attempt: what it taught, another try, another account. */
#include "relay/exchange.h"

#include "base/clock.h"
#include "base/log.h"
#include "proto/token_estimate.h"

enum {
	OVERFLOW_MARGIN = 16, /* tokens, messages-api §14.4 */
	FITS_MARGIN = 64,
	GUESS_MIN = 1024,
	GUESS_PART = 50 /* the estimate may err by 1/50 of itself */
};

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

/* Of what is passed on we have written nothing but that. */
static bool learn_passed(struct exchange *x, const struct upstream_verdict *v)
{
	unsigned ours = x->asked_usage ? PARAM_STREAM_OPTIONS : 0;

	ours &= v->refused_param & ~x->refused;
	if (ours)
		backend_learn_refusal(x->account.data,
				      str_of(x->account.sent_model), ours);
	x->refused |= ours;
	return ours && !x->committed;
}

/*
 * Tokens that another try may ask for after an overflow, 0: none is worth
 * while. A backend that only tells the least the prompt has ("at least")
 * stopped counting there: the estimate, put right by its own reports, must do.
 */
static int64_t room_after(const struct exchange *x,
			  const struct upstream_verdict *v)
{
	int64_t left = v->context_tokens - v->prompt_tokens, estimate, room;

	if (v->prompt_tokens <= 0 || left <= FITS_MARGIN)
		return 0;
	if (!v->prompt_at_least)
		return left - OVERFLOW_MARGIN;
	estimate = backend_estimate(
	    x->account.data, str_of(x->account.sent_model), x->input_estimate);
	room = v->context_tokens - estimate - estimate / GUESS_PART;
	if (room >= left) /* that much was asked for and refused */
		room = left / 2;
	return room >= GUESS_MIN ? room : 0;
}

/*
 * What the failure taught about this backend: a parameter that it refuses, or
 * the size of its context.  True when another try at it is worth while
 * (messages-api §10, §14.4): once for each parameter, once for the context.
 */
static bool learn(struct exchange *x, const struct upstream_verdict *v)
{
	const struct backend *b = x->account.data;
	struct str model = str_of(x->account.sent_model);
	bool again = v->refused_param & ~x->refused;

	if (x->passes)
		return learn_passed(x, v);
	if (v->refused_param)
		backend_learn_refusal(b, model, v->refused_param);
	if (v->overflow)
		backend_learn_window(b, model, v->context_tokens);
	x->refused |= v->refused_param;
	if (x->committed || v->refused_param)
		return again && !x->committed;
	if (!v->overflow || x->max_output)
		return false;
	x->max_output = room_after(x, v);
	return x->max_output > 0;
}

/* Choosing and translating may take long for a large request: off the loop. */
static void work_again(void *arg)
{
	struct exchange *x = arg;
	struct err e = {0};
	int rc;

	if (x->search) {
		search_tell(x->search, &x->chat, &x->scratch);
		x->input_estimate = token_estimate_request(&x->chat);
	}
	rc = x->account.slot ? exchange_write(x, &e) : exchange_choose(x, &e);
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
		exchange_end_stopped(x);
	else if (x->gone)
		exchange_settle(x, OUTCOME_ABORTED);
	else if (x->failure.kind != ERR_NONE)
		exchange_failed(x, &x->failure, NULL);
	else
		attempt_again(x);
}

void exchange_again(struct exchange *x)
{
	x->working = true;
	loop_work(x->loop, work_again, again_done, x);
}

/* What the failure says of the account's health. */
static void report(struct exchange *x, const struct err *e,
		   const struct upstream_verdict *v)
{
	static const enum health_event events[] = {
	    [CLASS_OK] = HEALTH_GOOD,
	    [CLASS_CLIENT] = HEALTH_GOOD, /* it answers */
	    [CLASS_AUTH] = HEALTH_UNAUTHORIZED,
	    [CLASS_MODEL] = HEALTH_FAILED,
	    [CLASS_RATE] = HEALTH_RATE_LIMITED,
	    [CLASS_SERVER] = HEALTH_FAILED,
	};

	pool_report(x->app->pool, &x->account, events[v->class],
		    x->retry_after_ms, e->message, clock_mono_ms());
}

/* For administrators, only when something failed: which account, and how. */
static void note_trail(struct exchange *x, const struct upstream_verdict *v)
{
	static const char *const words[] = {
	    [CLASS_OK] = "spoiled",	   [CLASS_CLIENT] = "refused",
	    [CLASS_AUTH] = "unauthorized", [CLASS_MODEL] = "no such model",
	    [CLASS_RATE] = "rate limited", [CLASS_SERVER] = "failed",
	};
	const struct backend *b = x->account.data;
	struct buf text = BUF_INIT(1024);

	buf_addf(&text, "%s%s%s: %s", x->row.trail, x->row.trail[0] ? "; " : "",
		 b->account.name, words[v->class]);
	if (x->upstream_status)
		buf_addf(&text, " (%d)", x->upstream_status);
	str_put(x->row.trail, sizeof(x->row.trail), buf_str(&text));
	buf_release(&text);
}

void exchange_failed(struct exchange *x, const struct err *e,
		     const struct upstream_verdict *v)
{
	struct err last = *e;

	if (x->account.slot)
		backend_strike_secrets(x->account.data, last.message);
	if (v) {
		log_attempt(x, &last);
		report(x, &last, v);
	}
	if (v && x->account.slot)
		note_trail(x, v);
	if (v && x->account.slot && !x->committed)
		backend_word_error(x->account.data, x->upstream_status, v,
				   &last);
	x->failure = last;
	if (v && learn(x, v)) {
		exchange_again(x);
		return;
	}
	if (v && v->failover && !x->committed &&
	    x->ntried < EXCHANGE_ACCOUNTS) {
		pool_return(x->app->pool, &x->account, clock_mono_ms());
		exchange_again(x);
		return;
	}
	exchange_refuse(x, &last);
}
