#include "admin/session.h"

#include <inttypes.h>
#include "base/clock.h"

static struct str bearer(struct request *r)
{
	struct str value = request_header(r, "authorization");

	if (!str_istarts(value, STR("Bearer ")))
		return STR_NONE;
	return str_trim(str_sub(value, 7, value.n));
}

struct str session_token(struct request *r, bool *by_cookie)
{
	struct str token = bearer(r);

	*by_cookie = false;
	if (!token.n)
		token = request_header(r, "x-admin-token");
	if (token.n)
		return arena_str(&r->arena, token);
	token = request_cookie(r, "admin_session");
	if (!token.n)
		token = request_cookie(r, "adminToken");
	*by_cookie = token.n > 0;
	return token.n ? token : STR_NONE;
}

int session_touch(struct app *app, struct admin_session *s, int64_t min_age_ms,
		  struct err *e)
{
	int64_t now_ms = clock_wall_ms();

	if (now_ms - s->active_ms < min_age_ms || !s->hash[0])
		return 0;
	s->active_ms = now_ms;
	return store_session_put(app->store, s, e);
}

struct str session_cookie(struct request *r, struct str token,
			  int64_t max_age_s)
{
	return arena_printf(&r->arena,
			    "admin_session=%.*s; HttpOnly; SameSite=Strict; "
			    "Path=/; Max-Age=%" PRId64 "%s",
			    STR_ARG(token), max_age_s,
			    r->https ? "; Secure" : "");
}
