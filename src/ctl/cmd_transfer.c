/*
 * config export and import: account groups, accounts and prices as one file
 * without secrets.  Groups are found by their names, as accounts are, so that
 * an import can be repeated.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "ctl/accounts.h"
#include "ctl/cmd.h"
#include "ctl/input.h"
#include "ctl/print.h"

static const char groups_path[] = "/admin/account-groups";

/* export ------------------------------------------------------------------ */

static int add_from(struct ctl *c, cJSON *file, const char *name,
		    const char *path)
{
	cJSON *data;
	int rc = ctl_get(c, path, &data);

	if (rc == CTL_OK)
		cJSON_AddItemToObject(file, name, data);
	return rc;
}

static int add_accounts(struct ctl *c, cJSON *file)
{
	cJSON *accounts = cJSON_AddObjectToObject(file, "accounts");
	int rc = CTL_OK;

	for (int p = 0; p < PLATFORMS && rc == CTL_OK; p++) {
		const struct face *face = face_of((enum account_platform)p);
		struct buf path = BUF_INIT(1024);
		cJSON *data, *list;

		buf_addf(&path, "%s/export", face->path);
		rc = ctl_get(c, path.data, &data);
		buf_release(&path);
		if (rc != CTL_OK)
			break;
		list =
		    cJSON_DetachItemFromObjectCaseSensitive(data, "accounts");
		if (list)
			cJSON_AddItemToObject(accounts, face->platform, list);
		cJSON_Delete(data);
	}
	return rc;
}

int ctl_config_export(struct ctl *c)
{
	cJSON *file = cJSON_CreateObject();
	int rc;

	cJSON_AddStringToObject(file, "of", "llmrelay");
	cJSON_AddStringToObject(file, "version", PACKAGE_VERSION);
	rc = add_from(c, file, "groups", groups_path);
	if (rc == CTL_OK)
		rc = add_accounts(c, file);
	if (rc == CTL_OK)
		rc = add_from(c, file, "prices", "/admin/prices");
	if (rc == CTL_OK)
		print_json(file);
	cJSON_Delete(file);
	return rc;
}

/* import ------------------------------------------------------------------ */

static const cJSON *named(const cJSON *list, const char *member,
			  const char *text)
{
	const cJSON *o;

	cJSON_ArrayForEach(o, list)
	{
		if (strcmp(json_string_or(o, member, ""), text) == 0)
			return o;
	}
	return NULL;
}

/* The id that a group of the file has here, made when there is none of its
 * name. */
static int place_group(struct ctl *c, const cJSON *group, const cJSON *here,
		       cJSON *ids)
{
	const char *id = json_string_or(group, "id", "");
	const char *name = json_string_or(group, "name", "");
	const cJSON *found = named(here, "name", name), *data;
	cJSON *body, *answer;
	int rc;

	if (found) {
		cJSON_AddStringToObject(ids, id,
					json_string_or(found, "id", ""));
		return CTL_OK;
	}
	body = cJSON_CreateObject();
	cJSON_AddStringToObject(body, "name", name);
	cJSON_AddStringToObject(body, "description",
				json_string_or(group, "description", ""));
	cJSON_AddStringToObject(body, "platform",
				json_string_or(group, "platform", "openai"));
	rc = ctl_call(c, "POST", groups_path, body, &answer);
	cJSON_Delete(body);
	if (rc != CTL_OK)
		return rc;
	data = cJSON_GetObjectItemCaseSensitive(answer, "data");
	cJSON_AddStringToObject(ids, id, json_string_or(data, "id", ""));
	cJSON_Delete(answer);
	return CTL_OK;
}

/* {id of the file: id here} */
static int place_groups(struct ctl *c, const cJSON *file, cJSON *ids)
{
	const cJSON *group;
	cJSON *here;
	int rc = ctl_get(c, groups_path, &here);

	if (rc != CTL_OK)
		return rc;
	cJSON_ArrayForEach(group,
			   cJSON_GetObjectItemCaseSensitive(file, "groups"))
	{
		if (rc == CTL_OK)
			rc = place_group(c, group, here, ids);
	}
	cJSON_Delete(here);
	return rc;
}

