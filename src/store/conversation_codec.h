/* The records of conversations as bytes. */
#ifndef STORE_CONVERSATION_CODEC_H
#define STORE_CONVERSATION_CODEC_H

#include "store/conversation.h"
#include "store/pack.h"

enum {
	CONVERSATION_HEAD_BYTES = 1 + 8 + 1 + STORE_ID_BYTES,
	CONVERSATION_KEY_BYTES = 8 + CONVERSATION_ID_BYTES,
	CONVERSATION_SIZE_BYTES = 8
};

/* What stands before the sealed text. */
struct conversation_head {
	int64_t stored_ms;
	char key_id[STORE_ID_BYTES];
};
struct str conversation_head_encode(const struct conversation_head *head,
				    unsigned char out[CONVERSATION_HEAD_BYTES]);
/* 0 with the sealed text in *sealed, or -1 when the bytes are no record. */
int conversation_head_decode(struct str bytes, struct conversation_head *out,
			     struct str *sealed);

/* The index by time: when and which -> bytes of the record. */
struct str conversation_key(const struct conversation_ref *at,
			    unsigned char out[CONVERSATION_KEY_BYTES]);
int conversation_key_decode(struct str bytes, struct conversation_ref *out);
struct str conversation_size(int64_t bytes,
			     unsigned char out[CONVERSATION_SIZE_BYTES]);
int64_t conversation_size_decode(struct str bytes); /* 0 when it is none */

#endif
