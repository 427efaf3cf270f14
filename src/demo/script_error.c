/* Errors as each dialect words them. */
#include "demo/script.h"

static const struct error_row {
	int status;
	const char *type, *anthropic, *message;
} rows[] = {
    {400, "BadRequestError", "invalid_request_error",
     "The request is not valid."},
    {401, "AuthenticationError", "authentication_error",
     "Incorrect API key provided."},
    {403, "PermissionDeniedError", "permission_error", "Access is denied."},
    {404, "NotFoundError", "not_found_error", "Not found."},
    {405, "MethodNotAllowedError", "invalid_request_error",
     "Method not allowed."},
    {413, "RequestTooLargeError", "request_too_large",
     "The body is too large."},
    {429, "RateLimitError", "rate_limit_error", "Too many requests."},
    {503, "ServiceUnavailableError", "overloaded_error",
     "The model is not ready."},
    {0, "InternalServerError", "api_error", "The demo was told to fail."},
};

void script_error(struct buf *out, enum dialect dialect, int status,
		  struct str message)
{
	const struct error_row *row = rows;

	while (row->status && row->status != status)
		row++;
	if (message.n == 0)
		message = str_of(row->message);
	if (dialect == DIALECT_MESSAGES) {
		buf_addf(out, "{\"type\":\"error\",\"error\":{\"type\":\"%s\"",
			 row->anthropic);
		buf_adds(out, ",\"message\":");
		buf_json(out, message);
		buf_adds(out, "}}");
		return;
	}
	buf_adds(out, "{\"error\":{\"message\":");
	buf_json(out, message);
	buf_addf(out, ",\"type\":\"%s\",\"param\":null,\"code\":%d}}",
		 row->type, status);
}
