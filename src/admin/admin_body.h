/* What a request says of an administrator. */
#ifndef ADMIN_ADMIN_BODY_H
#define ADMIN_ADMIN_BODY_H

#include "base/json.h"
#include "store/admin.h"

/* ERR_BAD_REQUEST; operator and token:... are other kinds of callers, in
 * sessions and in the log; what is no single part of a path could not be
 * deleted. */
int admin_check_name(const char *username, struct err *e);
int admin_read_name(const cJSON *body, struct admin *a, struct err *e);
/* Hashes it, which is slow. */
int admin_read_password(const cJSON *body, struct admin *a, struct err *e);

#endif
