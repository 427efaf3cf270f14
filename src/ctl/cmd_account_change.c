/* Accounts made, changed, switched and taken away. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "ctl/account_print.h"
#include "ctl/accounts.h"
#include "ctl/cmd.h"
#include "ctl/print.h"

int ctl_account_add(struct ctl *c)
{
	cJSON *type = cJSON_DetachItemFromObjectCaseSensitive(c->body, "type");
	const struct face *face =
	    accounts_face(type ? type->valuestring : "azure-openai");
	const cJSON *data;
	cJSON *answer;
	char *line;
	int rc;

	cJSON_Delete(type);
	if (!face)
		return ctl_usage("--type is azure-openai, openai or "
				 "openai-responses");
	accounts_name_endpoint(c->body, face);
	cJSON_DeleteItemFromObjectCaseSensitive(c->body, "name");
	cJSON_AddStringToObject(c->body, "name", c->argv[0]);
	rc = ctl_call(c, "POST", face->path, c->body, &answer);
	if (rc != CTL_OK)
		return rc;
	data = cJSON_GetObjectItemCaseSensitive(answer, "data");
	line =
	    account_test_line(cJSON_GetObjectItemCaseSensitive(data, "test"));
	if (c->json) {
		print_json(data);
	} else {
		print_named("added", json_string_or(data, "id", ""));
		print_named("test", line);
	}
	ctl_remark(answer);
	mem_free(line);
	cJSON_Delete(answer);
	return CTL_OK;
}

/* tail: below the account's address. */
static int change(struct ctl *c, const char *method, const char *tail,
		  cJSON *body, const char *done)
{
	cJSON *account;
	char *path;
	int rc = accounts_find(c, c->argv[0], &account);

	if (rc != CTL_OK)
		return rc;
	path = accounts_path(account, tail);
	if (body)
		accounts_name_endpoint(
		    body, accounts_face(json_string_or(account, "platform",
						       "azure-openai")));
	rc = ctl_do(c, method, path, body, done);
	mem_free(path);
	cJSON_Delete(account);
	return rc;
}

int ctl_account_update(struct ctl *c)
{
	if (!c->body->child)
		return ctl_usage("say what to change: an option is needed");
	if (cJSON_GetObjectItemCaseSensitive(c->body, "type"))
		return ctl_usage("the type of an account stays what it is");
	return change(c, "PUT", "", c->body, "updated");
}

int ctl_account_delete(struct ctl *c)
{
	return change(c, "DELETE", "", NULL, "deleted");
}

int ctl_account_enable(struct ctl *c)
{
	cJSON_AddTrueToObject(c->body, "isActive");
	cJSON_AddTrueToObject(c->body, "schedulable");
	return change(c, "PUT", "", c->body, "enabled");
}

int ctl_account_reset(struct ctl *c)
{
	return change(c, "POST", "/reset-status", c->body, "reset");
}

int ctl_account_disable(struct ctl *c)
{
	cJSON_AddFalseToObject(c->body, "isActive");
	return change(c, "PUT", "", c->body, "disabled");
}
