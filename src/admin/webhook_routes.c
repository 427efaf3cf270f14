/* /admin/webhook: where notices go, and how that works. */
#include <pthread.h>
#include <string.h>

#include "admin/field.h"
#include "admin/reply.h"
#include "admin/routes.h"
#include "admin/serve_log.h"
#include "app/backend.h"
#include "app/hook.h"
#include "base/clock.h"
#include "base/mem.h"
#include "io/fcgi_out.h"

enum {
	URL_MAX = 2048,
	SECRET_MIN = 16,
	SECRET_MAX = 256,
	MADE_BYTES = 43, /* characters: 256 bits */
	EVENTS_MAX = 16
};

/* A change is read, made and put back, in the store and in memory. */
static pthread_mutex_t edits = PTHREAD_MUTEX_INITIALIZER;

/* ------------------------------------------------------------------ showing */

/* What stands behind '?' often is a credential. */
static void say_url(struct buf *out, const char *url)
{
	struct str rest = str_of(url);

	buf_addstr(out, str_cut(&rest, '?'));
	if (rest.n)
		buf_adds(out, "?***");
}

static void add_url(cJSON *o, const char *url)
{
	struct buf text = BUF_INIT(URL_MAX + 8);

	if (url) {
		say_url(&text, url);
		cJSON_AddStringToObject(o, "url", text.data);
	} else {
		cJSON_AddNullToObject(o, "url");
	}
	buf_release(&text);
}

static void add_events(cJSON *o, int64_t events)
{
	cJSON *list = cJSON_AddArrayToObject(o, "events");

	for (int i = 0; i < HOOK_TEST; i++) {
		if (events & hook_bit(i))
			cJSON_AddItemToArray(
			    list, cJSON_CreateString(hook_event_name(i)));
	}
}

static void add_result(cJSON *o, const struct hook_result *r)
{
	if (r->status)
		json_add_int(o, "status", r->status);
	else
		cJSON_AddNullToObject(o, "status");
	json_add_int(o, "ms", r->ms);
	cJSON_AddStringToObject(o, "message",
				r->ok ? "it was taken" : r->error);
}

static cJSON *status_json(struct app *app)
{
	cJSON *o = cJSON_CreateObject(), *last;
	struct hook_status s;

	hook_status(app->hook, &s);
	json_add_int(o, "queued", s.queued);
	json_add_int(o, "sent", s.sent);
	json_add_int(o, "failed", s.failed);
	json_add_int(o, "dropped", s.dropped);
	json_add_int(o, "tries", s.tries);
	json_add_int(o, "nextTryMs", s.wait_ms);
	field_add_time(o, "lastSentAt", s.sent_ms);
	if (!s.error_ms) {
		cJSON_AddNullToObject(o, "lastError");
		return o;
	}
	last = cJSON_AddObjectToObject(o, "lastError");
	field_add_time(last, "at", s.error_ms);
	cJSON_AddStringToObject(last, "type", hook_event_name(s.error_event));
	add_result(last, &s.error);
	return o;
}

static cJSON *show(struct app *app, const struct webhook *w)
{
	cJSON *o = cJSON_CreateObject();

	add_url(o, w->url);
	cJSON_AddBoolToObject(o, "active", w->active);
	add_events(o, w->events);
	cJSON_AddBoolToObject(o, "hasSecret", w->secret != NULL);
	field_add_time(o, "updatedAt", w->updated_ms);
	cJSON_AddItemToObject(o, "state", status_json(app));
	return o;
}

enum route_result webhook_get(struct app *app, struct request *r,
			      const struct route_args *args)
{
	struct webhook w;
	struct err e;
	cJSON *data;

	(void)args;
	if (store_webhook_get(app->store, &w, &e) < 0)
		return reply_err(r, &e);
	data = show(app, &w);
	webhook_release(&w);
	return reply_data(r, data, NULL);
}

/* ----------------------------------------------------------------- changing */

/* A form sent back what it was shown. */
static bool is_shown(const struct webhook *w, const cJSON *body)
{
	const char *given = json_string_or(body, "url", NULL);
	struct buf shown = BUF_INIT(URL_MAX + 8);
	bool same = false;

	if (w->url && given) {
		say_url(&shown, w->url);
		same = str_is(buf_str(&shown), given);
	}
	buf_release(&shown);
	return same;
}

static int read_url(struct webhook *w, const cJSON *body, struct err *e)
{
	if (is_shown(w, body))
		return 0;
	if (json_read_string(body, "url", URL_MAX, &w->url, e) < 0)
		return -1;
	if (field_is_null(body, "url")) {
		mem_free(w->url);
		w->url = NULL;
	}
	if (!w->url || !cJSON_HasObjectItem(body, "url"))
		return 0;
	if (backend_check_link(w->url, e) == 0)
		return 0;
	if (str_starts(str_of(e->message), STR("Invalid")))
		err_set(e, ERR_BAD_REQUEST,
			"url must be http://host or https://host, with a path "
			"and a query if need be");
	return -1;
}

static int event_of(const char *name)
{
	for (int i = 0; i < HOOK_TEST; i++) {
		if (strcmp(hook_event_name(i), name) == 0)
			return i;
	}
	return -1;
}

