/* The limits of a key: its rules, and what it used before this process. */
#ifndef APP_KEY_LIMITS_H
#define APP_KEY_LIMITS_H

#include "app/app.h"
#include "store/api_key.h"

void key_limits_rules(const struct api_key *k, struct limit_rules *out);
/* Reads the ledger and the counters; done once for each key and length of
 * window. */
int key_limits_load(struct app *app, const struct limit_query *q,
		    struct err *e);
/* What it has used now, read if it was not known: for display. */
int key_limits_spent(struct app *app, const struct api_key *k,
		     struct limit_spent *out, struct err *e);

#endif
