/* Verifying passwords: slow on purpose, slower for guessers. */
#ifndef ADMIN_LOGIN_H
#define ADMIN_LOGIN_H

#include "app/app.h"
#include "store/admin.h"
#include "web/request.h"
#include "web/route.h"

/*
 * The admin with this name and password, or ERR_AUTH; ERR_RATE_LIMIT when the
 * name or the remote address has guessed wrong too often just now.  A name
 * that does not exist takes the same time and gives the same words.
 */
int login_verify(struct app *app, struct str remote, struct str username,
		 struct str password, struct admin *out, struct err *e);

/*
 * The pace of those who guess.  Each try begins with the first: ERR_RATE_LIMIT
 * when this address, or whoever tries this name, has to wait; what was right
 * ends with the second.
 */
int login_pace(struct str remote, struct str name, struct err *e);
void login_was_right(struct str remote, struct str name);

/* Logs the admin in: the answer has the token and sets the cookie. */
enum route_result login_start_session(struct app *app, struct request *r,
				      const char *username);
/* Who tried to get in; e NULL: and did. */
void login_log(const struct request *r, struct str username,
	       const struct err *e);

#endif
