/* Members of a request that mean nothing, and what may be meant by them. */
#ifndef ADMIN_UNKNOWN_H
#define ADMIN_UNKNOWN_H

#include "base/buf.h"
#include "base/json.h"

struct unknown_rules {
	const char *kind; /* of records, in the plural: "accounts" */
	/* Members that are objects whose members are ours too. */
	const char *const *nested;
	size_t nnested;
	/* What others call our fields; NULL: as it is called.  ctx is the
	 * caller's. */
	const char *(*alias)(const char *name, const void *ctx);
	const void *ctx;
};

/* A sentence for each of the first 20, as strings of an array (the caller's).
 * shown is the record as it is shown: its members are what there is. */
cJSON *unknown_fields(const cJSON *body, const cJSON *shown,
		      const struct unknown_rules *rules);
/* The same sentences behind a message. */
void unknown_remark(struct buf *out, const cJSON *unknown);
/* Into the record that is answered, as "warnings", when there are any; the list
 * is taken over. */
void unknown_attach(cJSON *data, cJSON *unknown);

#endif
