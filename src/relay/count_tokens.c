#include "relay/count_tokens.h"

#include "proto/anthropic_request.h"
#include "proto/token_estimate.h"
#include "relay/answer.h"
#include "relay/auth.h"
#include "relay/body.h"

/* Says which way it was counted. */
static const struct response_header counted_by = {"x-llmrelay-count",
						  {"estimate", 8}};

static int count(struct app *app, struct request *r, int64_t *tokens,
		 struct err *e)
{
	struct anthropic_request_options options = {
	    .counting = true,
	    .keep_attribution = !app->settings->strip_attribution,
	};
	struct chat_request chat;
	struct arena scratch = ARENA_INIT;
	struct jdoc doc;
	int rc;

	jdoc_init(&doc);
	rc = anthropic_request_read(&chat, &doc, buf_str(&r->body), &scratch,
				    &options, e);
	if (rc == 0)
		*tokens = token_estimate_request(&chat);
	jdoc_release(&doc);
	arena_release(&scratch);
	return rc;
}

enum route_result count_tokens(struct app *app, struct request *r,
			       const struct route_args *args)
{
	struct buf body = BUF_INIT(64);
	struct api_key key;
	struct err e;
	int64_t tokens = 0;
	int rc = auth_caller(app, r, &key, &e);

	(void)args;
	if (rc == 0) {
		api_key_release(&key);
		rc = body_check(app, r, &e);
	}
	if (rc == 0)
		rc = count(app, r, &tokens, &e);
	if (rc < 0) {
		answer_error(r, &e);
		return ROUTE_ANSWERED;
	}
	buf_addf(&body, "{\"input_tokens\":%lld}", (long long)tokens);
	response_send(r, 200, "application/json", buf_str(&body), &counted_by,
		      1);
	buf_release(&body);
	return ROUTE_ANSWERED;
}
