#include "relay/messages.h"

#include "base/log.h"
#include "proto/token_estimate.h"
#include "relay/answer.h"
#include "relay/auth.h"
#include "relay/body.h"
#include "relay/exchange.h"
#include "relay/hold.h"
#include "relay/session_key.h"

static void fill_row(struct exchange *x, const struct api_key *key)
{
	struct ledger_row *row = &x->row;

	str_put(row->request_id, sizeof(row->request_id), str_of(x->req->id));
	str_put(row->key_id, sizeof(row->key_id), str_of(key->id));
	str_put(row->model, sizeof(row->model), x->chat.model);
	str_put(row->endpoint, sizeof(row->endpoint), STR("/v1/messages"));
	row->stream = x->chat.stream;
	row->started_ms = x->req->started_wall_ms;
	row->first_byte_ms = -1;
}

/* Memory for what reading a body of this length may take. */
static int take_memory(struct exchange *x, struct err *e)
{
	return hold_take(x->app, &x->held, hold_estimate(x->req->body.len), e);
}

static int read_request(struct exchange *x, const struct api_key *key,
			struct err *e)
{
	const struct settings *s = x->app->settings;
	struct anthropic_request_options options = {
	    .keep_attribution = !s->strip_attribution,
	    .strict_tool_pairs = s->strict_tool_pairs,
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

/* Everything that a worker does before the request goes to a loop. */
static int prepare(struct exchange *x, const struct api_key *key, struct err *e)
{
	if (read_request(x, key, e) < 0 ||
	    auth_model(key, x->chat.model, e) < 0 ||
	    admit_enter(x->app->admit, key->id, key->concurrency_limit,
			&x->caller, e) < 0)
		return -1;
	x->input_estimate = token_estimate_request(&x->chat);
	x->session = session_key(x->req, &x->doc, &x->chat, key->id);
	fill_row(x, key);
	if (exchange_choose(x, e) < 0)
		return -1;
	hold_set(x->app, &x->held,
		 (int64_t)(x->req->body.cap + x->upstream.cap +
			   x->doc.cap * sizeof(*x->doc.tok)));
	return store_inflight_add(x->app->store, &x->row, e);
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
	x = exchange_new(app, r);
	rc = prepare(x, &key, &e);
	api_key_release(&key);
	if (rc < 0) {
		answer_error(r, &e);
		x->req = NULL; /* the dispatcher's again */
		exchange_free(x);
		return ROUTE_ANSWERED;
	}
	exchange_start(x);
	return ROUTE_TAKEN;
}
