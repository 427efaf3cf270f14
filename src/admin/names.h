/* Names of keys and accounts by their ids, for lists of requests. */
#ifndef ADMIN_NAMES_H
#define ADMIN_NAMES_H

#include "app/app.h"

struct names {
	struct account *accounts;
	struct api_key *keys;
	size_t naccounts, nkeys;
};

/* names_release() also after a failure. */
int names_load(struct app *app, struct names *out, struct err *e);
void names_release(struct names *n);
/* "" for what does not exist any more. */
const char *names_account(const struct names *n, const char *id);
const char *names_key(const struct names *n, const char *id);

#endif
