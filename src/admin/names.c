#include "admin/names.h"

#include <stdlib.h>
#include <string.h>

#include "store/account.h"
#include "store/api_key.h"

static int by_account(const void *a, const void *b)
{
	return strcmp(((const struct account *)a)->id,
		      ((const struct account *)b)->id);
}

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct api_key *)a)->id,
		      ((const struct api_key *)b)->id);
}

int names_load(struct app *app, struct names *out, struct err *e)
{
	*out = (struct names){0};
	if (store_account_list(app->store, &out->accounts, &out->naccounts, e) <
		0 ||
	    store_api_key_list(app->store, &out->keys, &out->nkeys, e) < 0)
		return -1;
	if (out->naccounts)
		qsort(out->accounts, out->naccounts, sizeof(*out->accounts),
		      by_account);
	if (out->nkeys)
		qsort(out->keys, out->nkeys, sizeof(*out->keys), by_key);
	return 0;
}

void names_release(struct names *n)
{
	account_list_free(n->accounts, n->naccounts);
	api_key_list_free(n->keys, n->nkeys);
	*n = (struct names){0};
}

static int id_of_account(const void *id, const void *account)
{
	return strcmp(id, ((const struct account *)account)->id);
}

static int id_of_key(const void *id, const void *key)
{
	return strcmp(id, ((const struct api_key *)key)->id);
}

const char *names_account(const struct names *n, const char *id)
{
	const struct account *a =
	    n->naccounts ? bsearch(id, n->accounts, n->naccounts,
				   sizeof(*n->accounts), id_of_account)
			 : NULL;

	return a && a->name ? a->name : "";
}

const char *names_key(const struct names *n, const char *id)
{
	const struct api_key *k =
	    n->nkeys
		? bsearch(id, n->keys, n->nkeys, sizeof(*n->keys), id_of_key)
		: NULL;

	return k && k->name ? k->name : "";
}
