#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "ctl/cmd.h"
#include "ctl/keys.h"
#include "ctl/path.h"
#include "ctl/print.h"

enum { LIST_DEFAULT = 500 };

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const struct column list_columns[] = {
    {"NAME", "name", COLUMN_PLAIN},
    {"KEY", "apiKey", COLUMN_PLAIN},
    {"STATUS", "status", COLUMN_PLAIN},
    {"IN FLIGHT", "currentConcurrency", COLUMN_PLAIN},
    {"REQUESTS", "usage.total.requests", COLUMN_PLAIN},
    {"TOKENS", "usage.total.allTokens", COLUMN_PLAIN},
    {"USED", "lastUsedAt", COLUMN_TIME},
    {"EXPIRES", "expiresAt", COLUMN_TIME},
    {"ID", "id", COLUMN_PLAIN},
};

static const struct column fields[] = {
    {"id", "id", COLUMN_PLAIN},
    {"name", "name", COLUMN_PLAIN},
    {"description", "description", COLUMN_PLAIN},
    {"key", "apiKey", COLUMN_PLAIN},
    {"status", "status", COLUMN_PLAIN},
    {"tags", "tags", COLUMN_PLAIN},
    {"models", "allowedModels", COLUMN_ANY},
    {"not models", "restrictedModels", COLUMN_PLAIN},
    {"concurrency", "concurrencyLimit", COLUMN_LIMIT},
    {"in flight", "currentConcurrency", COLUMN_PLAIN},
    {"window, minutes", "rateLimitWindow", COLUMN_LIMIT},
    {"window requests", "rateLimitRequests", COLUMN_LIMIT},
    {"window tokens", "tokenLimit", COLUMN_LIMIT},
    {"window cost", "rateLimitCost", COLUMN_LIMIT},
    {"daily cost", "dailyCostLimit", COLUMN_LIMIT},
    {"total cost", "totalCostLimit", COLUMN_LIMIT},
    {"expires", "expiresAt", COLUMN_TIME},
    {"created", "createdAt", COLUMN_TIME},
    {"changed", "updatedAt", COLUMN_TIME},
    {"used", "lastUsedAt", COLUMN_TIME},
    {"requests today", "usage.daily.requests", COLUMN_PLAIN},
    {"tokens today", "usage.daily.allTokens", COLUMN_PLAIN},
    {"requests", "usage.total.requests", COLUMN_PLAIN},
    {"tokens", "usage.total.allTokens", COLUMN_PLAIN},
    {"cost", "usage.total.cost", COLUMN_PLAIN},
};

int ctl_key_create(struct ctl *c)
{
	const cJSON *data;
	cJSON *answer;
	int rc;

	cJSON_DeleteItemFromObjectCaseSensitive(c->body, "name");
	cJSON_AddStringToObject(c->body, "name", c->argv[0]);
	rc = ctl_call(c, "POST", "/admin/api-keys", c->body, &answer);
	if (rc != CTL_OK)
		return rc;
	data = cJSON_GetObjectItemCaseSensitive(answer, "data");
	if (c->json) {
		print_json(data);
	} else {
		print_line(json_string_or(data, "apiKey", ""));
		fputs("The key is not shown again. Clients send it as "
		      "x-api-key or 'Authorization: Bearer'.\n",
		      stderr);
	}
	ctl_remark(answer);
	cJSON_Delete(answer);
	return CTL_OK;
}

int ctl_key_list(struct ctl *c)
{
	const char *search = json_string_or(c->body, "search", "");
	size_t limit = (size_t)json_int_or(c->body, "limit", LIST_DEFAULT);
	struct keys_page at = {.search = search};
	cJSON *all = cJSON_CreateArray();
	int rc = CTL_OK;

	while (rc == CTL_OK && !at.done &&
	       (size_t)cJSON_GetArraySize(all) < limit)
		rc = keys_next(c, &at, all);
	while ((size_t)cJSON_GetArraySize(all) > limit)
		cJSON_DeleteItemFromArray(all, (int)limit);
	if (rc == CTL_OK && c->json)
		print_json(all);
	else if (rc == CTL_OK)
		print_table(all, list_columns, COUNT(list_columns));
	if (rc == CTL_OK && at.total > (int64_t)limit)
		fprintf(stderr,
			"The newest %zu of %lld; --limit N shows more, "
			"--search TEXT others.\n",
			limit, (long long)at.total);
	cJSON_Delete(all);
	return rc;
}

int ctl_key_show(struct ctl *c)
{
	cJSON *key;
	int rc = keys_find(c, c->argv[0], &key);

	if (rc != CTL_OK)
		return rc;
	if (c->json)
		print_json(key);
	else
		print_fields(key, fields, COUNT(fields));
	cJSON_Delete(key);
	return CTL_OK;
}

static int change(struct ctl *c, const char *method, const cJSON *body,
		  const char *done)
{
	cJSON *key;
	char *path;
	int rc = keys_find(c, c->argv[0], &key);

	if (rc != CTL_OK)
		return rc;
	path =
	    path_of("/admin/api-keys/%s", json_string_or(key, "id", ""), NULL);
	rc = ctl_do(c, method, path, body, done);
	mem_free(path);
	cJSON_Delete(key);
	return rc;
}

int ctl_key_update(struct ctl *c)
{
	if (!c->body->child)
		return ctl_usage("say what to change: an option is needed");
	return change(c, "PUT", c->body, "updated");
}

int ctl_key_delete(struct ctl *c)
{
	return change(c, "DELETE", NULL, "deleted");
}
