/* Accounts as the text of their records. */
#ifndef STORE_ACCOUNT_CODEC_H
#define STORE_ACCOUNT_CODEC_H

#include "store/account.h"

/* The credential is sealed and bound to the account's id. */
int account_encode(const struct account *a, const struct secret_keys *keys,
		   struct buf *out, struct err *e);
/* Fills *out, which the caller has not initialised; on -1 it is empty. */
int account_decode(struct str text, const struct secret_keys *keys,
		   struct account *out, struct err *e);

#endif
