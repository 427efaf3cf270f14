/* groupIds of accounts: the groups whose keys they serve. */
#include <string.h>

#include "admin/account_json.h"
#include "admin/field.h"
#include "base/mem.h"
#include "store/fields.h"

enum { GROUPS_MAX = 50 };

static void clear(struct account *a)
{
	texts_release(a->groups, a->ngroups);
	a->groups = NULL;
	a->ngroups = 0;
}

static bool has(const struct account *a, const char *id)
{
	for (size_t i = 0; i < a->ngroups; i++) {
		if (strcmp(a->groups[i], id) == 0)
			return true;
	}
	return false;
}

static int read_list(struct account *a, const cJSON *list, struct err *e)
{
	const cJSON *v;

	if (field_check_strings(list, "groupIds", GROUPS_MAX,
				STORE_ID_BYTES - 1, e) < 0)
		return -1;
	clear(a);
	a->groups =
	    mem_array((size_t)cJSON_GetArraySize(list), sizeof(*a->groups));
	cJSON_ArrayForEach(v, list)
	{
		if (!has(a, v->valuestring))
			a->groups[a->ngroups++] = mem_strdup(v->valuestring);
	}
	return 0;
}

/* CRS takes one as groupId too. */
static int read_single(struct account *a, const cJSON *body, struct err *e)
{
	char *id = NULL;

	if (json_read_string(body, "groupId", STORE_ID_BYTES - 1, &id, e) < 0)
		return -1;
	if (!id)
		return 0;
	clear(a);
	if (!id[0]) {
		mem_free(id);
		return 0;
	}
	a->groups = mem_array(1, sizeof(*a->groups));
	a->groups[a->ngroups++] = id;
	return 0;
}

int account_read_groups(struct account *a, const cJSON *body, struct err *e)
{
	const cJSON *list;
	int rc;

	if (json_read_array(body, "groupIds", &list, e) < 0)
		return -1;
	rc = list ? read_list(a, list, e) : read_single(a, body, e);
	/* Of no other account is it asked who is in a group. */
	if (rc == 0 && strcmp(a->account_type, "group") != 0)
		clear(a);
	return rc;
}

void account_write_groups(cJSON *o, const struct account *a)
{
	cJSON *list;

	cJSON_AddStringToObject(o, "groupId", a->ngroups ? a->groups[0] : "");
	list = cJSON_AddArrayToObject(o, "groupIds");
	for (size_t i = 0; i < a->ngroups; i++)
		cJSON_AddItemToArray(list, cJSON_CreateString(a->groups[i]));
}
