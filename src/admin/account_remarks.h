/* What whoever wrote an account should be told besides that it was stored. */
#ifndef ADMIN_ACCOUNT_REMARKS_H
#define ADMIN_ACCOUNT_REMARKS_H

#include "admin/face.h"
#include "base/json.h"

/*
 * Members of body that mean nothing to accounts of this face, each in a
 * sentence with the name that may be meant, as strings of an array (the
 * caller's).  shown is the account as it is shown: its members are what there
 * is.
 */
cJSON *account_unknown(const cJSON *body, const cJSON *shown,
		       const struct face *face);
/* The message with the remarks, appended to out: of unknown (as above), and of
 * what a new account took because body did not say it. */
void account_remark(struct buf *out, const cJSON *unknown);
void account_remark_new(struct buf *out, const cJSON *body, const cJSON *shown,
			const struct face *face);

#endif
