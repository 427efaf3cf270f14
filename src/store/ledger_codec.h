/* Ledger rows and their keys as bytes. */
#ifndef STORE_LEDGER_CODEC_H
#define STORE_LEDGER_CODEC_H

#include "store/ledger.h"
#include "store/pack.h"

enum {
	LEDGER_RECORD_BYTES = 1532, /* ceiling of an encoded row */
	LEDGER_KEY_BYTES = 8 + LEDGER_ID_BYTES,
	LEDGER_INDEX_BYTES = 1 + STORE_ID_BYTES + LEDGER_KEY_BYTES
};

struct str ledger_encode(const struct ledger_row *row,
			 unsigned char out[LEDGER_RECORD_BYTES]);
/* 0, or -1 when the bytes are no row; *out is filled only with 0. */
int ledger_decode(struct str bytes, struct ledger_row *out);

/* Time and request id: the order of the ledger. */
struct str ledger_key(int64_t started_ms, const char *request_id,
		      unsigned char out[LEDGER_KEY_BYTES]);
/* Key or account id before the ledger key: the order of the indexes. */
struct str ledger_index_key(const char *id, struct str ledger_key,
			    unsigned char out[LEDGER_INDEX_BYTES]);

#endif
