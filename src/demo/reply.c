/* From a request to its reply: routes, refusals, the model's answer. */
#include "demo/demo.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/mem.h"
#include "demo/embeddings.h"
#include "demo/tokenizer.h"

enum { REPLY_BYTES = 128 * 1024 * 1024 };

static void refuse(struct reply *r, int status, const char *message)
{
	r->status = status;
	script_error(&r->body, r->dialect, status, str_of(message));
}

static void answer_health(struct demo *d, const struct http_in *in,
			  struct str model, struct reply *r)
{
	(void)d, (void)in, (void)model;
	buf_adds(&r->body, "{\"status\":\"ok\"}");
}

static void answer_models(struct demo *d, const struct http_in *in,
			  struct str model, struct reply *r)
{
	(void)in, (void)model;
	buf_adds(&r->body, "{\"object\":\"list\",\"data\":[");
	for (size_t i = 0; i < d->nmodels; i++) {
		buf_adds(&r->body, i ? ",{\"id\":" : "{\"id\":");
		buf_json(&r->body, str_of(d->models[i]));
		buf_adds(&r->body, ",\"object\":\"model\",\"created\":0,"
				   "\"owned_by\":");
		buf_json(&r->body, str_of(d->owned_by));
		if (r->sw.context)
			buf_addf(&r->body, ",\"max_model_len\":%" PRId64,
				 r->sw.context);
		buf_addc(&r->body, '}');
	}
	buf_adds(&r->body, "]}");
}

bool demo_serves(const struct demo *d, struct str model)
{
	for (size_t i = 0; i < d->nmodels; i++) {
		if (str_is(model, d->models[i]))
			return true;
	}
	return d->any_model && model.n;
}

/* The fault that the switches ask for, unless it was given often enough. */
static void ration_faults(struct demo *d, struct switches *sw)
{
	if (!switches_have_fault(sw))
		return;
	if (sw->times && d->faulty >= sw->times)
		switches_clear_faults(sw);
	else
		d->faulty++;
}

static void refuse_as_told(struct reply *r)
{
	r->status = (int)r->sw.status;
	r->type = r->sw.body_type;
	if (r->sw.body[0])
		buf_adds(&r->body, r->sw.body);
	else
		script_error(&r->body, r->dialect, r->status,
			     str_of(r->sw.message));
}

bool reply_is_refused(struct demo *d, struct reply *r)
{
	ration_faults(d, &r->sw);
	if (r->sw.status < 400)
		return false;
	refuse_as_told(r);
	return true;
}

static void perform(struct demo *d, const struct ask *ask, struct reply *r)
{
	struct err e;

	if (switches_apply_text(&r->sw, buf_str(&ask->user), &e) < 0) {
		refuse(r, 400, e.message);
		return;
	}
	if (reply_is_refused(d, r))
		return;
	r->answer.number = r->number;
	r->answer.created = clock_wall_ms() / 1000;
	if (answer_make(&r->answer, ask, &r->sw, &d->filler, &e) < 0) {
		refuse(r, 400, e.message);
		return;
	}
	r->stream = ask->stream && !r->sw.json;
	if (r->stream)
		script_init(&r->script, r->dialect, &r->answer, &r->sw, ask);
	else
		script_whole(r->dialect, &r->answer, &r->sw, &r->body);
}

static void answer_as(struct demo *d, const struct http_in *in,
		      struct str model, struct reply *r)
{
	struct ask ask;
	struct err e;

	if (ask_read(&ask, r->dialect, buf_str(&in->body), &e) < 0) {
		refuse(r, 400, e.message);
	} else {
		if (model.n)
			ask.model = model;
		if (demo_serves(d, ask.model)) {
			perform(d, &ask, r);
		} else {
			err_set(&e, ERR_NOT_FOUND,
				"The model `%.*s` does not exist.",
				STR_ARG(str_sub(ask.model, 0, 256)));
			refuse(r, 404, e.message);
		}
	}
	ask_release(&ask);
}

/* routes ------------------------------------------------------------------ */

struct route {
	const char *method, *prefix, *suffix; /* between them: the model */
	enum dialect dialect;
	bool open; /* needs no key */
	void (*answer)(struct demo *, const struct http_in *, struct str,
		       struct reply *);
};

