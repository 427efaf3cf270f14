#include "relay/openai.h"

#include "relay/answer.h"
#include "relay/auth.h"
#include "relay/body.h"
#include "relay/exchange.h"
#include "relay/hold.h"
#include "relay/session_key.h"

static const struct exchange_endpoint endpoints[] = {
    {"/v1/chat/completions", PASS_CHAT, BACKEND_CHAT, FACE_OPENAI},
    {"/v1/completions", PASS_COMPLETIONS, BACKEND_COMPLETIONS, FACE_OPENAI},
    {"/v1/embeddings", PASS_EMBEDDINGS, BACKEND_EMBEDDINGS, FACE_OPENAI},
    {"/v1/responses", PASS_RESPONSES, BACKEND_RESPONSES, FACE_OPENAI},
};

/* By the end of the path; the longest comes first. */
static const struct exchange_endpoint *endpoint_of(struct str path)
{
	size_t last = sizeof(endpoints) / sizeof(endpoints[0]) - 1, i = 0;

	while (i < last && !str_ends(path, str_of(endpoints[i].path + 3)))
		i++;
	return &endpoints[i];
}

static int prepare(struct exchange *x, const struct api_key *key, struct err *e)
{
	if (body_check(x->app, x->req, e) < 0 ||
	    hold_enter(x->app, &x->held, x->req->body.len, e) < 0 ||
	    pass_request_read(&x->chat, &x->more, &x->doc,
			      buf_str(&x->req->body), &x->scratch, e) < 0)
		return -1;
	x->input_estimate = x->more.input_estimate;
	if (x->endpoint->kind != PASS_EMBEDDINGS)
		x->session = session_key_openai(x->req, &x->doc, key->id);
	return exchange_enter(x, key, e);
}

enum route_result openai_create(struct app *app, struct request *r,
				const struct route_args *args)
{
	struct exchange *x;
	struct api_key key;
	struct err e;
	int rc;

	if (auth_caller(app, r, &key, &e) < 0) {
		answer_error(r, &e);
		return ROUTE_ANSWERED;
	}
	x = exchange_new(app, r, endpoint_of(r->path));
	if (args->n)
		x->more.path_model = args->arg[0];
	rc = prepare(x, &key, &e);
	api_key_release(&key);
	if (rc < 0) {
		exchange_answer_error(x, &e);
		return ROUTE_ANSWERED;
	}
	exchange_start(x);
	return ROUTE_TAKEN;
}
