/*
 * The table of prices in memory.  What a request costs is decided when it ends:
 * by the price of its account, else by the table, under the name that was sent
 * to the backend, else under the one that the client asked for; else it is
 * unpriced and costs nothing.
 */
#ifndef APP_PRICES_H
#define APP_PRICES_H

#include "app/app.h"
#include "store/account.h"
#include "store/ledger.h"
#include "store/price.h"

struct prices;

struct prices *prices_new(void);
void prices_free(struct prices *p);
/* Reads the table anew: at the start, and after each change of it. */
int prices_load(struct app *app, struct err *e);

/* Of one request; false: nobody knows.  Safe on any thread. */
bool prices_find(struct app *app, const struct account *a,
		 const struct ledger_row *row, struct price *out);
/* By a model's name alone. */
bool prices_find_model(struct app *app, const char *model, struct price *out);

/* To the store, then here. */
int prices_put(struct app *app, struct model_price *list, size_t n,
	       struct err *e);
int prices_delete(struct app *app, const char *model, struct err *e);

#endif
