/*
 * The first administrator, made by whoever has the code that the operator was
 * shown.  All of it is closed once there is an administrator: looking and
 * writing are one transaction.
 */
#ifndef STORE_FIRST_ADMIN_H
#define STORE_FIRST_ADMIN_H

#include "store/admin.h"

/* Wrong codes before the right one does not count any more. */
enum { FIRST_ADMIN_TRIES = 10 };

/* The code by its hash, instead of the one before.  ERR_CONFLICT. */
int store_setup_code_put(struct store *s, const char *hash, int64_t expires_ms,
			 struct err *e);
/*
 * Is that the code?  ERR_CONFLICT when there is an administrator; ERR_AUTH when
 * the code is wrong (which is counted), expired, used or void.  With first, it
 * is used up and first is written; without, it stays.
 */
int store_setup_code_use(struct store *s, const char *hash, int64_t now_ms,
			 const struct admin *first, struct err *e);

#endif
