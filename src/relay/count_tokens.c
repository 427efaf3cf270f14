#include "relay/count_tokens.h"

#include "proto/token_estimate.h"
#include "relay/answer.h"
#include "relay/auth.h"
#include "relay/body.h"
#include "relay/count.h"
#include "relay/hold.h"

static int read_request(struct count *c, const struct api_key *key,
			struct err *e)
{
	const struct settings *s = c->app->settings;
	struct anthropic_request_options options = {
	    .counting = true,
	    .keep_attribution = !s->strip_attribution,
	    .can_search = s->search_url[0] != '\0',
	};

	if (body_check(c->app, c->req, e) < 0 ||
	    hold_enter(c->app, &c->held, c->req->body.len, e) < 0 ||
	    anthropic_request_read(&c->chat, &c->doc, buf_str(&c->req->body),
				   &c->scratch, &options, e) < 0)
		return -1;
	if (auth_client(key, c->req, e) < 0)
		return -1;
	return auth_model(key, c->chat.model, e);
}

static void answer_estimate(struct request *r, int64_t tokens)
{
	struct response_header by = {count_header, STR("estimate")};
	struct buf body = BUF_INIT(64);

	count_body(&body, tokens);
	response_send(r, 200, "application/json", buf_str(&body), &by, 1);
	buf_release(&body);
}

enum route_result count_tokens(struct app *app, struct request *r,
			       const struct route_args *args)
{
	struct api_key key;
	struct count *c;
	struct err e;
	int rc;

	(void)args;
	if (auth_caller(app, r, &key, &e) < 0) {
		answer_error(r, &e);
		return ROUTE_ANSWERED;
	}
	c = count_new(app, r);
	rc = read_request(c, &key, &e);
	if (rc == 0) {
		c->tokens = token_estimate_request(&c->chat);
		count_find_sources(c, key.binding);
	}
	api_key_release(&key);
	if (c->nsources) {
		forwarded_keep(&c->forwarded, r);
		count_write(c);
		count_start(c);
		return ROUTE_TAKEN;
	}
	if (rc < 0)
		answer_error(r, &e);
	else
		answer_estimate(r, c->tokens);
	c->req = NULL; /* the dispatcher's again */
	count_free(c);
	return ROUTE_ANSWERED;
}
