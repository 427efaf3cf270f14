#include "relay/messages.h"

#include "base/log.h"
#include "proto/token_estimate.h"
#include "relay/answer.h"
#include "relay/auth.h"
#include "relay/body.h"
#include "relay/exchange.h"
#include "relay/hold.h"
#include "relay/session_key.h"

static const struct exchange_endpoint endpoint = {
    "/v1/messages", PASS_MESSAGES, BACKEND_MESSAGES, FACE_MESSAGES};

/* Memory for what reading a body of this length may take. */
static int take_memory(struct exchange *x, struct err *e)
{
	return hold_enter(x->app, &x->held, x->req->body.len, e);
}

static int read_request(struct exchange *x, const struct api_key *key,
			struct err *e)
{
	const struct settings *s = x->app->settings;
	struct anthropic_request_options options = {
	    .keep_attribution = !s->strip_attribution,
	    .strict_tool_pairs = s->strict_tool_pairs,
	    .can_search = s->search_url[0] != '\0',
	};

	if (body_check(x->app, x->req, e) < 0 || take_memory(x, e) < 0 ||
	    thread_open(x->app, x->req, key, &x->doc, &x->thread, e) < 0)
		return -1;
	options.threaded = x->thread;
	/* The body has grown by what was kept of the conversation. */
	if (x->thread && take_memory(x, e) < 0)
		return -1;
	return anthropic_request_read(&x->chat, &x->doc, buf_str(&x->req->body),
				      &x->scratch, &options, e);
}

static bool has_native(const struct exchange *x, const struct api_key *key)
{
	struct pool_query q = {.model = x->chat.model,
			       .face = FACE_NATIVE,
			       .binding = key->binding};
	struct pool_view view;

	if (!pool_look(x->app->pool, &q, &view, 1))
		return false;
	pool_unview(x->app->pool, &view);
	return true;
}

/*
 * What cannot be translated (tools that Anthropic's servers run, say) may still
 * be passed on.  False: it cannot either.
 */
static bool read_native(struct exchange *x, const struct api_key *key)
{
	if (x->thread ||
	    pass_request_read(&x->chat, &x->more, &x->doc,
			      buf_str(&x->req->body), &x->scratch, NULL) < 0)
		return false;
	x->native = has_native(x, key);
	x->input_estimate = x->more.input_estimate;
	return x->native;
}

/* Everything that a worker does before the request goes to a loop. */
static int prepare(struct exchange *x, const struct api_key *key, struct err *e)
{
	if (read_request(x, key, e) == 0)
		x->input_estimate = token_estimate_request(&x->chat);
	else if (e->kind != ERR_BAD_REQUEST || !read_native(x, key))
		return -1;
	x->session = session_key(x->req, &x->doc, &x->chat, key->id);
	if (x->chat.search.wanted)
		x->search = search_new(x->app->settings, &x->chat);
	forwarded_keep(&x->forwarded, x->req);
	return exchange_enter(x, key, e);
}

enum route_result messages_create(struct app *app, struct request *r,
				  const struct route_args *args)
{
	struct exchange *x;
	struct api_key key;
	struct err e;
	int rc;

	(void)args;
	if (auth_caller(app, r, &key, &e) < 0) {
		answer_error(r, &e);
		return ROUTE_ANSWERED;
	}
	x = exchange_new(app, r, &endpoint);
	rc = prepare(x, &key, &e);
	api_key_release(&key);
	if (rc < 0) {
		exchange_answer_error(x, &e);
		return ROUTE_ANSWERED;
	}
	exchange_start(x);
	return ROUTE_TAKEN;
}
