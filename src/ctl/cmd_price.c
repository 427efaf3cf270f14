/* price: the table of prices by model. */
#include "base/mem.h"
#include "ctl/cmd.h"
#include "ctl/input.h"
#include "ctl/path.h"
#include "ctl/print.h"

static const struct column columns[] = {
    {"MODEL", "model", COLUMN_PLAIN},
    {"INPUT", "input", COLUMN_PLAIN},
    {"OUTPUT", "output", COLUMN_PLAIN},
    {"CACHE READ", "cacheRead", COLUMN_PLAIN},
    {"CACHE WRITE", "cacheWrite", COLUMN_PLAIN},
    {"CHANGED", "updatedAt", COLUMN_TIME},
};

int ctl_price_list(struct ctl *c)
{
	return ctl_show_list(c, "/admin/prices", columns,
			     sizeof(columns) / sizeof(columns[0]));
}

int ctl_price_set(struct ctl *c)
{
	cJSON_AddStringToObject(c->body, "model", c->argv[0]);
	return ctl_do(c, "POST", "/admin/prices", c->body, "set");
}

int ctl_price_remove(struct ctl *c)
{
	char *path = path_of("/admin/prices?model=%s", c->argv[0], NULL);
	int rc = ctl_do(c, "DELETE", path, NULL, "removed");

	mem_free(path);
	return rc;
}

/* A list alone is one of prices, as price list --json prints it. */
int ctl_price_import(struct ctl *c)
{
	struct buf done = BUF_INIT(64);
	cJSON *file, *body, *answer;
	const cJSON *data;
	struct err e;
	int rc;

	file = input_json(c->argv[0], &e);
	if (!file)
		return ctl_fail(&e);
	body = file;
	if (cJSON_IsArray(file)) {
		body = cJSON_CreateObject();
		cJSON_AddItemToObject(body, "prices", file);
	}
	rc = ctl_call(c, "POST", "/admin/prices/import", body, &answer);
	cJSON_Delete(body);
	if (rc != CTL_OK)
		return rc;
	data = cJSON_GetObjectItemCaseSensitive(answer, "data");
	buf_addf(&done, "%lld prices",
		 (long long)json_int_or(data, "imported", 0));
	if (c->json)
		print_json(data);
	else
		print_named("imported", done.data);
	buf_release(&done);
	cJSON_Delete(answer);
	return CTL_OK;
}
