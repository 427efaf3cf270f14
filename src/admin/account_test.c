#include "admin/account_test.h"

#include <string.h>

#include "admin/account_edit.h"
#include "admin/reply.h"
#include "admin/serve_log.h"
#include "app/backend.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/fcgi_out.h"
#include "io/probe.h"

enum { QUICK_MS = 5000, FULL_MS = 30000 };

/* One test: on its loop from begin() to finish(). */
struct test {
	struct app *app;
	struct loop *loop;
	struct request *request;
	struct fcgi_out *out; /* NULL: the client has gone */
	struct backend *backend;
	cJSON *data;
	const char *message;
	bool full;
	char found_flavour[16]; /* to be remembered */
};

static void add_time(cJSON *o, const char *key, int64_t ms)
{
	if (ms < 0)
		cJSON_AddNullToObject(o, key);
	else
		json_add_int(o, key, ms);
}

/* Text of a backend, cut where it stops being UTF-8. */
static void add_foreign(cJSON *o, const char *key, const char *text)
{
	struct str s = str_of(text);
	struct buf valid = BUF_INIT(PROBE_TEXT);

	buf_add(&valid, s.p, str_utf8_valid(s));
	cJSON_AddStringToObject(o, key, valid.data ? valid.data : "");
	buf_release(&valid);
}

/* CRS's names for the same things stand beside ours. */
static void add_names(cJSON *o, const struct test *t,
		      const struct probe_result *p)
{
	const struct account *a = &t->backend->account;
	const char *model = account_model(a);

	cJSON_AddStringToObject(o, "accountId", a->id);
	cJSON_AddStringToObject(o, "accountName", a->name);
	if (!model && p->nmodels) /* as the probe does */
		model = p->models[0];
	add_foreign(o, "model", model ? model : "");
	json_add_int(o, "latency", p->latency_ms);
	add_foreign(o, "responseText", p->text);
}

static cJSON *result_json(const struct test *t, const struct probe_result *p)
{
	cJSON *o = cJSON_CreateObject(), *models;

	cJSON_AddBoolToObject(o, "ok", p->ok);
	cJSON_AddBoolToObject(o, "reached", p->reached);
	add_time(o, "latencyMs", p->latency_ms);
	add_time(o, "firstTokenMs", p->first_token_ms);
	models = cJSON_AddArrayToObject(o, "models");
	for (size_t i = 0; i < p->nmodels; i++) {
		struct str name = str_of(p->models[i]);

		if (str_utf8_valid(name) == name.n)
			cJSON_AddItemToArray(models,
					     cJSON_CreateString(name.p));
	}
	cJSON_AddBoolToObject(o, "modelFound", p->model_found);
	cJSON_AddBoolToObject(o, "streaming", p->streaming);
	if (p->tools_tried)
		cJSON_AddBoolToObject(o, "tools", p->tools);
	else
		cJSON_AddNullToObject(o, "tools");
	cJSON_AddBoolToObject(o, "usage", p->usage);
	cJSON_AddStringToObject(o, "flavour", p->flavour);
	json_add_int(o, "contextWindow", p->context_window);
	add_foreign(o, "message", p->message);
	if (p->cause)
		cJSON_AddStringToObject(o, "cause", p->cause);
	else
		cJSON_AddNullToObject(o, "cause");
	if (t->full)
		add_names(o, t, p);
	return o;
}

static void send_answer(struct test *t)
{
	enum { HEAD_BYTES = 8192 };
	struct request *r = t->request;
	struct buf head = BUF_INIT(HEAD_BYTES);
	char *text = reply_text(t->data, t->message);

	t->data = NULL;
	r->status = 200;
	response_head(&head, r->status, "application/json; charset=utf-8",
		      str_of(r->id), NULL, 0);
	fcgi_out_add(t->out, buf_str(&head));
	fcgi_out_add(t->out, str_of(text));
	fcgi_out_end(t->out);
	t->out = NULL;
	buf_release(&head);
	mem_free(text);
}

static void finish(struct test *t)
{
	struct app *app = t->app;

	if (t->out)
		send_answer(t);
	serve_log(t->request);
	cJSON_Delete(t->data);
	backend_release(t->backend);
	request_free(t->request);
	mem_free(t);
	app->live--;
}

