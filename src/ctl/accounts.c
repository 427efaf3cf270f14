#include "ctl/accounts.h"

#include <string.h>

#include "base/mem.h"
#include "ctl/path.h"

int accounts_all(struct ctl *c, cJSON **list)
{
	int rc = CTL_OK;

	*list = cJSON_CreateArray();
	for (int p = 0; p < PLATFORMS && rc == CTL_OK; p++) {
		cJSON *data, *account;

		rc = ctl_get(c, face_of((enum account_platform)p)->path, &data);
		if (rc != CTL_OK)
			break;
		while ((account = cJSON_DetachItemFromArray(data, 0)))
			cJSON_AddItemToArray(*list, account);
		cJSON_Delete(data);
	}
	if (rc != CTL_OK) {
		cJSON_Delete(*list);
		*list = NULL;
	}
	return rc;
}

static bool is(const cJSON *account, const char *member, const char *word)
{
	return strcmp(json_string_or(account, member, ""), word) == 0;
}

size_t accounts_pick(const cJSON *list, const char *word, const cJSON **found)
{
	const cJSON *account;
	size_t n = 0;

	*found = NULL;
	cJSON_ArrayForEach(account, list)
	{
		if (is(account, "name", word)) {
			*found = account;
			n++;
		}
	}
	cJSON_ArrayForEach(account, list)
	{
		if (is(account, "id", word)) {
			*found = account;
			n = 1;
		}
	}
	return n;
}

int accounts_find(struct ctl *c, const char *word, cJSON **out)
{
	const cJSON *found;
	struct err e;
	cJSON *list;
	size_t n;
	int rc = accounts_all(c, &list);

	if (rc != CTL_OK)
		return rc;
	n = accounts_pick(list, word, &found);
	if (n == 1) {
		*out = cJSON_DetachItemViaPointer(list, (cJSON *)found);
	} else {
		if (n)
			err_set(&e, ERR_CONFLICT,
				"%zu accounts have the name %s: say which by "
				"its id (account list)",
				n, word);
		else
			err_set(&e, ERR_NOT_FOUND,
				"no account has the name or id %s", word);
		rc = ctl_fail(&e);
	}
	cJSON_Delete(list);
	return rc;
}

const struct face *accounts_face(const char *platform)
{
	for (int p = 0; p < PLATFORMS; p++) {
		const struct face *face = face_of((enum account_platform)p);

		if (strcmp(face->platform, platform) == 0)
			return face;
	}
	return NULL;
}

char *accounts_path(const cJSON *account, const char *tail)
{
	const struct face *face =
	    accounts_face(json_string_or(account, "platform", ""));
	struct buf out = BUF_INIT(1024);
	char *id = path_of("%s", json_string_or(account, "id", ""), NULL);

	buf_addf(&out, "%s/%s%s", face ? face->path : "", id, tail);
	mem_free(id);
	return buf_take(&out, NULL);
}

void accounts_name_endpoint(cJSON *body, const struct face *face)
{
	cJSON *endpoint =
	    cJSON_DetachItemFromObjectCaseSensitive(body, "endpoint");

	if (!endpoint)
		return;
	cJSON_DeleteItemFromObjectCaseSensitive(body, face->address_field);
	cJSON_AddItemToObject(body, face->address_field, endpoint);
}
