#include "proto/error_body.h"

/* What clients want to find beside some codes: the Anthropic SDK's tool runner
 * goes on without a thread when it reads this. */
static const struct {
	const char *code, *members;
} more_details[] = {
    {"thread_unsupported_request", ",\"unsupported\":[\"thread\"]"},
};

static void add_details(struct buf *out, struct str code)
{
	buf_adds(out, ",\"details\":{\"error_code\":");
	buf_json(out, code);
	for (size_t i = 0; i < sizeof(more_details) / sizeof(more_details[0]);
	     i++) {
		if (str_is(code, more_details[i].code))
			buf_adds(out, more_details[i].members);
	}
	buf_addc(out, '}');
}

void error_body_anthropic(struct buf *out, const struct err *e,
			  struct str request_id)
{
	buf_adds(out, "{\"type\":\"error\",\"error\":{\"type\":\"");
	buf_adds(out, err_type(e->kind));
	buf_adds(out, "\",\"message\":");
	buf_json(out, str_of(e->message));
	if (e->code[0])
		add_details(out, str_of(e->code));
	buf_addc(out, '}');
	if (request_id.n) {
		buf_adds(out, ",\"request_id\":");
		buf_json(out, request_id);
	}
	buf_addc(out, '}');
}

/* OpenAI's words; a code where its clients look for one. */
static const struct {
	const char *type, *code;
} kinds[] = {
    [ERR_NONE] = {"server_error", NULL},
    [ERR_BAD_REQUEST] = {"invalid_request_error", NULL},
    [ERR_AUTH] = {"invalid_request_error", "invalid_api_key"},
    [ERR_BILLING] = {"insufficient_quota", "insufficient_quota"},
    [ERR_FORBIDDEN] = {"invalid_request_error", "permission_denied"},
    [ERR_NOT_FOUND] = {"invalid_request_error", "model_not_found"},
    [ERR_METHOD] = {"invalid_request_error", "method_not_supported"},
    [ERR_CONFLICT] = {"invalid_request_error", "conflict"},
    [ERR_TOO_LARGE] = {"invalid_request_error", "request_too_large"},
    [ERR_MEDIA_TYPE] = {"invalid_request_error", "unsupported_media_type"},
    [ERR_RATE_LIMIT] = {"rate_limit_error", "rate_limit_exceeded"},
    [ERR_INTERNAL] = {"server_error", NULL},
    [ERR_UPSTREAM] = {"server_error", "upstream_error"},
    [ERR_UNAVAILABLE] = {"server_error", "unavailable"},
    [ERR_TIMEOUT] = {"server_error", "timeout"},
    [ERR_OVERLOADED] = {"server_error", "overloaded"},
};
_Static_assert(sizeof(kinds) / sizeof(kinds[0]) == ERR_KINDS, "one row a kind");

void error_body_openai(struct buf *out, const struct err *e)
{
	const char *code = e->code[0] ? e->code : kinds[e->kind].code;

	buf_adds(out, "{\"error\":{\"message\":");
	buf_json(out, str_of(e->message));
	buf_adds(out, ",\"type\":");
	buf_json(out, str_of(kinds[e->kind].type));
	buf_adds(out, ",\"param\":null,\"code\":");
	if (code)
		buf_json(out, str_of(code));
	else
		buf_adds(out, "null");
	buf_adds(out, "}}");
}
