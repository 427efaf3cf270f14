/* What accounts, keys, admins and sessions have in common: JSON text under a
 * key, written durably one at a time, listed whole. */
#ifndef STORE_RECORDS_H
#define STORE_RECORDS_H

#include "base/buf.h"
#include "store/tables.h"
#include "store/txn.h"

int record_put(struct store *s, enum table t, struct str key, struct str text,
	       struct err *e);
/* The text under key in *text, which the caller has initialised; what ("The
 * account") begins the message of ERR_NOT_FOUND. */
int record_get(struct store *s, enum table t, struct str key, struct buf *text,
	       const char *what, struct err *e);
int record_delete(struct store *s, enum table t, struct str key,
		  const char *what, struct err *e);

struct record_kind {
	enum table table;
	size_t size; /* of the struct */
	int (*decode)(struct store *s, struct str text, void *out,
		      struct err *e);
	void (*release)(void *record);
	int (*compare)(const void *a, const void *b); /* order of lists */
};
/* All records, sorted.  What cannot be read is logged and left out. */
int record_list(struct store *s, const struct record_kind *kind, void **out,
		size_t *n, struct err *e);
void record_list_free(const struct record_kind *kind, void *list, size_t n);

/* For compare: by time, then by id. */
int record_order(int64_t ms_a, const char *id_a, int64_t ms_b,
		 const char *id_b);

#endif
