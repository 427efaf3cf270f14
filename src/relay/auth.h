/* Who is asking: from the request's credential to the API key's record. */
#ifndef RELAY_AUTH_H
#define RELAY_AUTH_H

#include "app/app.h"
#include "store/api_key.h"
#include "web/request.h"

/*
 * x-api-key, `Authorization: Bearer` or api-key: any one that is valid counts
 * (messages-api §2).  *out is the caller's to release.  ERR_AUTH when there is
 * none, it is unknown, switched off, in the trash or expired.
 */
int auth_caller(struct app *app, const struct request *r, struct api_key *out,
		struct err *e);
/* The same for a key that was let in before and waited. */
int auth_usable(const struct api_key *key, struct err *e);
int auth_gone(struct err *e); /* it is no more: ERR_AUTH */
/* ERR_FORBIDDEN when the key may not ask for this model. */
int auth_model(const struct api_key *key, struct str model, struct err *e);

/* ERR_FORBIDDEN when the key is not for this client (its User-Agent). */
int auth_client(const struct api_key *key, const struct request *r,
		struct err *e);

#endif
