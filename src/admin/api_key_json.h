/* API keys from and to JSON (CRS 1.7). */
#ifndef ADMIN_API_KEY_JSON_H
#define ADMIN_API_KEY_JSON_H

#include "base/json.h"
#include "store/api_key.h"

/*
 * Changes only the fields that are there.  ERR_BAD_REQUEST names the field; k
 * is half changed then.  A limit that this version does not enforce is
 * refused: a key must never be wider than its owner was told.
 */
int api_key_read(struct api_key *k, const cJSON *body, struct err *e);
/* What was configured; never the key, only its hint. */
cJSON *api_key_write(const struct api_key *k);

#endif
