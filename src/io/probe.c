#include "io/probe.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "io/probe_impl.h"

enum {
	DEFAULT_LIMIT_MS = 30 * 1000,
	CONNECT_MS = 10 * 1000,
	FACTS_MS = 3 * 1000,
	MESSAGE_BYTES = 8 * 1024, /* before it is cut for the result */
	REQUEST_BYTES = 64 * 1024,
	SECRET_MIN = 6 /* shorter words are no keys */
};

struct probe {
	struct loop *l;
	struct loop_hook hook;
	char *models_url, *chat_url, *root_url, *facts_url, *model, *proxy;
	char **headers;
	size_t nheaders;
	int64_t limit_ms, start_ms, step_ms; /* step_ms: its beginning */
	bool full;
	void (*done)(void *ctx, struct probe_result *r);
	void *ctx;

	enum probe_step step;
	struct probe_variant variant;
	struct transfer *transfer;
	struct buf request;
	struct probe_answer answer;
	struct probe_result result;
	struct buf message;
};

static void next_step(struct probe *p, enum probe_step step);

/* -------------------------------------------------------------- beginning */

static char *copy(const char *s)
{
	return s ? mem_strdup(s) : NULL;
}

static void probe_free(struct probe *p)
{
	loop_hook_remove(&p->hook);
	mem_free(p->models_url);
	mem_free(p->chat_url);
	mem_free(p->root_url);
	mem_free(p->facts_url);
	mem_free(p->model);
	mem_free(p->proxy);
	for (size_t i = 0; i < p->nheaders; i++)
		mem_free(p->headers[i]);
	mem_free(p->headers);
	buf_release(&p->request);
	buf_release(&p->message);
	probe_answer_release(&p->answer);
	mem_free(p);
}

/* ----------------------------------------------------------------- the end */

/* A server may quote the key it was given. */
static void hide_secret(struct buf *b, struct str header)
{
	struct str value = header;

	str_cut(&value, ':');
	value = str_trim(value);
	while (str_find(value, STR(" ")) != SIZE_MAX)
		str_cut(&value, ' ');
	if (value.n < SECRET_MIN)
		return;
	for (;;) {
		size_t at = str_find(buf_str(b), value);

		if (at == SIZE_MAX)
			return;
		memset(b->data + at, '*', value.n);
	}
}

static void finish(struct probe *p)
{
	struct probe_result *r = &p->result;
	struct str text;
	size_t n;

	for (size_t i = 0; i < p->nheaders; i++)
		hide_secret(&p->message, str_of(p->headers[i]));
	text = buf_str(&p->message);
	n = str_utf8_floor(text, text.n < sizeof(r->message)
				     ? text.n
				     : sizeof(r->message) - 1);
	memcpy(r->message, text.p, n);
	r->message[n] = '\0';
	p->done(p->ctx, r);
	probe_free(p);
}

static void on_stop(void *ctx)
{
	struct probe *p = ctx;

	if (p->transfer)
		transfer_cancel(p->transfer);
	buf_reset(&p->message);
	buf_adds(&p->message, "The test was broken off: the relay is shutting "
			      "down.");
	finish(p);
}

/* ------------------------------------------------- what follows an answer */

static void topic_of(const struct probe *p, struct probe_topic *t)
{
	bool models = p->step == PROBE_STEP_MODELS;

	t->url = models ? p->models_url : p->chat_url;
	t->try_url = p->models_url ? p->models_url : p->chat_url;
	t->model = p->model;
	t->proxy = p->proxy;
	t->limit_ms = p->limit_ms;
}

static bool is_slow(enum transfer_end end)
{
	return end == TRANSFER_FIRST_BYTE_TIMEOUT ||
	       end == TRANSFER_IDLE_TIMEOUT || end == TRANSFER_TOTAL_TIMEOUT;
}

/* Without a connection there is no more to find out. */
static bool unreachable(enum transfer_end end)
{
	return end != TRANSFER_OK && !is_slow(end);
}

static void fail(struct probe *p)
{
	struct probe_topic topic;
	const char *cause;

	topic_of(p, &topic);
	cause = probe_say_failure(&p->message, &topic, &p->answer, &p->result);
	if (!p->result.ok)
		p->result.cause = cause;
	/* Where no model is known a request may name one that is there. */
	p->result.fails = !p->result.ok && !is_slow(p->answer.end) &&
			  (p->model[0] || unreachable(p->answer.end));
}

/* Of an account that sends what clients ask for, any model that is there shows
 * whether it works. */
static void choose_model(struct probe *p)
{
	if (p->model[0] || !p->result.nmodels)
		return;
	mem_free(p->model);
	p->model = mem_strdup(p->result.models[0]);
	p->result.model_found = true;
}