static int read_events(struct webhook *w, const cJSON *body, struct err *e)
{
	const cJSON *list, *item;
	int64_t events = 0;

	if (json_read_array(body, "events", &list, e) < 0)
		return -1;
	if (!list)
		return 0;
	if (field_check_strings(list, "events", EVENTS_MAX, URL_MAX, e) < 0)
		return -1;
	cJSON_ArrayForEach(item, list)
	{
		int event = event_of(item->valuestring);

		if (event < 0)
			return err_set(e, ERR_BAD_REQUEST,
				       "events may have accountAnomaly, "
				       "accountRecovery, quotaWarning");
		events |= hook_bit(event);
	}
	w->events = events;
	return 0;
}

static void forget(char **secret)
{
	if (*secret)
		secret_wipe(*secret, strlen(*secret));
	mem_free(*secret);
	*secret = NULL;
}

/* Given, taken away, or made: then it is in the answer, this once. */
static int read_secret(struct webhook *w, const cJSON *body, bool *made,
		       struct err *e)
{
	*made = false;
	if (json_read_bool(body, "newSecret", made, e) < 0 ||
	    json_read_string(body, "secret", SECRET_MAX, &w->secret, e) < 0)
		return -1;
	if (field_is_null(body, "secret"))
		forget(&w->secret);
	if (*made) {
		forget(&w->secret);
		w->secret = mem_zalloc(MADE_BYTES + 1);
		secret_base62(w->secret, MADE_BYTES);
	}
	if (w->secret &&
	    (strlen(w->secret) < SECRET_MIN || field_has_controls(w->secret)))
		return err_set(e, ERR_BAD_REQUEST,
			       "secret must have %d to %d characters",
			       SECRET_MIN, SECRET_MAX);
	return 0;
}

static int read_all(struct webhook *w, const cJSON *body, bool *made,
		    struct err *e)
{
	bool fresh = !w->updated_ms;

	if (fresh) {
		w->active = true;
		w->events = HOOK_ALL;
	}
	if (json_read_bool(body, "active", &w->active, e) < 0 ||
	    read_url(w, body, e) < 0 || read_events(w, body, e) < 0 ||
	    read_secret(w, body, made, e) < 0)
		return -1;
	if (w->active && !w->url)
		return fresh ? err_set(e, ERR_BAD_REQUEST, "url is required")
			     : (w->active = false, 0);
	return 0;
}

static enum route_result save(struct app *app, struct request *r,
			      const cJSON *body)
{
	struct webhook w;
	struct err e;
	cJSON *data;
	bool made;

	if (store_webhook_get(app->store, &w, &e) < 0)
		return reply_err(r, &e);
	if (read_all(&w, body, &made, &e) < 0 ||
	    store_webhook_put(app->store, &w, &e) < 0) {
		webhook_release(&w);
		return reply_err(r, &e);
	}
	hook_set(app->hook, &w);
	data = show(app, &w);
	if (made)
		cJSON_AddStringToObject(data, "secret", w.secret);
	webhook_release(&w);
	return reply_data(r, data, "Webhook saved");
}

enum route_result webhook_put(struct app *app, struct request *r,
			      const struct route_args *args)
{
	enum route_result done;
	struct err e;
	cJSON *body = json_parse_object(buf_str(&r->body), &e);

	(void)args;
	pthread_mutex_lock(&edits);
	done = body ? save(app, r, body) : reply_err(r, &e);
	pthread_mutex_unlock(&edits);
	cJSON_Delete(body);
	return done;
}

/* ------------------------------------------------------------------ testing */

struct test {
	struct app *app;
	struct request *request;
	struct loop *loop;
};

static cJSON *result_json(const struct hook_result *result)
{
	cJSON *data = cJSON_CreateObject();

	cJSON_AddBoolToObject(data, "ok", result->ok);
	add_result(data, result);
	return data;
}

static void answer(struct test *t, const struct hook_result *result)
{
	static const struct fcgi_out_events events = {.gone = NULL};
	struct request *r = t->request;
	struct buf head = BUF_INIT(8192);
	char *text = reply_text(result_json(result), NULL);
	struct fcgi_out *out =
	    fcgi_out_new(t->loop, r->fd, r->fcgi_id, &events, NULL);

	r->fd = -1; /* out owns it */
	r->status = 200;
	response_head(&head, 200, "application/json; charset=utf-8",
		      str_of(r->id), NULL, 0);
	fcgi_out_add(out, buf_str(&head));
	fcgi_out_add(out, str_of(text));
	fcgi_out_end(out);
	buf_release(&head);
	mem_free(text);
}

static void tested(void *ctx, const struct hook_result *result)
{
	struct test *t = ctx;
	struct app *app = t->app;

	answer(t, result);
	serve_log(t->request);
	request_free(t->request);
	mem_free(t);
	app->live--;
}

enum route_result webhook_test(struct app *app, struct request *r,
			       const struct route_args *args)
{
	struct webhook w;
	struct test *t;
	struct err e;

	(void)args;
	if (store_webhook_get(app->store, &w, &e) < 0)
		return reply_err(r, &e);
	if (!w.url) {
		err_set(&e, ERR_CONFLICT, "There is no webhook: PUT its url");
		return reply_err(r, &e);
	}
	t = mem_zalloc(sizeof(*t));
	*t = (struct test){app, r, app_loop(app)};
	app->live++;
	request_detach(r);
	hook_test(t->loop, &w, tested, t);
	webhook_release(&w);
	return ROUTE_TAKEN;
}
