/* What administrators changed, and who logged in: one record each. */
#ifndef STORE_AUDIT_H
#define STORE_AUDIT_H

#include <stddef.h>

#include "store/store.h"

struct audit_entry {
	int64_t id; /* microseconds since 1970, made unique; by store_audit_add
		       when 0 */
	char actor[80]; /* administrator, token:NAME, operator */
	char remote[64];
	char method[16];
	char path[256];
	char name[132];	  /* of what it is about, where the request says it */
	char fields[512]; /* names of those in the request; never values */
	int64_t status;	  /* of the answer */
};

/* On disk when it returns. */
int store_audit_add(struct store *s, struct audit_entry *v, struct err *e);
/* The newest before that id (0: of all), at most max; mem_free(*out). */
int store_audit_list(struct store *s, int64_t before_id, size_t max,
		     struct audit_entry **out, size_t *n, struct err *e);
/* Removes at most max of those that are older. */
int store_audit_prune(struct store *s, int64_t before_ms, size_t max,
		      size_t *removed, struct err *e);

#endif