static int set_flavour(struct account *a, void *ctx, struct err *e)
{
	struct test *t = ctx;
	const struct account *tested = &t->backend->account;

	if (strcmp(a->flavour, "auto") != 0 ||
	    strcmp(a->address, tested->address) != 0)
		return err_set(e, ERR_CONFLICT, "changed in the meantime");
	mem_free(a->detected_flavour);
	a->detected_flavour = mem_strdup(t->found_flavour);
	return 0;
}

static void remember(void *arg)
{
	struct test *t = arg;
	struct account a;
	struct err e;

	if (account_edit(t->app, t->backend->account.id, set_flavour, t, &a,
			 &e) == 0)
		account_release(&a);
	else if (e.kind == ERR_INTERNAL)
		log_note(LOG_WARN, "account", "flavour not remembered: %s",
			 e.message);
}

static void remembered(struct loop *l, void *arg)
{
	(void)l;
	finish(arg);
}

static bool is_news(const struct test *t)
{
	const struct account *a = &t->backend->account;

	return t->found_flavour[0] && a->flavour &&
	       strcmp(a->flavour, "auto") == 0 &&
	       (!a->detected_flavour ||
		strcmp(a->detected_flavour, t->found_flavour) != 0);
}

/* Only of the model that the account sends when it sends one. */
static void learn(const struct test *t, const struct probe_result *p)
{
	const char *model = account_model(&t->backend->account);

	if (model)
		backend_learn_window(t->backend, str_of(model),
				     p->context_window);
}

/* The account was shown before it was tested. */
static void show_news(struct test *t)
{
	struct account *a = &t->backend->account; /* our own copy */
	cJSON *shown =
	    cJSON_GetObjectItemCaseSensitive(t->data, "detectedFlavour");

	mem_free(a->detected_flavour);
	a->detected_flavour = mem_strdup(t->found_flavour);
	if (!shown)
		return;
	cJSON_SetValuestring(shown, t->found_flavour);
	cJSON_DeleteItemFromObjectCaseSensitive(t->data, "learned");
	account_write_learned(t->data, t->app, a);
}

/* What a test shows is known before a client meets it. */
static void judge(const struct test *t, const struct probe_result *p)
{
	const char *id = t->backend->account.id;

	if (p->ok)
		pool_reset(t->app->pool, id);
	else if (p->fails)
		pool_doubt(t->app->pool, id, p->message, clock_mono_ms());
}

static void probed(void *ctx, struct probe_result *p)
{
	struct test *t = ctx;
	cJSON *result = result_json(t, p);

	if (t->data)
		cJSON_AddItemToObject(t->data, "test", result);
	else
		t->data = result;
	learn(t, p);
	judge(t, p);
	memcpy(t->found_flavour, p->flavour, sizeof(t->found_flavour));
	probe_result_release(p);
	if (is_news(t)) {
		show_news(t);
		loop_work(t->loop, remember, remembered, t);
	} else {
		finish(t);
	}
}

static void client_gone(void *ctx)
{
	struct test *t = ctx;

	fcgi_out_abort(t->out);
	t->out = NULL;
	t->request->status = 499; /* for the log: the client has left */
}

static void begin(struct loop *l, void *arg)
{
	static const struct fcgi_out_events events = {.gone = client_gone};
	struct test *t = arg;
	struct backend *b = t->backend;
	char *root = backend_root_url(&b->account, "");
	struct probe_spec spec = {
	    .models_url = b->models_url,
	    .chat_url = b->urls[b->anthropic ? BACKEND_MESSAGES : BACKEND_CHAT],
	    .messages = b->anthropic,
	    .root_url = root,
	    .headers = b->headers,
	    .nheaders = b->nheaders,
	    .model = account_model(&b->account),
	    .proxy = b->account.proxy,
	    .limit_ms = t->full ? FULL_MS : QUICK_MS,
	    .full = t->full,
	};

	t->out =
	    fcgi_out_new(l, t->request->fd, t->request->fcgi_id, &events, t);
	t->request->fd = -1; /* out owns it */
	probe_start(l, &spec, probed, t);
	mem_free(root);
}

enum route_result account_test_start(struct app *app, struct request *r,
				     const struct account_test_plan *plan)
{
	struct test *t = mem_zalloc(sizeof(*t));

	t->app = app;
	t->loop = app_loop(app);
	t->request = r;
	t->backend = backend_new(plan->account, app->settings);
	t->backend->lessons = lesson_book_find(app->lessons, plan->account);
	t->data = plan->data;
	t->message = plan->message;
	t->full = plan->full;
	app->live++;
	request_detach(r);
	loop_post(t->loop, begin, t);
	return ROUTE_TAKEN;
}
