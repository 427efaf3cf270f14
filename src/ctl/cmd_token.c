#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "ctl/cmd.h"
#include "ctl/path.h"
#include "ctl/print.h"

static const struct column columns[] = {
    {"NAME", "name", COLUMN_PLAIN},
    {"KIND", "kind", COLUMN_PLAIN},
    {"CREATED", "createdAt", COLUMN_TIME},
    {"USED", "lastUsedAt", COLUMN_TIME},
    {"EXPIRES", "expiresAt", COLUMN_TIME},
    {"FROM", "remote", COLUMN_PLAIN},
    {"ID", "id", COLUMN_PLAIN},
};

int ctl_token_create(struct ctl *c)
{
	const cJSON *data;
	cJSON *answer;
	int rc;

	cJSON_AddStringToObject(c->body, "name", c->argv[0]);
	rc = ctl_call(c, "POST", "/admin/tokens", c->body, &answer);
	if (rc != CTL_OK)
		return rc;
	data = cJSON_GetObjectItemCaseSensitive(answer, "data");
	if (c->json) {
		print_json(data);
	} else {
		print_line(json_string_or(data, "token", ""));
		fputs("It is not shown again. Scripts send it as "
		      "'Authorization: Bearer TOKEN'; it may\n"
		      "do what an administrator may, but for making "
		      "administrators and tokens.\n",
		      stderr);
	}
	cJSON_Delete(answer);
	return CTL_OK;
}

int ctl_token_list(struct ctl *c)
{
	return ctl_show_list(c, "/admin/tokens", columns,
			     sizeof(columns) / sizeof(columns[0]));
}

/* By the name of a token, or by the id of a token or session. */
static bool is_meant(const cJSON *token, const char *word)
{
	return strcmp(json_string_or(token, "id", ""), word) == 0 ||
	       (strcmp(json_string_or(token, "kind", ""), "token") == 0 &&
		strcmp(json_string_or(token, "name", ""), word) == 0);
}

/* Tokens that older releases made may share a name: all of them go. */
int ctl_token_revoke(struct ctl *c)
{
	const cJSON *token;
	struct err e;
	size_t n = 0;
	cJSON *data;
	int rc = ctl_get(c, "/admin/tokens", &data);

	if (rc != CTL_OK)
		return rc;
	cJSON_ArrayForEach(token, data)
	{
		char *path;

		if (rc != CTL_OK || !is_meant(token, c->argv[0]))
			continue;
		n++;
		path = path_of("/admin/tokens/%s",
			       json_string_or(token, "id", ""), NULL);
		rc = ctl_do(c, "DELETE", path, NULL, "revoked");
		mem_free(path);
	}
	cJSON_Delete(data);
	if (n || rc != CTL_OK)
		return rc;
	err_set(&e, ERR_NOT_FOUND, "no token has the name or id %s",
		c->argv[0]);
	return ctl_fail(&e);
}