static const struct route routes[] = {
    {"GET", "/health", NULL, DIALECT_CHAT, true, answer_health},
    {"GET", "/v1/models", NULL, DIALECT_CHAT, false, answer_models},
    {"GET", "/models", NULL, DIALECT_CHAT, false, answer_models},
    {"POST", "/v1/chat/completions", NULL, DIALECT_CHAT, false, answer_as},
    {"POST", "/v1/completions", NULL, DIALECT_COMPLETIONS, false, answer_as},
    {"POST", "/v1/responses", NULL, DIALECT_RESPONSES, false, answer_as},
    {"POST", "/openai/v1/responses", NULL, DIALECT_RESPONSES, false, answer_as},
    {"POST", "/v1/messages", NULL, DIALECT_MESSAGES, false, answer_as},
    {"POST", "/v1/embeddings", NULL, DIALECT_CHAT, false, embeddings_answer},
    {"POST", "/tokenize", NULL, DIALECT_CHAT, false, tokenizer_tokenize},
    {"POST", "/apply-template", NULL, DIALECT_CHAT, false, tokenizer_template},
    {"POST", "/chat_tokenize", NULL, DIALECT_CHAT, false, tokenizer_chat},
    {"POST", "/v1/messages/count_tokens", NULL, DIALECT_CHAT, false,
     tokenizer_messages},
    {"POST", "/openai/deployments/", "/chat/completions", DIALECT_CHAT, false,
     answer_as},
    {"POST", "/openai/deployments/", "/completions", DIALECT_COMPLETIONS, false,
     answer_as},
    {"POST", "/openai/deployments/", "/embeddings", DIALECT_CHAT, false,
     embeddings_answer},
};

static bool route_matches(const struct route *route, struct str path,
			  struct str *model)
{
	struct str prefix = str_of(route->prefix);
	struct str suffix = str_of(route->suffix);

	*model = STR_NONE;
	if (!route->suffix)
		return str_eq(path, prefix);
	if (path.n <= prefix.n + suffix.n || !str_starts(path, prefix) ||
	    !str_ends(path, suffix))
		return false;
	*model = str_sub(path, prefix.n, path.n - suffix.n);
	return true;
}

static bool has_key(const struct demo *d, const struct http_in *in)
{
	struct str bearer = http_field(in, "authorization");

	if (!d->api_key || str_is(http_field(in, "api-key"), d->api_key) ||
	    str_is(http_field(in, "x-api-key"), d->api_key))
		return true;
	return str_istarts(bearer, STR("bearer ")) &&
	       str_is(str_trim(str_sub(bearer, 7, bearer.n)), d->api_key);
}

static void find_route(struct demo *d, const struct http_in *in,
		       struct reply *r)
{
	struct str query = in->target, model;
	struct str path = str_cut(&query, '?');
	bool known = false;

	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (!route_matches(&routes[i], path, &model))
			continue;
		known = true;
		if (!str_is(in->method, routes[i].method))
			continue;
		r->dialect = routes[i].dialect;
		if (!routes[i].open && !has_key(d, in))
			refuse(r, 401, "");
		else if (model.n &&
			 str_find(query, STR("api-version=")) == SIZE_MAX)
			refuse(r, 404, "Resource not found");
		else
			routes[i].answer(d, in, model, r);
		return;
	}
	refuse(r, known ? 405 : 404, "");
}

/* life cycle -------------------------------------------------------------- */

static struct reply *reply_empty(struct demo *d)
{
	struct reply *r = mem_zalloc(sizeof(*r));

	r->number = ++d->requests;
	r->status = 200;
	r->type = "application/json";
	buf_init(&r->body, REPLY_BYTES);
	switches_init(&r->sw);
	return r;
}

struct reply *reply_new(struct demo *d, const struct http_in *in)
{
	struct reply *r = reply_empty(d);
	struct err e;

	journal_request(&d->journal, r->number, in);
	if (switches_apply(&r->sw, buf_str(&d->words), &e) < 0 ||
	    switches_apply(&r->sw, http_field(in, "x-demo"), &e) < 0)
		refuse(r, 400, e.message);
	else
		find_route(d, in, r);
	return r;
}

struct reply *reply_refusal(struct demo *d, const struct err *why)
{
	struct reply *r = reply_empty(d);

	r->sw.close = true;
	refuse(r, err_status(why->kind), why->message);
	return r;
}

void reply_free(struct reply *r)
{
	if (!r)
		return;
	answer_release(&r->answer);
	switches_release(&r->sw);
	buf_release(&r->body);
	mem_free(r);
}
