/* Who asks: the credential of a request and the session behind it. */
#ifndef ADMIN_SESSION_H
#define ADMIN_SESSION_H

#include "app/app.h"
#include "app/session.h"
#include "store/admin.h"
#include "web/request.h"

/* What the names of sessions of admin tokens begin with: their own follow. */
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

/* active_ms becomes now; written when it is older than min_age_ms. */
int session_touch(struct app *app, struct admin_session *s, int64_t min_age_ms,
		  struct err *e);
/* The value of Set-Cookie; an empty token takes the cookie away. */
struct str session_cookie(struct request *r, struct str token,
			  int64_t max_age_s);

#endif
