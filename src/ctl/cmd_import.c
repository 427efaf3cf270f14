/*
 * account import: one account for each model of a file such as
 * custom-models-config.json, {"models": [{name, endpoint, deployment, type,
 * mapping}]}.  A name that is there already is updated, so the file can be
 * imported again whenever it was changed.  Any other member of a model is a
 * field of the account, as it is.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "ctl/account_print.h"
#include "ctl/accounts.h"
#include "ctl/cmd.h"
#include "ctl/input.h"
#include "ctl/print.h"

enum { MODELS_MAX = 1000 };

static const struct {
	const char *type;
	bool vision;
} types[] = {{"vision", true}, {"chat", false}, {"code", false}};

static cJSON *take(cJSON *o, const char *key)
{
	return cJSON_DetachItemFromObjectCaseSensitive(o, key);
}

/* A request with images goes only to accounts that see. */
static int add_capabilities(cJSON *body, const cJSON *type, struct err *e)
{
	const char *word = cJSON_IsString(type) ? type->valuestring : "";
	cJSON *list;

	if (!type)
		return 0;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(word, types[i].type) != 0)
			continue;
		list = cJSON_AddArrayToObject(body, "capabilities");
		if (types[i].vision)
			cJSON_AddItemToArray(list,
					     cJSON_CreateString("vision"));
		cJSON_AddItemToArray(list, cJSON_CreateString("tools"));
		cJSON_AddItemToArray(list, cJSON_CreateString("thinking"));
		return 0;
	}
	return err_set(e, ERR_BAD_REQUEST, "type must be vision, chat or code");
}

/* Clients may ask for the model's own name and for those that it is mapped
 * to: one, or a list. */
static int add_models(cJSON *body, const cJSON *deployment,
		      const cJSON *mapping, struct err *e)
{
	cJSON *list;
	const cJSON *v;

	if (!mapping ||
	    cJSON_GetObjectItemCaseSensitive(body, "supportedModels"))
		return 0;
	if (!cJSON_IsString(mapping) && !cJSON_IsArray(mapping))
		return err_set(e, ERR_BAD_REQUEST,
			       "mapping must be a name or a list of names");
	list = cJSON_AddArrayToObject(body, "supportedModels");
	if (cJSON_IsString(deployment))
		cJSON_AddItemToArray(list, cJSON_Duplicate(deployment, false));
	if (cJSON_IsString(mapping))
		cJSON_AddItemToArray(list, cJSON_Duplicate(mapping, false));
	else
		cJSON_ArrayForEach(v, mapping)
		{
			cJSON_AddItemToArray(list, cJSON_Duplicate(v, false));
		}
	return 0;
}

/* The account of a model; NULL with *e. */
static cJSON *body_of(const cJSON *model, struct err *e)
{
	cJSON *body = cJSON_Duplicate(model, true), *type, *mapping, *name;
	cJSON *deployment;
	int rc;

	type = take(body, "type");
	mapping = take(body, "mapping");
	name = cJSON_GetObjectItemCaseSensitive(body, "name");
	deployment = take(body, "deployment");
	if (!cJSON_IsString(name) || !name->valuestring[0])
		rc = err_set(e, ERR_BAD_REQUEST, "a model needs a name");
	else
		rc = add_capabilities(body, type, e);
	if (rc == 0)
		rc = add_models(body, deployment, mapping, e);
	if (deployment)
		cJSON_AddItemToObject(body, "deploymentName", deployment);
	cJSON_Delete(type);
	cJSON_Delete(mapping);
	if (rc == 0)
		return body;
	cJSON_Delete(body);
	return NULL;
}

struct outcome {
	const char *what; /* "added", "updated" */
	cJSON *test;
};

/* The new account joins the others: the file may name it again. */
static int create(struct ctl *c, cJSON *body, cJSON *accounts,
		  struct outcome *out)
{
	const struct face *face = accounts_face("azure-openai");
	cJSON *answer, *data;
	int rc;

	accounts_name_endpoint(body, face);
	rc = ctl_call(c, "POST", face->path, body, &answer);
	if (rc != CTL_OK)
		return rc;
	out->what = "added";
	ctl_remark(answer);
	data = take(answer, "data");
	out->test = take(data, "test");
	cJSON_AddItemToArray(accounts, data);
	cJSON_Delete(answer);
	return CTL_OK;
}

