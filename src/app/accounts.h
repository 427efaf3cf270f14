/* The accounts of the store, kept in step with the pool that chooses. */
#ifndef APP_ACCOUNTS_H
#define APP_ACCOUNTS_H

#include "app/app.h"
#include "store/account.h"

/* All of them into the pool; at start. */
int accounts_load(struct app *app, struct err *e);
/* All of them again, since the settings that they carry have changed. */
int accounts_renew(struct app *app, struct err *e);
/* Writes to the store, then to the pool.  a->id is set for a new one. */
int accounts_put(struct app *app, struct account *a, struct err *e);
/* What is sent for the entry of a->models, past their end for any other name;
 * NULL: the name as it was asked for.  Borrowed from a. */
const char *accounts_sent_model(const struct account *a, size_t model);
/* *unbound: keys that were bound to it and are not any more. */
int accounts_delete(struct app *app, const char *id, int64_t *unbound,
		    struct err *e);
/* ERR_CONFLICT while it is used; in step with accounts_put(). */
int accounts_drop_group(struct app *app, const char *id, struct err *e);

#endif
