#include "app/session.h"

#include "app/control.h"
#include "base/clock.h"

enum { TOKEN_MIN = 32, TOKEN_MAX = 512, HOUR_MS = 3600 * 1000 };

static int refuse(struct session_refusal *why, const char *error,
		  const char *message)
{
	*why = (struct session_refusal){error, message};
	return -1;
}

static bool is_idle(const struct app *app, const struct admin_session *s,
		    int64_t now_ms)
{
	int64_t idle_ms = app->settings->session_idle_hours * HOUR_MS;

	return s->kind == SESSION_LOGIN && now_ms - s->active_ms > idle_ms;
}

/* Not in the store: it lives as long as the process. */
static void operator_session(struct admin_session *out, int64_t now_ms)
{
	*out = (struct admin_session){.kind = SESSION_LOGIN,
				      .username = SESSION_OPERATOR,
				      .created_ms = now_ms,
				      .active_ms = now_ms};
}

int session_check(struct app *app, struct str token, struct admin_session *out,
		  struct session_refusal *why, struct err *e)
{
	int64_t now_ms = clock_wall_ms();
	char hash[SECRET_HASH_HEX];

	*why = (struct session_refusal){NULL, NULL};
	if (!token.n)
		return refuse(why, "Missing admin token",
			      "Please provide an admin token");
	if (token.n < TOKEN_MIN || token.n > TOKEN_MAX)
		return refuse(why, "Invalid admin token format",
			      "Admin token format is invalid");
	if (control_matches(app, token)) {
		operator_session(out, now_ms);
		return 0;
	}
	secret_hash(&app->keys, token, hash);
	if (store_session_get(app->store, hash, out, e) < 0)
		return e->kind == ERR_NOT_FOUND
			   ? refuse(why, "Invalid admin token",
				    "Invalid or expired admin session")
			   : -1;
	if (out->expires_ms && now_ms >= out->expires_ms)
		return refuse(why, "Invalid admin token",
			      "Invalid or expired admin session");
	if (is_idle(app, out, now_ms))
		return refuse(why, "Session expired",
			      "Admin session has expired due to inactivity");
	return 0;
}
