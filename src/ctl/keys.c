#include "ctl/keys.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "ctl/path.h"
#include "ctl/print.h"

static char *page_path(const struct keys_page *at)
{
	char number[24];

	snprintf(number, sizeof(number), "%" PRId64, at->page);
	return path_of(at->by_use
			   ? "/admin/api-keys?pageSize=100&sortBy=lastUsedAt"
			     "&page=%s&search=%s"
			   : "/admin/api-keys?pageSize=100&page=%s&search=%s",
		       number, at->search);
}

int keys_next(struct ctl *c, struct keys_page *at, cJSON *list)
{
	cJSON *data, *items, *item;
	const cJSON *pages;
	char *path;
	int rc;

	at->page++;
	path = page_path(at);
	rc = ctl_get(c, path, &data);
	mem_free(path);
	if (rc != CTL_OK)
		return rc;
	items = cJSON_GetObjectItemCaseSensitive(data, "items");
	pages = cJSON_GetObjectItemCaseSensitive(data, "pagination");
	at->total = json_int_or(pages, "total", 0);
	at->done = at->page >= json_int_or(pages, "totalPages", 0) ||
		   cJSON_GetArraySize(items) == 0;
	while ((item = cJSON_DetachItemFromArray(items, 0)))
		cJSON_AddItemToArray(list, item);
	cJSON_Delete(data);
	return CTL_OK;
}

static int not_one(const cJSON *found, const char *word)
{
	int n = cJSON_GetArraySize(found);
	const cJSON *key;
	struct err e;

	if (n == 0)
		err_set(&e, ERR_NOT_FOUND, "no API key has the name or id %s",
			word);
	else
		err_set(&e, ERR_CONFLICT,
			"%d keys have the name %s: say which by its id", n,
			word);
	ctl_fail(&e);
	cJSON_ArrayForEach(key, found)
	{
		print_note(json_string_or(key, "id", ""));
	}
	return CTL_FAILED;
}

int keys_find(struct ctl *c, const char *word, cJSON **out)
{
	char *path =
	    path_of("/admin/api-keys?pageSize=100&named=%s", word, NULL);
	cJSON *data, *items, *key, *found = NULL;
	int rc;

	/* Without a name all of them would be meant. */
	rc = word[0] ? ctl_get(c, path, &data)
		     : ctl_usage("the name of a key is not empty");
	mem_free(path);
	if (rc != CTL_OK)
		return rc;
	items = cJSON_GetObjectItemCaseSensitive(data, "items");
	if (cJSON_GetArraySize(items) == 1)
		found = items->child;
	cJSON_ArrayForEach(key, items)
	{
		if (strcmp(json_string_or(key, "id", ""), word) == 0)
			found = key;
	}
	if (found)
		*out = cJSON_DetachItemViaPointer(items, found);
	else
		rc = not_one(items, word);
	cJSON_Delete(data);
	return rc;
}
