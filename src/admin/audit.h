/* Who changed what: written for each change that succeeded, and for logins. */
#ifndef ADMIN_AUDIT_H
#define ADMIN_AUDIT_H

#include "app/app.h"
#include "store/audit.h"
#include "web/request.h"

/* What the request says, before its handler may hand it on: no values but
 * `name`, `baseName`, `username` and `model`.  actor NULL: who wants to log in.
 */
void audit_begin(struct audit_entry *a, const struct request *r,
		 const char *actor);
/* Writes it; a failure is logged, since what is done is done. */
void audit_end(struct app *app, struct audit_entry *a, int status);

#endif