static void rename_groups(cJSON *account, const cJSON *ids)
{
	const cJSON *old =
	    cJSON_GetObjectItemCaseSensitive(account, "groupIds");
	cJSON *list = cJSON_CreateArray();
	const cJSON *id;

	cJSON_ArrayForEach(id, old)
	{
		const char *text = cJSON_IsString(id) ? id->valuestring : "";

		cJSON_AddItemToArray(
		    list, cJSON_CreateString(json_string_or(ids, text, text)));
	}
	cJSON_DeleteItemFromObjectCaseSensitive(account, "groupId");
	cJSON_DeleteItemFromObjectCaseSensitive(account, "groupIds");
	cJSON_AddItemToObject(account, "groupIds", list);
}

/* A new account may lack what was not exported. */
static void report(const struct ctl *c, const cJSON *done, const cJSON *list)
{
	const cJSON *account;

	cJSON_ArrayForEach(account, done)
	{
		const char *name = json_string_or(account, "name", "");
		const char *action = json_string_or(account, "action", "");
		const cJSON *withheld = cJSON_GetObjectItemCaseSensitive(
		    named(list, "name", name), "withheld");
		struct buf note = BUF_INIT(4096);
		char *what;

		if (!c->json)
			print_named(name, action);
		if (!withheld || strcmp(action, "created") != 0)
			continue;
		what = print_text(withheld, COLUMN_PLAIN);
		buf_addf(&note, "%s: the file does not have its %s", name,
			 what);
		print_note(note.data ? note.data : name);
		mem_free(what);
		buf_release(&note);
	}
}

static int import_face(struct ctl *c, const struct face *face, cJSON *list,
		       const cJSON *ids)
{
	struct buf path = BUF_INIT(1024);
	cJSON *body = cJSON_CreateObject(), *answer, *account;
	const cJSON *data;
	int rc;

	cJSON_ArrayForEach(account, list) rename_groups(account, ids);
	cJSON_AddItemReferenceToObject(body, "accounts", list);
	buf_addf(&path, "%s/import", face->path);
	rc = ctl_call(c, "POST", path.data, body, &answer);
	buf_release(&path);
	cJSON_Delete(body);
	if (rc != CTL_OK)
		return rc;
	data = cJSON_GetObjectItemCaseSensitive(answer, "data");
	report(c, cJSON_GetObjectItemCaseSensitive(data, "accounts"), list);
	cJSON_Delete(answer);
	return CTL_OK;
}

static int import_accounts(struct ctl *c, const cJSON *file, const cJSON *ids)
{
	const cJSON *accounts =
	    cJSON_GetObjectItemCaseSensitive(file, "accounts");
	int rc = CTL_OK;

	for (int p = 0; p < PLATFORMS && rc == CTL_OK; p++) {
		const struct face *face = face_of((enum account_platform)p);
		cJSON *list =
		    cJSON_GetObjectItemCaseSensitive(accounts, face->platform);

		if (list && list->child)
			rc = import_face(c, face, list, ids);
	}
	return rc;
}

static int import_prices(struct ctl *c, const cJSON *file)
{
	cJSON *list = cJSON_GetObjectItemCaseSensitive(file, "prices");
	cJSON *body = cJSON_CreateObject(), *answer;
	int rc = CTL_OK;

	cJSON_AddItemReferenceToObject(body, "prices", list);
	if (list && list->child) {
		rc = ctl_call(c, "POST", "/admin/prices/import", body, &answer);
		if (rc == CTL_OK)
			cJSON_Delete(answer);
	}
	cJSON_Delete(body);
	return rc;
}

int ctl_config_import(struct ctl *c)
{
	cJSON *file, *ids;
	struct err e;
	int rc;

	file = input_json(c->argv[0], &e);
	if (!file)
		return ctl_fail(&e);
	if (strcmp(json_string_or(file, "of", ""), "llmrelay") != 0) {
		cJSON_Delete(file);
		err_set(&e, ERR_BAD_REQUEST,
			"%s: not what config export prints", c->argv[0]);
		return ctl_fail(&e);
	}
	ids = cJSON_CreateObject();
	rc = place_groups(c, file, ids);
	if (rc == CTL_OK)
		rc = import_accounts(c, file, ids);
	if (rc == CTL_OK)
		rc = import_prices(c, file);
	if (rc == CTL_OK && !c->json)
		print_line("imported");
	cJSON_Delete(ids);
	cJSON_Delete(file);
	return rc;
}
