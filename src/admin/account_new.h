/* A new account from what an admin sent. */
#ifndef ADMIN_ACCOUNT_NEW_H
#define ADMIN_ACCOUNT_NEW_H

#include "app/app.h"
#include "base/json.h"
#include "store/account.h"

/*
 * Fills *a (account_release, also after -1), which is not stored yet.  Where a
 * face lets the address be left out, openai_endpoints of the configuration
 * says it for the account's models, else the face's default.
 */
int account_new(struct app *app, enum account_platform platform,
		const cJSON *body, struct account *a, struct err *e);

#endif