static void after_models(struct probe *p)
{
	struct probe_answer *a = &p->answer;

	if (a->end == TRANSFER_OK && a->status == 200)
		probe_read_models(buf_str(&a->body), p->model, &p->result);
	choose_model(p);
	if (p->chat_url && !unreachable(a->end)) {
		next_step(p, PROBE_STEP_CHAT);
		return;
	}
	if (a->end != TRANSFER_OK || a->status != 200)
		fail(p);
	else if (!p->result.nmodels)
		buf_addf(&p->message,
			 "%s lists no models: is this an OpenAI-compatible "
			 "server?",
			 p->models_url);
	else
		buf_addf(&p->message, "The server lists %zu model(s).",
			 p->result.nmodels);
	finish(p);
}

/* The server names what it does not take: once more, without that. */
static bool change_variant(struct probe *p)
{
	struct str body = buf_str(&p->answer.body);
	struct probe_variant *v = &p->variant;

	if (p->answer.status != 400 && p->answer.status != 422)
		return false;
	if (!v->completion_tokens &&
	    str_find(body, STR("max_completion_tokens")) != SIZE_MAX) {
		v->completion_tokens = true;
		return true;
	}
	if (!v->no_usage && str_find(body, STR("stream_options")) != SIZE_MAX) {
		v->no_usage = true;
		return true;
	}
	return false;
}

static bool answered(struct probe *p)
{
	struct probe_answer *a = &p->answer;

	if (a->status == 200 && !a->frames)
		probe_read_whole(a, &p->result);
	return a->status == 200 && a->end == TRANSFER_OK && a->frames &&
	       a->token && !a->error_frame.len;
}

/* The last thing, once the rest is done and well: what the answers did not
 * show.  A server that does not tell is no worse for it. */
static void ask_facts(struct probe *p)
{
	const char *path = probe_facts_path(&p->result);
	struct buf url = BUF_INIT(MESSAGE_BYTES);

	if (!path || !p->root_url) {
		finish(p);
		return;
	}
	buf_addf(&url, "%s%s", p->root_url, path);
	p->facts_url = buf_take(&url, NULL);
	next_step(p, PROBE_STEP_FACTS);
}

static void after_facts(struct probe *p)
{
	struct probe_answer *a = &p->answer;

	if (a->end == TRANSFER_OK && a->status == 200)
		probe_read_facts(buf_str(&a->body), p->model, &p->result);
	finish(p);
}

static void after_chat(struct probe *p)
{
	struct probe_topic topic;

	if (change_variant(p)) {
		next_step(p, PROBE_STEP_CHAT);
		return;
	}
	p->result.ok = p->result.streaming = answered(p);
	if (!p->result.ok) {
		fail(p);
		finish(p);
		return;
	}
	if (p->full) {
		next_step(p, PROBE_STEP_TOOL);
		return;
	}
	topic_of(p, &topic);
	probe_say_success(&p->message, &topic, &p->result);
	ask_facts(p);
}

static void after_tool(struct probe *p)
{
	struct probe_topic topic;
	bool good = answered(p);

	p->result.tools = good && p->answer.tool_call;
	topic_of(p, &topic);
	probe_say_success(&p->message, &topic, &p->result);
	if (!p->result.tools && good) {
		buf_adds(&p->message,
			 " No tool call came although one was asked for: the "
			 "model or the server's tool parser may not support "
			 "them.");
	} else if (!p->result.tools) {
		buf_adds(&p->message, " Tool calls do not work: ");
		fail(p);
	}
	ask_facts(p);
}

static void (*const after[])(struct probe *p) = {
    [PROBE_STEP_MODELS] = after_models,
    [PROBE_STEP_CHAT] = after_chat,
    [PROBE_STEP_TOOL] = after_tool,
    [PROBE_STEP_FACTS] = after_facts,
};

/* ------------------------------------------------------------ the exchange */

static int on_head(void *ctx, const struct transfer_head *head)
{
	struct probe *p = ctx;

	p->answer.status = head->status;
	if (!p->result.reached)
		p->result.latency_ms = loop_now_ms(p->l) - p->step_ms;
	p->result.reached = true;
	return 0;
}

static void read_stream(struct probe *p)
{
	if (p->step == PROBE_STEP_MODELS || p->step == PROBE_STEP_FACTS ||
	    p->answer.status != 200)
		return;
	probe_read_frames(&p->answer, &p->result);
	if (p->answer.token && p->result.first_token_ms < 0)
		p->result.first_token_ms = loop_now_ms(p->l) - p->step_ms;
}

