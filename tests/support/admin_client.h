/* An administrator's client, for tests: JSON in, JSON out. */
#ifndef SUPPORT_ADMIN_CLIENT_H
#define SUPPORT_ADMIN_CLIENT_H

#include "base/json.h"
#include "tests/support/app_dir.h"
#include "tests/support/fcgi_client.h"

/* Makes the administrator root with the password "correct horse", and a token
 * of its own for the calls below. */
void admin_client_start(struct app_dir *d);

/* The header line with that token, for calls made by hand. */
const char *admin_authorization(void);
/* A call with that token.  The answer's body; the caller deletes it. */
cJSON *admin_call(struct app_dir *d, const char *method, const char *uri,
		  const char *body, int *status);
/* The same, checking status, and what stands at `path` ("data.test.ok", "" for
 * the whole) as compact JSON. */
void admin_check(struct app_dir *d, const char *request, const char *body,
		 int status, const char *path, const char *json);
/* The same for a call made by hand. */
void admin_check_call(struct app_dir *d, const struct fcgi_call *call,
		      int status, const char *path, const char *json);
/* The text of a member found by its path, copied; mem_free(). */
char *admin_text(const cJSON *tree, const char *path);

#endif
