#include "store/conversation_codec.h"

#include <string.h>

enum { HEAD_VERSION = 1 };

struct str conversation_head_encode(const struct conversation_head *head,
				    unsigned char out[CONVERSATION_HEAD_BYTES])
{
	struct pack w = {out, 0, CONVERSATION_HEAD_BYTES};

	pack_u8(&w, HEAD_VERSION);
	pack_i64(&w, head->stored_ms);
	pack_id(&w, head->key_id, sizeof(head->key_id));
	return pack_str(&w);
}

int conversation_head_decode(struct str bytes, struct conversation_head *out,
			     struct str *sealed)
{
	struct unpack r = {(const unsigned char *)bytes.p, bytes.n, false};
	struct conversation_head head;

	memset(&head, 0, sizeof(head));
	if (unpack_u8(&r) != HEAD_VERSION)
		return -1;
	head.stored_ms = unpack_i64(&r);
	unpack_id(&r, head.key_id, sizeof(head.key_id));
	if (r.bad)
		return -1;
	*out = head;
	*sealed = (struct str){(const char *)r.p, r.n};
	return 0;
}

struct str conversation_key(const struct conversation_ref *at,
			    unsigned char out[CONVERSATION_KEY_BYTES])
{
	struct pack w = {out, 0, CONVERSATION_KEY_BYTES};

	pack_time_be(&w, at->stored_ms);
	pack_textz(&w, at->id, sizeof(at->id));
	return pack_str(&w);
}

int conversation_key_decode(struct str bytes, struct conversation_ref *out)
{
	struct unpack r = {(const unsigned char *)bytes.p, bytes.n, false};
	struct conversation_ref at;

	memset(&at, 0, sizeof(at));
	at.stored_ms = unpack_time_be(&r);
	unpack_textz(&r, at.id, sizeof(at.id));
	if (unpack_end(&r) < 0)
		return -1;
	*out = at;
	return 0;
}

struct str conversation_size(int64_t bytes,
			     unsigned char out[CONVERSATION_SIZE_BYTES])
{
	struct pack w = {out, 0, CONVERSATION_SIZE_BYTES};

	pack_i64(&w, bytes);
	return pack_str(&w);
}

int64_t conversation_size_decode(struct str bytes)
{
	struct unpack r = {(const unsigned char *)bytes.p, bytes.n, false};
	int64_t size = unpack_i64(&r);

	return unpack_end(&r) < 0 || size < 0 ? 0 : size;
}