static int update(struct ctl *c, const cJSON *account, cJSON *body,
		  struct outcome *out)
{
	char *path = accounts_path(account, "");
	char *test_path = accounts_path(account, "/test");
	cJSON *none = cJSON_CreateObject(), *answer;
	int rc;

	accounts_name_endpoint(
	    body, accounts_face(json_string_or(account, "platform", "")));
	rc = ctl_call(c, "PUT", path, body, &answer);
	if (rc == CTL_OK) {
		ctl_remark(answer);
		cJSON_Delete(answer);
		rc = ctl_call(c, "POST", test_path, none, &answer);
	}
	if (rc == CTL_OK) {
		out->what = "updated";
		out->test = take(answer, "data");
		cJSON_Delete(answer);
	}
	cJSON_Delete(none);
	mem_free(path);
	mem_free(test_path);
	return rc;
}

static void report(struct ctl *c, const char *name, struct outcome *out,
		   cJSON *results)
{
	cJSON *o = cJSON_CreateObject();
	struct buf line = BUF_INIT(16384);
	char *test = account_test_line(out->test);

	buf_addf(&line, "%s, test %s", out->what, test);
	if (!c->json)
		print_named(name, line.data);
	fflush(stdout);
	cJSON_AddStringToObject(o, "name", name);
	cJSON_AddStringToObject(o, "action", out->what);
	if (out->test)
		cJSON_AddItemToObject(o, "test", out->test);
	cJSON_AddItemToArray(results, o);
	mem_free(test);
	buf_release(&line);
}

static int store(struct ctl *c, const cJSON *model, cJSON *accounts,
		 struct outcome *out)
{
	const char *name = json_string_or(model, "name", "");
	const cJSON *account;
	size_t n = accounts_pick(accounts, name, &account);
	struct err e;
	cJSON *body = body_of(model, &e);
	int rc;

	if (body && n > 1) {
		cJSON_Delete(body);
		body = NULL;
		err_set(&e, ERR_CONFLICT, "%zu accounts have this name", n);
	}
	if (!body)
		return ctl_fail(&e);
	rc = n ? update(c, account, body, out) : create(c, body, accounts, out);
	cJSON_Delete(body);
	return rc;
}

/* A model that is refused does not stop the others. */
static int import_all(struct ctl *c, const cJSON *models, cJSON *accounts)
{
	cJSON *results = cJSON_CreateArray();
	int rc = CTL_OK, worst = CTL_OK;
	const cJSON *model;

	cJSON_ArrayForEach(model, models)
	{
		const char *name = json_string_or(model, "name", "(no name)");
		struct outcome out = {NULL, NULL};

		rc = store(c, model, accounts, &out);
		if (rc == CTL_OK)
			report(c, name, &out, results);
		else
			fprintf(stderr, "llmrelayctl: %s was not imported\n",
				name);
		worst = rc > worst ? rc : worst;
		if (rc == CTL_UNREACHABLE)
			break;
	}
	if (c->json)
		print_json(results);
	cJSON_Delete(results);
	return worst;
}

int ctl_account_import(struct ctl *c)
{
	const cJSON *models;
	struct err e;
	cJSON *file = input_json(c->argv[0], &e), *accounts;
	int rc;

	if (!file)
		return ctl_fail(&e);
	models = cJSON_IsArray(file)
		     ? file
		     : cJSON_GetObjectItemCaseSensitive(file, "models");
	if (!cJSON_IsArray(models) || cJSON_GetArraySize(models) > MODELS_MAX) {
		err_set(&e, ERR_BAD_REQUEST,
			"%s: must be {\"models\": [...]} with at most %d "
			"models",
			c->argv[0], MODELS_MAX);
		rc = ctl_fail(&e);
	} else {
		rc = accounts_all(c, &accounts);
		if (rc == CTL_OK) {
			rc = import_all(c, models, accounts);
			cJSON_Delete(accounts);
		}
	}
	cJSON_Delete(file);
	return rc;
}
