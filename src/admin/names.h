/* Names of keys and accounts by their ids, for lists of requests: read when
 * they are met first, and kept for the rows that follow. */
#ifndef ADMIN_NAMES_H
#define ADMIN_NAMES_H

#include "app/app.h"

struct names;

struct names *names_new(struct app *app);
void names_free(struct names *n); /* may be NULL */
/* "" for what does not exist any more; until the next call. */
const char *names_account(struct names *n, const char *id);
const char *names_key(struct names *n, const char *id);

#endif
