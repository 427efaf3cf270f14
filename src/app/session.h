/* Who is an administrator: the token of a session, looked up. */
#ifndef APP_SESSION_H
#define APP_SESSION_H

#include "app/app.h"
#include "store/admin.h"

/* Whoever has the control token (app/control.h): the name in sessions and in
 * the log, which no administrator can have. */
#define SESSION_OPERATOR "operator"

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

#endif
