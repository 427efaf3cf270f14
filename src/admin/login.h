/* Verifying passwords: slow on purpose, slower for guessers. */
#ifndef ADMIN_LOGIN_H
#define ADMIN_LOGIN_H

#include "app/app.h"
#include "store/admin.h"

/*
 * The admin with this name and password, or ERR_AUTH; ERR_RATE_LIMIT when the
 * name or the remote address has guessed wrong too often just now.  A name
 * that does not exist takes the same time and gives the same words.
 */
int login_verify(struct app *app, struct str remote, struct str username,
		 struct str password, struct admin *out, struct err *e);

#endif
