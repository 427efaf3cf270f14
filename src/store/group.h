/* Groups of accounts, which keys are bound to.  Who is in one, the accounts
 * say. */
#ifndef STORE_GROUP_H
#define STORE_GROUP_H

#include <stddef.h>

#include "store/store.h"

struct account_group {
	char id[STORE_ID_BYTES];
	char *name, *description;
	char *platform; /* a word for people: members are of any */
	int64_t created_ms, updated_ms; /* wall clock */
};

void group_release(struct account_group *g);

/* Inserts (id and created_ms are set when id is empty) or replaces. */
int store_group_put(struct store *s, struct account_group *g, struct err *e);
int store_group_get(struct store *s, const char *id, struct account_group *out,
		    struct err *e); /* ERR_NOT_FOUND */
int store_group_delete(struct store *s, const char *id, struct err *e);
/* Oldest first; for group_list_free(). */
int store_group_list(struct store *s, struct account_group **out, size_t *n,
		     struct err *e);
void group_list_free(struct account_group *list, size_t n);

#endif
