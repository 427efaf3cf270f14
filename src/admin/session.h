/* Who asks: the credential of a request and the session behind it. */
#ifndef ADMIN_SESSION_H
#define ADMIN_SESSION_H

#include "app/app.h"
#include "store/admin.h"
#include "web/request.h"

/* Whoever has the control token (app/control.h): the name in sessions and in
 * the log, which no administrator can have. */
#define SESSION_OPERATOR "operator"
/* The same for admin tokens: followed by their names. */
#define SESSION_TOKEN_PREFIX "token:"

struct caller { /* request->caller of routes that need a session */
	struct admin_session session;
	struct str token;
};

/*
 * The token that came with the request: Authorization: Bearer, x-admin-token,
 * else the cookie admin_session or adminToken.  p == NULL: none.
 */
struct str session_token(struct request *r, bool *by_cookie);

/* Why a request is not let in, in the words that scripts know. */
struct session_refusal {
	const char *error, *message;
};

/*
 * Looks the token up and fills *out.  0; -1 with *why when it is no live
 * session, or with *e filled when the store failed (why->error is NULL then).
 */
int session_check(struct app *app, struct str token, struct admin_session *out,
		  struct session_refusal *why, struct err *e);
/* active_ms becomes now; written when it is older than min_age_ms. */
int session_touch(struct app *app, struct admin_session *s, int64_t min_age_ms,
		  struct err *e);
/* The value of Set-Cookie; an empty token takes the cookie away. */
struct str session_cookie(struct request *r, struct str token,
			  int64_t max_age_s);

#endif
