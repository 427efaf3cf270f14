#include "relay/debug.h"

#include "app/session.h"
#include "relay/exchange.h"

bool debug_wanted(struct app *app, const struct request *r)
{
	struct str token = str_trim(request_header(r, "x-admin-token"));
	struct session_refusal why;
	struct admin_session session;
	struct err e;

	return str_is(str_trim(request_header(r, "x-llmrelay-debug")), "1") &&
	       session_check(app, token, &session, &why, &e) == 0;
}

size_t debug_header(const struct exchange *x, struct response_header *out)
{
	if (!x->explains || x->working || !x->row.why[0])
		return 0;
	*out = (struct response_header){"x-llmrelay-why", str_of(x->row.why)};
	return 1;
}
