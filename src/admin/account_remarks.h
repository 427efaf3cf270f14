/* What whoever wrote an account should be told besides that it was stored. */
#ifndef ADMIN_ACCOUNT_REMARKS_H
#define ADMIN_ACCOUNT_REMARKS_H

#include "admin/face.h"
#include "base/json.h"

/* Members of body that mean nothing to accounts of this face (unknown.h). */
cJSON *account_unknown(const cJSON *body, const cJSON *shown,
		       const struct face *face);
/* Behind the message: what a new account took because body did not say it. */
void account_remark_new(struct buf *out, const cJSON *body, const cJSON *shown,
			const struct face *face);

#endif
