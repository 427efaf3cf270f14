/* When a key or an account was last used: a small row each. */
#ifndef STORE_LAST_USED_H
#define STORE_LAST_USED_H

#include <db.h>

#include "store/store.h"

enum last_used_of { LAST_USED_ACCOUNT = 'a', LAST_USED_KEY = 'k' };

/* Wall ms, 0: never. */
int last_used_get(struct store *s, enum last_used_of of, const char *id,
		  int64_t *wall_ms, struct err *e);
/* With a cursor of TABLE_LAST_USED; a time before the recorded one changes
 * nothing.  Returns what Berkeley DB returns. */
int last_used_raise(DBC *c, enum last_used_of of, const char *id,
		    int64_t wall_ms);

#endif
