/* Accounts read, changed and written as one step, by whoever changes them. */
#ifndef ADMIN_ACCOUNT_EDIT_H
#define ADMIN_ACCOUNT_EDIT_H

#include "app/app.h"
#include "base/json.h"
#include "store/account.h"

/*
 * Reads the account, lets change() alter it and writes it, with no other edit
 * in between.  *out is the result (account_release).  change() returns -1 to
 * leave things as they were.
 */
int account_edit(struct app *app, const char *id,
		 int (*change)(struct account *a, void *ctx, struct err *e),
		 void *ctx, struct account *out, struct err *e);
/* *unbound: as accounts_delete() says. */
int account_drop(struct app *app, const char *id, int64_t *unbound,
		 struct err *e);
/* The account as admins see it, with what is known of it just now. */
cJSON *account_show(struct app *app, const struct account *a);

/* account_learned.c: the member "learned". */
void account_write_learned(cJSON *o, struct app *app, const struct account *a);
/* The backend's name for the model that an account is tested with, NULL when
 * it depends on what is asked. */
const char *account_model(const struct account *a);

#endif
