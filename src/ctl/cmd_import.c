/*
 * account import and export.  The interface knows the files and finds accounts
 * by their names, so that an import can be repeated; here each account that it
 * made or changed is tested and reported.
 */

#include "base/mem.h"
#include "ctl/account_print.h"
#include "ctl/accounts.h"
#include "ctl/cmd.h"
#include "ctl/input.h"
#include "ctl/path.h"
#include "ctl/print.h"

static const struct face *face_asked_for(struct ctl *c)
{
	const char *type = json_string_or(c->body, "type", "azure-openai");
	const struct face *face = accounts_face(type);

	if (!face)
		ctl_usage("--type is azure-openai, openai or openai-responses");
	return face;
}

/* The file as the interface takes it: a list alone is one of models. */
static cJSON *read_file(const char *path, struct err *e)
{
	cJSON *file = input_json(path, e), *o;

	if (!cJSON_IsArray(file))
		return file;
	o = cJSON_CreateObject();
	cJSON_AddItemToObject(o, "models", file);
	return o;
}

static int post(struct ctl *c, const struct face *face, const char *tail,
		const cJSON *body, cJSON **answer)
{
	struct buf path = BUF_INIT(1024);
	int rc;

	buf_addf(&path, "%s%s", face->path, tail);
	rc = ctl_call(c, "POST", path.data, body, answer);
	buf_release(&path);
	return rc;
}

/* {id, name, action} gets a test. */
static int test_one(struct ctl *c, const struct face *face, cJSON *account)
{
	char *tail =
	    path_of("/%s/test", json_string_or(account, "id", ""), NULL);
	cJSON *body = cJSON_CreateObject(), *answer, *test;
	struct buf line = BUF_INIT(16384);
	char *words;
	int rc = post(c, face, tail, body, &answer);

	mem_free(tail);
	cJSON_Delete(body);
	if (rc != CTL_OK)
		return rc;
	test = cJSON_DetachItemFromObjectCaseSensitive(answer, "data");
	words = account_test_line(test);
	buf_addf(&line, "%s, test %s", json_string_or(account, "action", ""),
		 words);
	if (test)
		cJSON_AddItemToObject(account, "test", test);
	if (!c->json)
		print_named(json_string_or(account, "name", ""), line.data);
	mem_free(words);
	buf_release(&line);
	cJSON_Delete(answer);
	return CTL_OK;
}

static void print_warnings(const cJSON *data)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(data, "warnings");
	const cJSON *v;

	cJSON_ArrayForEach(v, list)
	{
		if (cJSON_IsString(v))
			print_note(v->valuestring);
	}
}

int ctl_account_import(struct ctl *c)
{
	const struct face *face = face_asked_for(c);
	cJSON *file, *answer, *list, *account;
	const cJSON *data;
	struct err e;
	int rc;

	if (!face)
		return CTL_USAGE;
	file = read_file(c->argv[0], &e);
	if (!file)
		return ctl_fail(&e);
	rc = post(c, face, "/import", file, &answer);
	cJSON_Delete(file);
	if (rc != CTL_OK)
		return rc;
	data = cJSON_GetObjectItemCaseSensitive(answer, "data");
	print_warnings(data);
	list = cJSON_GetObjectItemCaseSensitive(data, "accounts");
	cJSON_ArrayForEach(account, list)
	{
		if (rc == CTL_OK)
			rc = test_one(c, face, account);
	}
	if (rc == CTL_OK && c->json)
		print_json(list);
	cJSON_Delete(answer);
	return rc;
}

int ctl_account_export(struct ctl *c)
{
	const struct face *face = face_asked_for(c);
	struct buf path = BUF_INIT(1024);
	cJSON *data;
	int rc;

	if (!face)
		return CTL_USAGE;
	buf_addf(&path, "%s/export", face->path);
	rc = ctl_get(c, path.data, &data);
	buf_release(&path);
	if (rc != CTL_OK)
		return rc;
	print_json(data);
	cJSON_Delete(data);
	return CTL_OK;
}
