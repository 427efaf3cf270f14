#include "relay/answer.h"

#include "proto/error_body.h"

enum { BODY_BYTES = 16 * 1024 };

bool answer_is_openai(struct str path)
{
	static const char *const endpoints[] = {
	    "/v1/chat/completions", "/v1/completions", "/v1/embeddings",
	    "/v1/responses"};

	if (str_starts(path, STR("/openai/")) ||
	    str_starts(path, STR("/azure/")))
		return true;
	for (size_t i = 0; i < sizeof(endpoints) / sizeof(endpoints[0]); i++) {
		if (str_is(path, endpoints[i]))
			return true;
	}
	return false;
}

int answer_status(struct str path, const struct err *e)
{
	if (e->kind == ERR_OVERLOADED && answer_is_openai(path))
		return err_status(ERR_UNAVAILABLE);
	return err_status(e->kind);
}

void answer_error_body(struct buf *out, struct str path, const struct err *e,
		       struct str request_id)
{
	if (answer_is_openai(path))
		error_body_openai(out, e);
	else
		error_body_anthropic(out, e, request_id);
}

/* The list of models is one for both: who names no version of Anthropic's and
 * no x-api-key is taken for a client of OpenAI's. */
static bool is_openai_client(const struct request *r)
{
	return str_starts(r->path, STR("/v1/models")) &&
	       request_header(r, "authorization").n &&
	       !request_header(r, "anthropic-version").n &&
	       !request_header(r, "x-api-key").n;
}

void answer_error(struct request *r, const struct err *e)
{
	answer_error_with(r, e, NULL, 0);
}

void answer_error_with(struct request *r, const struct err *e,
		       const struct response_header *more, size_t nmore)
{
	struct buf body = BUF_INIT(BODY_BYTES);
	struct response_header headers[RESPONSE_ERROR_HEADERS + 1];
	size_t n = response_error_headers(e, &r->arena, headers);

	if (nmore)
		headers[n++] = *more;
	if (is_openai_client(r))
		error_body_openai(&body, e);
	else
		answer_error_body(&body, r->path, e, str_of(r->id));
	response_send(r, answer_status(r->path, e), "application/json",
		      buf_str(&body), headers, n);
	buf_release(&body);
}

void answer_json(struct request *r, int status, struct str body)
{
	response_send(r, status, "application/json", body, NULL, 0);
}
