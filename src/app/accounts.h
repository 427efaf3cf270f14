/* The accounts of the store, kept in step with the pool that chooses. */
#ifndef APP_ACCOUNTS_H
#define APP_ACCOUNTS_H

#include "app/app.h"
#include "store/account.h"

/* All of them into the pool; at start. */
int accounts_load(struct app *app, struct err *e);
/* Writes to the store, then to the pool.  a->id is set for a new one. */
int accounts_put(struct app *app, struct account *a, struct err *e);
int accounts_delete(struct app *app, const char *id, struct err *e);

#endif
