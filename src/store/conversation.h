/*
 * Conversations that are kept between the requests of a client (message
 * threads): JSON text, sealed, under the id of the answer that ends it.
 * Committed like counters: they survive the death of the process.
 */
#ifndef STORE_CONVERSATION_H
#define STORE_CONVERSATION_H

#include <stddef.h>

#include "base/buf.h"
#include "store/store.h"

enum { CONVERSATION_ID_BYTES = 32 };

/* Where one lies. */
struct conversation_ref {
	char id[CONVERSATION_ID_BYTES]; /* "msg_..." */
	int64_t stored_ms;		/* wall clock */
};

struct conversation {
	struct conversation_ref at;
	const struct conversation_ref *previous; /* makes place; NULL: none */
	const char *key_id;			 /* whose it is */
	struct str text;
};

/* The oldest go when all of them are larger than total_bytes; the one that is
 * stored stays. */
int store_conversation_put(struct store *s, const struct conversation *c,
			   int64_t total_bytes, struct err *e);
struct conversation_query {
	struct str id;
	const char *key_id;
	int64_t not_before_ms; /* older ones count as gone */
};
/* Appends the text and fills *at.  ERR_NOT_FOUND when there is none of that id,
 * when it is another key's, or too old: the caller cannot tell which. */
int store_conversation_get(struct store *s, const struct conversation_query *q,
			   struct buf *text, struct conversation_ref *at,
			   struct err *e);
/* Removes those that were stored before before_ms, at most max of them. */
int store_conversation_prune(struct store *s, int64_t before_ms, size_t max,
			     size_t *removed, struct err *e);
/* What all of them take, in bytes. */
int64_t store_conversation_bytes(const struct store *s);

#endif