static int on_data(void *ctx, struct str bytes)
{
	struct probe *p = ctx;
	size_t room = PROBE_ANSWER_BYTES - p->answer.body.len;
	bool full = bytes.n > room;

	buf_addstr(&p->answer.body, str_sub(bytes, 0, room));
	read_stream(p);
	if (!full)
		return 0;
	/* Enough has been seen. */
	p->transfer = NULL;
	p->answer.end = TRANSFER_OK;
	after[p->step](p);
	return -1;
}

static void on_done(void *ctx, enum transfer_end end, const char *detail)
{
	struct probe *p = ctx;

	p->transfer = NULL;
	p->answer.end = end;
	snprintf(p->answer.detail, sizeof(p->answer.detail), "%s", detail);
	after[p->step](p);
}

static const struct transfer_events events = {on_head, on_data, NULL, on_done};

/* The list may take a third of the time, so that a server that is slow with
 * it still shows whether it can chat. */
static int64_t time_for(const struct probe *p)
{
	int64_t left = p->start_ms + p->limit_ms - loop_now_ms(p->l);

	if (p->step == PROBE_STEP_MODELS && p->chat_url)
		left = p->limit_ms / 3;
	if (p->step == PROBE_STEP_FACTS && left > FACTS_MS)
		left = FACTS_MS;
	return left > 1 ? left : 1;
}

static void next_step(struct probe *p, enum probe_step step)
{
	struct transfer_spec spec = {0};
	const char *const urls[] = {[PROBE_STEP_MODELS] = p->models_url,
				    [PROBE_STEP_CHAT] = p->chat_url,
				    [PROBE_STEP_TOOL] = p->chat_url,
				    [PROBE_STEP_FACTS] = p->facts_url};
	bool get = step == PROBE_STEP_MODELS || step == PROBE_STEP_FACTS;

	p->step = step;
	p->step_ms = loop_now_ms(p->l);
	probe_answer_reset(&p->answer);
	p->answer.keep_text = step == PROBE_STEP_CHAT;
	p->answer.messages = p->variant.messages;
	buf_reset(&p->request);
	if (!get)
		probe_request(&p->request, p->model, step == PROBE_STEP_TOOL,
			      p->variant);
	p->result.tools_tried |= step == PROBE_STEP_TOOL;
	spec.method = get ? "GET" : "POST";
	spec.url = urls[step];
	spec.headers = (const char *const *)p->headers;
	spec.nheaders = p->nheaders;
	spec.body = buf_str(&p->request);
	spec.proxy = p->proxy;
	spec.total_ms = time_for(p);
	spec.connect_ms =
	    spec.total_ms < CONNECT_MS ? spec.total_ms : (int64_t)CONNECT_MS;
	p->transfer = transfer_start(p->l, &spec, &events, p);
}

static void copy_headers(struct probe *p, const struct probe_spec *spec)
{
	bool typed = false;

	p->headers = mem_array(spec->nheaders + 1, sizeof(*p->headers));
	for (size_t i = 0; i < spec->nheaders; i++) {
		p->headers[p->nheaders++] = mem_strdup(spec->headers[i]);
		typed |=
		    str_istarts(str_of(spec->headers[i]), STR("content-type:"));
	}
	if (!typed)
		p->headers[p->nheaders++] =
		    mem_strdup("Content-Type: application/json");
}

void probe_start(struct loop *l, const struct probe_spec *spec,
		 void (*done)(void *ctx, struct probe_result *r), void *ctx)
{
	struct probe *p = mem_zalloc(sizeof(*p));

	p->l = l;
	p->done = done;
	p->ctx = ctx;
	p->models_url = copy(spec->models_url);
	p->chat_url = copy(spec->chat_url);
	p->root_url = copy(spec->root_url);
	if (!p->models_url && !p->chat_url)
		p->chat_url = mem_strdup("");
	p->model = mem_strdup(spec->model ? spec->model : "");
	p->proxy = copy(spec->proxy);
	p->variant.messages = spec->messages;
	p->full = spec->full;
	p->limit_ms = spec->limit_ms > 0 ? spec->limit_ms : DEFAULT_LIMIT_MS;
	p->start_ms = loop_now_ms(l);
	copy_headers(p, spec);
	p->result.first_token_ms = -1;
	buf_init(&p->request, REQUEST_BYTES);
	buf_init(&p->message, MESSAGE_BYTES);
	probe_answer_init(&p->answer);
	p->hook.fn = on_stop;
	p->hook.ctx = p;
	loop_hook_add(l, &p->hook);
	next_step(p, p->models_url ? PROBE_STEP_MODELS : PROBE_STEP_CHAT);
}
