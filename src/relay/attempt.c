/* One try at a backend: the events of a transfer, fed to the reply. */
#include "relay/exchange.h"

#include "base/clock.h"
#include "base/log.h"
#include "relay/answer.h"
#include "relay/hold.h"

/* A read may bring megabytes; the client's side takes them in such pieces. */
enum { PUSH_BYTES = 64 * 1024, COLLECTED_STEP = 1024 * 1024 };

static const enum upstream_fault faults[] = {
    [TRANSFER_OK] = FAULT_NONE,
    [TRANSFER_REFUSED] = FAULT_REFUSED,
    [TRANSFER_DNS] = FAULT_DNS,
    [TRANSFER_TLS] = FAULT_TLS,
    [TRANSFER_RESET] = FAULT_RESET,
    [TRANSFER_CONNECT_TIMEOUT] = FAULT_CONNECT_TIMEOUT,
    [TRANSFER_FIRST_BYTE_TIMEOUT] = FAULT_FIRST_BYTE_TIMEOUT,
    [TRANSFER_IDLE_TIMEOUT] = FAULT_IDLE_TIMEOUT,
    [TRANSFER_TOTAL_TIMEOUT] = FAULT_TOTAL_TIMEOUT,
    [TRANSFER_PROTOCOL] = FAULT_PROTOCOL,
    [TRANSFER_SHORTAGE] = FAULT_SHORTAGE,
};
_Static_assert(sizeof(faults) / sizeof(faults[0]) == TRANSFER_SHORTAGE + 1,
	       "one row an end");

static bool is_refusal(const struct exchange *x)
{
	return x->upstream_status < 200 || x->upstream_status > 299;
}

static int on_head(void *ctx, const struct transfer_head *head)
{
	struct exchange *x = ctx;

	x->upstream_status = head->status;
	x->retry_after_ms = head->retry_after_ms;
	return 0;
}

static bool is_json_object(struct str text)
{
	struct jdoc doc;
	struct jerror why;
	bool is_object;

	jdoc_init(&doc);
	is_object = jdoc_parse(&doc, text, &jscan_request_limits, &why) == 0 &&
		    jdoc_type(&doc, 0) == J_OBJECT;
	jdoc_release(&doc);
	return is_object;
}

/*
 * The client speaks the backend's protocol: it gets the status and the body as
 * they are, a body that is none (a page, or cut) as we would word it.  What is
 * about the relay's own credentials is not for clients.
 */
static void keep(struct exchange *x, struct err *e,
		 const struct upstream_verdict *v)
{
	const struct backend *b = x->account.data;
	struct buf *body = &x->error_body;

	x->keep_error = x->passes && x->upstream_status >= 400 &&
			(v->class != CLASS_AUTH ||
			 b->options.upstream_auth == AUTH_PASSTHROUGH);
	if (!x->keep_error)
		return;
	e->retry_after_ms = x->retry_after_ms;
	if (!is_json_object(buf_str(body))) {
		buf_reset(body);
		answer_error_body(body, x->req->path, e, str_of(x->req->id));
	}
	backend_strike_bytes(b, body->data, body->len);
}

/* The backend answered with an error status. */
static void refused(struct exchange *x)
{
	struct upstream_verdict v = {0};
	struct err e;

	upstream_status_error(x->upstream_status, buf_str(&x->error_body),
			      x->retry_after_ms, x->chat.max_tokens, &e, &v);
	keep(x, &e, &v);
	exchange_failed(x, &e, &v);
}

/* The answer itself was no good: an error inside it, or no sense in it. */
static void spoiled(struct exchange *x, const struct err *e)
{
	struct upstream_verdict v = *reply_verdict(x->reply);

	exchange_failed(x, e, &v);
}

/* Non-zero once this transfer is of no more use. */
static int take(struct exchange *x, enum reply_state state, const struct err *e)
{
	switch (state) {
	case REPLY_OPEN:
		if (x->pending.len > PUSH_BYTES)
			exchange_progress(x);
		return 0;
	case REPLY_FINISHED:
		if (!x->finished_ms)
			loop_timer_set(x->timer, EXCHANGE_FINISH_MS);
		x->finished_ms = loop_now_ms(x->loop);
		return 0;
	case REPLY_DONE:
		exchange_complete(x);
		return 0;
	case REPLY_FAILED:
		x->transfer = NULL;
		spoiled(x, e);
		return 1;
	}
	return 0;
}

