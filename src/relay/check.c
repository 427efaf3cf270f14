#include "relay/check.h"

#include "app/tickets.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/fcgi_out.h"
#include "relay/answer.h"

enum {
	EVENTS = 3,
	LOOK_MS = 10,
	PATIENCE_MS = 5000, /* for the news that an event was seen */
	SILENCE_MAX_S = 1800,
	FRAME_BYTES = 256
};

/* A stream, or an answer that keeps silent: on its loop from begin() on. */
struct check {
	struct app *app;
	struct loop *loop;
	struct request *request;
	struct fcgi_out *out;
	struct loop_timer *timer;
	struct loop_hook hook;
	int ticket;
	int64_t sent;	/* events */
	int64_t due_ms; /* the end of patience, or of the silence */
	bool stream, gone;
};

static int ticket_of(struct app *app, const struct request *r)
{
	return tickets_find(app->tickets, &app->keys,
			    request_header(r, "x-api-key"), clock_mono_ms());
}

bool check_has_ticket(struct app *app, const struct request *r)
{
	return ticket_of(app, r) >= 0;
}

/* -1 after a refusal. */
static int admit(struct app *app, struct request *r)
{
	int ticket = ticket_of(app, r);
	struct err e;

	if (ticket >= 0)
		return ticket;
	err_set(&e, ERR_AUTH, "this is for llmrelayctl check");
	answer_error(r, &e);
	return -1;
}

static void add_text(cJSON *o, struct request *r, const char *name,
		     struct str value)
{
	size_t valid = str_utf8_valid(value);

	cJSON_AddStringToObject(
	    o, name, arena_strz(&r->arena, str_sub(value, 0, valid)));
}

static bool bears_ticket(struct app *app, struct request *r)
{
	struct str value = request_header(r, "authorization");

	return str_istarts(value, STR("Bearer ")) &&
	       str_eq(str_sub(value, 7, value.n),
		      request_header(r, "x-api-key")) &&
	       check_has_ticket(app, r);
}

enum route_result check_echo(struct app *app, struct request *r,
			     const struct route_args *args)
{
	cJSON *o;
	char *text, hash[65];

	if (admit(app, r) < 0)
		return ROUTE_ANSWERED;
	o = cJSON_CreateObject();
	secret_sha256(buf_str(&r->body), hash);
	json_add_int(o, "bytes", (int64_t)r->body.len);
	cJSON_AddBoolToObject(o, "tooLarge", r->body_too_large);
	cJSON_AddBoolToObject(o, "truncated", r->body_truncated);
	cJSON_AddStringToObject(o, "sha256", hash);
	add_text(o, r, "path", args->n ? args->arg[0] : STR_NONE);
	add_text(o, r, "query", r->query);
	cJSON_AddBoolToObject(o, "authorization", bears_ticket(app, r));
	add_text(o, r, "version", request_header(r, "anthropic-version"));
	add_text(o, r, "beta", request_header(r, "anthropic-beta"));
	add_text(o, r, "server", request_param(r, "SERVER_SOFTWARE"));
	add_text(o, r, "script", request_param(r, "SCRIPT_FILENAME"));
	add_text(o, r, "remote", r->remote);
	cJSON_AddBoolToObject(o, "https", r->https);
	text = json_print(o);
	cJSON_Delete(o);
	answer_json(r, 200, str_of(text));
	mem_free(text);
	return ROUTE_ANSWERED;
}

enum route_result check_seen(struct app *app, struct request *r,
			     const struct route_args *args)
{
	int ticket = admit(app, r);
	int64_t events = 0;

	(void)args;
	if (ticket < 0)
		return ROUTE_ANSWERED;
	str_to_i64(request_query(r, "events"), 0, EVENTS, &events);
	tickets_set_seen(app->tickets, ticket, events);
	answer_json(r, 200, STR("{}"));
	return ROUTE_ANSWERED;
}

static void finish(struct check *c)
{
	struct app *app = c->app;
	struct request *r = c->request;

	log_note(LOG_DEBUG, "check", "%s: %s", r->id,
		 c->stream ? "stream" : "silence");
	loop_hook_remove(&c->hook);
	loop_timer_free(c->timer);
	if (c->out)
		fcgi_out_abort(c->out);
	request_free(r);
	mem_free(c);
	app->live--;
}

