/* Accounts of all three faces (admin/face.h), and by name. */
#ifndef CTL_ACCOUNTS_H
#define CTL_ACCOUNTS_H

#include "admin/face.h"
#include "ctl/ctl.h"

/* Each has a "platform"; *list is to be deleted. */
int accounts_all(struct ctl *c, cJSON **list);
/* Those in the list with this name, or the one with this id; *found is one of
 * them. */
size_t accounts_pick(const cJSON *list, const char *word, const cJSON **found);
/* The one account with this name or id; *out is to be deleted. */
int accounts_find(struct ctl *c, const char *word, cJSON **out);

/* By the word in the JSON, "azure-openai"; NULL: there is no such face. */
const struct face *accounts_face(const char *platform);
/* The address of an account, and below it: "/test".  mem_free(). */
char *accounts_path(const cJSON *account, const char *tail);
/* The member "endpoint" under the name that it has in this face. */
void accounts_name_endpoint(cJSON *body, const struct face *face);

#endif
