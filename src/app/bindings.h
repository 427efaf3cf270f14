/* Which keys may use which accounts: groups, and keys bound to one of them or
 * to one account. */
#ifndef APP_BINDINGS_H
#define APP_BINDINGS_H

#include "app/app.h"
#include "store/account.h"
#include "store/api_key.h"
#include "store/group.h"

/* Every group of the account is there, and one that is for groups has some. */
int bindings_check_account(struct app *app, const struct account *a,
			   struct err *e);
/* What the key is bound to is there and takes it. */
int bindings_check_key(struct app *app, const struct api_key *k, struct err *e);

/* An account is gone: keys that were bound to it are bound no more; *n: how
 * many.  Those in the trash too, uncounted. */
int bindings_unbind(struct app *app, const char *account_id, int64_t *n,
		    struct err *e);
/* ERR_CONFLICT while an account or a key uses it.  Not while accounts or keys
 * are written. */
int bindings_drop_group(struct app *app, const char *id, struct err *e);

#endif
