#include "relay/body.h"

int body_check(const struct app *app, const struct request *r, struct err *e)
{
	int64_t max = app->settings->max_body_bytes;

	if (r->body_too_large || (int64_t)r->body.len > max)
		return err_set(e, ERR_TOO_LARGE,
			       "Request exceeds the maximum size of %lld bytes",
			       (long long)max);
	if (r->body_truncated)
		return err_set(e, ERR_BAD_REQUEST,
			       "The request body is shorter than its "
			       "Content-Length");
	return 0;
}
