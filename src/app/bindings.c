#include "app/bindings.h"

#include <string.h>

#include "app/key_edit.h"
#include "base/mem.h"

enum { ID_SHOWN = 40 }; /* bytes of an id in a refusal */

static int check_group(struct app *app, const char *id, const char *field,
		       struct err *e)
{
	struct account_group g;
	char shown[ID_SHOWN + 1];

	if (strlen(id) < STORE_ID_BYTES &&
	    store_group_get(app->store, id, &g, e) == 0) {
		group_release(&g);
		return 0;
	}
	if (strlen(id) < STORE_ID_BYTES && e->kind != ERR_NOT_FOUND)
		return -1;
	str_put(shown, sizeof(shown), str_of(id));
	return err_set(e, ERR_BAD_REQUEST, "%s: there is no account group %s",
		       field, shown);
}

int bindings_check_account(struct app *app, const struct account *a,
			   struct err *e)
{
	if (strcmp(a->account_type, "group") == 0 && !a->ngroups)
		return err_set(e, ERR_BAD_REQUEST,
			       "Group ID is required for group type accounts "
			       "(groupIds)");
	for (size_t i = 0; i < a->ngroups; i++) {
		if (check_group(app, a->groups[i], "groupIds", e) < 0)
			return -1;
	}
	return 0;
}

static int check_account(struct app *app, const char *id, struct err *e)
{
	struct account a;
	char shown[ID_SHOWN + 1];
	bool is_group;

	str_put(shown, sizeof(shown), str_of(id));
	if (strlen(id) >= STORE_ID_BYTES ||
	    store_account_get(app->store, id, &a, e) < 0)
		return strlen(id) < STORE_ID_BYTES && e->kind != ERR_NOT_FOUND
			   ? -1
			   : err_set(e, ERR_BAD_REQUEST,
				     "The API key cannot be bound: there is no "
				     "account %s",
				     shown);
	is_group = strcmp(a.account_type, "group") == 0;
	account_release(&a);
	if (!is_group)
		return 0;
	return err_set(e, ERR_BAD_REQUEST,
		       "The API key cannot be bound to this account, which is "
		       "of accountType group: bind it to one of its groups "
		       "(group:<id>)");
}

int bindings_check_key(struct app *app, const struct api_key *k, struct err *e)
{
	static const size_t prefix = sizeof(POOL_GROUP_PREFIX) - 1;

	if (!k->binding || !k->binding[0])
		return 0;
	if (strncmp(k->binding, POOL_GROUP_PREFIX, prefix) == 0)
		return check_group(app, k->binding + prefix,
				   "The API key cannot be bound", e);
	return check_account(app, k->binding, e);
}

static bool is_bound(const struct api_key *k, const char *binding)
{
	return k->binding && strcmp(k->binding, binding) == 0;
}

static int unbind(struct api_key *k, void *ctx, struct err *e)
{
	(void)e;
	if (!is_bound(k, ctx))
		return 0;
	mem_free(k->binding);
	k->binding = NULL;
	return 0;
}

int bindings_unbind(struct app *app, const char *account_id, int64_t *n,
		    struct err *e)
{
	struct api_key *list, now;
	char id[STORE_ID_BYTES];
	size_t all;
	int rc = 0;

	*n = 0;
	str_put(id, sizeof(id), str_of(account_id));
	if (store_api_key_list(app->store, &list, &all, e) < 0)
		return -1;
	for (size_t i = 0; i < all && rc == 0; i++) {
		if (!is_bound(&list[i], id))
			continue;
		rc = key_edit(app, list[i].id, unbind, id, &now, e);
		if (rc < 0)
			break;
		*n += !now.deleted_ms;
		api_key_release(&now);
	}
	api_key_list_free(list, all);
	return rc;
}

static int count_accounts(struct app *app, const char *group, size_t *n,
			  struct err *e)
{
	struct account *list;
	size_t all;

	if (store_account_list(app->store, &list, &all, e) < 0)
		return -1;
	for (size_t i = 0; i < all; i++) {
		for (size_t j = 0; j < list[i].ngroups; j++)
			*n += strcmp(list[i].groups[j], group) == 0;
	}
	account_list_free(list, all);
	return 0;
}

static int count_keys(struct app *app, const char *group, size_t *n,
		      struct err *e)
{
	struct buf binding = BUF_INIT(128);
	const struct api_key *list;
	size_t all;

	if (store_api_keys_borrow(app->store, &list, &all, e) < 0)
		return -1;
	buf_addf(&binding, POOL_GROUP_PREFIX "%s", group);
	for (size_t i = 0; i < all; i++)
		*n += is_bound(&list[i], binding.data);
	store_api_keys_return(app->store);
	buf_release(&binding);
	return 0;
}

int bindings_drop_group(struct app *app, const char *id, struct err *e)
{
	size_t accounts = 0, keys = 0;

	if (count_accounts(app, id, &accounts, e) < 0 ||
	    count_keys(app, id, &keys, e) < 0)
		return -1;
	if (accounts || keys)
		return err_set(e, ERR_CONFLICT,
			       "The account group is in use: %zu accounts are "
			       "in it and %zu API keys are bound to it (the "
			       "trash counts)",
			       accounts, keys);
	return store_group_delete(app->store, id, e);
}