/* An answer that is sent whole takes memory as it grows: as it came, and
 * translated. */
static int hold_answer(struct exchange *x, size_t more, struct err *e)
{
	int64_t steps = x->collected / COLLECTED_STEP;

	x->collected += (int64_t)more;
	steps = x->collected / COLLECTED_STEP - steps;
	if (x->chat.stream || x->forgotten || steps == 0)
		return 0;
	return hold_take(x->app, &x->held, x->held + 2 * steps * COLLECTED_STEP,
			 e);
}

static int on_data(void *ctx, struct str bytes)
{
	struct exchange *x = ctx;
	struct err e;

	if (x->settling)
		return 0; /* complete: what follows is only read away */
	if (is_refusal(x)) {
		size_t room = x->error_body.max - x->error_body.len;

		buf_addstr(&x->error_body, str_sub(bytes, 0, room));
		if (bytes.n <= room)
			return 0;
		x->transfer = NULL;
		refused(x);
		return 1;
	}
	if (x->row.first_byte_ms < 0)
		x->row.first_byte_ms =
		    (clock_mono_us() - x->req->started_us) / 1000;
	if (hold_answer(x, bytes.n, &e) < 0) {
		x->transfer = NULL;
		exchange_failed(x, &e, NULL);
		return 1;
	}
	return take(x, reply_feed(x->reply, bytes, &x->pending, &e), &e);
}

static void on_flush(void *ctx)
{
	struct exchange *x = ctx;

	if (!x->settling)
		exchange_progress(x);
}

static void cut_short(struct exchange *x, enum transfer_end end,
		      const char *detail)
{
	struct upstream_verdict v = {0};
	struct err e;

	log_note(LOG_WARN, "upstream", "id=%s account=%s %s", x->req->id,
		 x->row.account_id, detail);
	upstream_fault_error(faults[end], x->upstream_status != 0, &e, &v);
	exchange_failed(x, &e, end == TRANSFER_SHORTAGE ? NULL : &v);
}

static void on_done(void *ctx, enum transfer_end end, const char *detail)
{
	struct exchange *x = ctx;
	struct err e;

	x->transfer = NULL;
	if (x->settling)
		return;
	if (x->upstream_status && is_refusal(x))
		refused(x);
	else if (end != TRANSFER_OK && !x->finished_ms)
		cut_short(x, end, detail);
	else
		take(x, reply_eof(x->reply, &x->pending, &e), &e);
}

static const struct transfer_events events = {on_head, on_data, on_flush,
					      on_done};

void attempt_start(struct exchange *x)
{
	const struct backend *b = x->account.data;
	const char *headers[BACKEND_HEADERS + FORWARDED_HEADERS + 1];
	struct transfer_spec spec = {
	    .method = "POST",
	    .url = b->urls[x->passes ? x->endpoint->passed_to : BACKEND_CHAT],
	    .headers = headers,
	    .nheaders = forwarded_headers(&x->forwarded, b, headers),
	    .body = buf_str(&x->upstream),
	    .proxy = b->account.proxy,
	    .connect_ms = b->connect_ms,
	    .first_byte_ms = b->first_byte_ms,
	    .idle_ms = b->idle_ms,
	    .total_ms = b->total_ms,
	};

	headers[spec.nheaders++] = x->hops;
	x->upstream_status = 0;
	x->retry_after_ms = 0;
	x->finished_ms = 0;
	x->keep_error = false;
	buf_reset(&x->error_body);
	if (!x->sent_us)
		x->sent_us = clock_mono_us();
	x->transfer = transfer_start(x->loop, &spec, &events, x);
}

void attempt_stop(struct exchange *x)
{
	if (x->transfer)
		transfer_cancel(x->transfer);
	x->transfer = NULL;
}
