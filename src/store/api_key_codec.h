/* API keys as the text of their records. */
#ifndef STORE_API_KEY_CODEC_H
#define STORE_API_KEY_CODEC_H

#include "store/api_key.h"

int api_key_encode(const struct api_key *k, struct buf *out, struct err *e);
/* Fills *out, which the caller has not initialised; on -1 it is empty. */
int api_key_decode(struct str text, struct api_key *out, struct err *e);
/* The hash in the text of a record: 0, or -1 when it has none. */
int api_key_hash_of(struct str text, char out[SECRET_HASH_HEX]);

#endif