static void end(struct check *c)
{
	fcgi_out_end(c->out);
	c->out = NULL;
	finish(c);
}

/* May come from within a write. */
static void on_gone(void *ctx)
{
	struct check *c = ctx;

	c->gone = true;
	loop_timer_set(c->timer, 0);
}

static void send_event(struct check *c)
{
	struct buf frame = BUF_INIT(FRAME_BYTES);

	c->sent++;
	buf_addf(&frame,
		 "event: check\ndata: {\"type\":\"check\",\"event\":%lld,"
		 "\"of\":%d}\n\n",
		 (long long)c->sent, EVENTS);
	fcgi_out_add(c->out, buf_str(&frame));
	fcgi_out_flush(c->out);
	buf_release(&frame);
	c->due_ms = loop_now_ms(c->loop) + PATIENCE_MS;
}

static void tick(void *ctx)
{
	struct check *c = ctx;
	int64_t seen = tickets_seen(c->app->tickets, c->ticket);

	if (c->gone) {
		finish(c);
		return;
	}
	if (!c->stream) {
		fcgi_out_add(c->out, STR("{}"));
		end(c);
		return;
	}
	/* What was not seen in time was kept on the way, and so will be the
	 * rest. */
	if (seen >= EVENTS || loop_now_ms(c->loop) >= c->due_ms) {
		end(c);
		return;
	}
	if (seen >= c->sent)
		send_event(c);
	loop_timer_set(c->timer, LOOK_MS);
}

static void add_head(struct check *c)
{
	static const struct response_header headers[] = {
	    {"Cache-Control", {"no-cache", 8}},
	    {"X-Accel-Buffering", {"no", 2}},
	};
	struct buf head = BUF_INIT(4096);

	c->request->status = 200;
	if (c->stream)
		response_head(&head, 200, "text/event-stream; charset=utf-8",
			      str_of(c->request->id), headers, 2);
	else
		response_head(&head, 200, "application/json",
			      str_of(c->request->id), NULL, 0);
	fcgi_out_add(c->out, buf_str(&head));
	buf_release(&head);
}

static void on_stop(void *ctx)
{
	finish(ctx);
}

static void begin(struct loop *l, void *arg)
{
	static const struct fcgi_out_events events = {.gone = on_gone};
	struct check *c = arg;

	c->out =
	    fcgi_out_new(l, c->request->fd, c->request->fcgi_id, &events, c);
	c->request->fd = -1; /* out owns it */
	c->hook.fn = on_stop;
	c->hook.ctx = c;
	loop_hook_add(l, &c->hook);
	c->timer = loop_timer_new(l, tick, c);
	add_head(c);
	if (c->stream) {
		send_event(c);
		loop_timer_set(c->timer, LOOK_MS);
	} else {
		loop_timer_set(c->timer, c->due_ms - loop_now_ms(l));
	}
}

static enum route_result start(struct app *app, struct request *r, bool stream,
			       int64_t silence_ms)
{
	struct check *c;
	int ticket = admit(app, r);

	if (ticket < 0)
		return ROUTE_ANSWERED;
	c = mem_zalloc(sizeof(*c));
	c->app = app;
	c->loop = app_loop(app);
	c->request = r;
	c->ticket = ticket;
	c->stream = stream;
	c->due_ms = clock_mono_ms() + silence_ms;
	tickets_set_seen(app->tickets, ticket, 0);
	app->live++;
	request_detach(r);
	loop_post(c->loop, begin, c);
	return ROUTE_TAKEN;
}

enum route_result check_stream(struct app *app, struct request *r,
			       const struct route_args *args)
{
	(void)args;
	return start(app, r, true, 0);
}

enum route_result check_silence(struct app *app, struct request *r,
				const struct route_args *args)
{
	int64_t seconds = 0;

	(void)args;
	str_to_i64(request_query(r, "seconds"), 0, SILENCE_MAX_S, &seconds);
	return start(app, r, false, seconds * 1000);
}
