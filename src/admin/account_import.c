/*
 * Many accounts at once (admin-api.md, Accounts): the guide's
 * custom-models-config.json, or what export gave.  By name, so that a second
 * import changes instead of adding; all entries are checked before the first
 * is written.
 */
#include <pthread.h>
#include <string.h>

#include "admin/account_edit.h"
#include "admin/account_json.h"
#include "admin/account_new.h"
#include "admin/account_remarks.h"
#include "admin/face.h"
#include "admin/reply.h"
#include "admin/routes.h"
#include "app/accounts.h"
#include "base/mem.h"

enum { ENTRIES_MAX = 500 };

struct entry {
	cJSON *body;		 /* as for a single account */
	const char *name;	 /* in body */
	char id[STORE_ID_BYTES]; /* of the account that is there; "": new */
};

struct import {
	struct app *app;
	enum account_platform platform;
	const char *list; /* "models" or "accounts" */
	struct entry *entries;
	size_t n, created;
	cJSON *warnings;
};

/* Two imports must not both find that a name is not there. */
static pthread_mutex_t imports = PTHREAD_MUTEX_INITIALIZER;

static int at_entry(const struct import *im, size_t i, struct err *e)
{
	struct err inner = *e;

	return err_set(e, inner.kind, "%s[%zu]: %s", im->list, i,
		       inner.message);
}

static void rename_member(cJSON *o, const char *from, const char *to)
{
	cJSON *v = cJSON_DetachItemFromObjectCaseSensitive(o, from);

	if (!v)
		return;
	cJSON_DeleteItemFromObjectCaseSensitive(o, to);
	cJSON_AddItemToObject(o, to, v);
}

/* The guide's kinds of models: only some of them see images. */
static int take_type(cJSON *o, struct err *e)
{
	static const struct {
		const char *type, *capabilities;
	} types[] = {
	    {"vision", "[\"vision\",\"tools\",\"thinking\"]"},
	    {"chat", "[\"tools\",\"thinking\"]"},
	    {"code", "[\"tools\",\"thinking\"]"},
	};
	cJSON *v = cJSON_DetachItemFromObjectCaseSensitive(o, "type");
	const char *word = cJSON_IsString(v) ? v->valuestring : "";
	bool known = !v;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(word, types[i].type) != 0)
			continue;
		known = true;
		cJSON_AddItemToObject(
		    o, "capabilities",
		    json_parse(str_of(types[i].capabilities), NULL));
	}
	cJSON_Delete(v);
	return known ? 0
		     : err_set(e, ERR_BAD_REQUEST,
			       "type must be one of vision, chat, code");
}

/* One name, as the guide has it, is a list of one. */
static void take_mapping(cJSON *o)
{
	cJSON *v = cJSON_DetachItemFromObjectCaseSensitive(o, "mapping");
	cJSON *list;

	if (!v)
		return;
	cJSON_DeleteItemFromObjectCaseSensitive(o, "supportedModels");
	if (cJSON_IsString(v)) {
		list = cJSON_AddArrayToObject(o, "supportedModels");
		cJSON_AddItemToArray(list, v);
	} else {
		cJSON_AddItemToObject(o, "supportedModels", v);
	}
}

/* An entry of the guide's file, as the body of an account. */
static int from_guide(const struct face *face, cJSON *o, struct err *e)
{
	rename_member(o, "endpoint", face->address_field);
	rename_member(o, "deployment", "deploymentName");
	take_mapping(o);
	return take_type(o, e);
}

static bool is_guide(const struct import *im)
{
	return strcmp(im->list, "models") == 0;
}

static const cJSON *list_of(struct import *im, const cJSON *body, struct err *e)
{
	static const char *const names[] = {"models", "accounts"};
	const cJSON *list = NULL;

	for (size_t i = 0; i < 2 && !list; i++) {
		im->list = names[i];
		list = cJSON_GetObjectItemCaseSensitive(body, names[i]);
	}
	if (!cJSON_IsArray(list) || !list->child ||
	    cJSON_GetArraySize(list) > ENTRIES_MAX) {
		err_set(e, ERR_BAD_REQUEST,
			"models (as in custom-models-config.json) or accounts "
			"(as exported) must be a list of 1 to %d entries",
			ENTRIES_MAX);
		return NULL;
	}
	return list;
}

static int add_entry(struct import *im, const cJSON *v, struct err *e)
{
	struct entry *entry = &im->entries[im->n];

	if (!cJSON_IsObject(v))
		return err_set(e, ERR_BAD_REQUEST, "must be an object");
	entry->body = cJSON_Duplicate(v, true);
	im->n++;
	cJSON_DeleteItemFromObjectCaseSensitive(entry->body, "withheld");
	if (is_guide(im) &&
	    from_guide(face_of(im->platform), entry->body, e) < 0)
		return -1;
	entry->name = json_string_or(entry->body, "name", "");
	for (size_t i = 0; i + 1 < im->n; i++) {
		if (strcmp(im->entries[i].name, entry->name) == 0)
			return err_set(e, ERR_BAD_REQUEST,
				       "the name is that of %s[%zu]", im->list,
				       i);
	}
	return 0;
}

static int read_entries(struct import *im, const cJSON *body, struct err *e)
{
	const cJSON *list = list_of(im, body, e), *v;

	if (!list)
		return -1;
	im->entries =
	    mem_array((size_t)cJSON_GetArraySize(list), sizeof(*im->entries));
	cJSON_ArrayForEach(v, list)
	{
		size_t i = im->n;

		if (add_entry(im, v, e) < 0)
			return at_entry(im, i, e);
	}
	return 0;
}

/* Which account of this face has the name, and that only one has. */
static int find_account(const struct import *im, struct entry *entry,
			const struct account *list, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		if (list[i].platform != im->platform ||
		    strcmp(list[i].name, entry->name) != 0)
			continue;
		if (entry->id[0])
			return err_set(e, ERR_CONFLICT,
				       "several accounts have the name %s",
				       entry->name);
		memcpy(entry->id, list[i].id, sizeof(entry->id));
	}
	return 0;
}

static void add_warnings(struct import *im, size_t i, const struct account *a)
{
	cJSON *shown = account_write(a), *v;
	cJSON *unknown =
	    account_unknown(im->entries[i].body, shown, face_of(im->platform));

	cJSON_ArrayForEach(v, unknown)
	{
		struct buf text = BUF_INIT(1024);

		buf_addf(&text, "%s[%zu]: %s", im->list, i, v->valuestring);
		cJSON_AddItemToArray(im->warnings,
				     cJSON_CreateString(text.data));
		buf_release(&text);
	}
	cJSON_Delete(unknown);
	cJSON_Delete(shown);
}

/* Would it be taken?  Nothing is written. */
static int check_entry(struct import *im, size_t i, struct err *e)
{
	struct entry *entry = &im->entries[i];
	struct account a;
	int rc;

	if (!entry->id[0]) {
		rc = account_new(im->app, im->platform, entry->body, &a, e);
	} else {
		if (store_account_get(im->app->store, entry->id, &a, e) < 0)
			return -1;
		rc = account_read(&a, entry->body, e);
	}
	if (rc == 0)
		add_warnings(im, i, &a);
	account_release(&a);
	return rc;
}

static int check_all(struct import *im, struct err *e)
{
	struct account *list;
	size_t n;
	int rc = 0;

	if (store_account_list(im->app->store, &list, &n, e) < 0)
		return -1;
	for (size_t i = 0; i < im->n && rc == 0; i++) {
		rc = find_account(im, &im->entries[i], list, n, e);
		if (rc == 0)
			rc = check_entry(im, i, e);
		if (rc < 0)
			at_entry(im, i, e);
	}
	account_list_free(list, n);
	return rc;
}

static int change(struct account *a, void *ctx, struct err *e)
{
	const struct entry *entry = ctx;

	return account_read(a, entry->body, e);
}

static int write_entry(struct import *im, struct entry *entry, cJSON *done,
		       struct err *e)
{
	bool is_new = !entry->id[0];
	struct account a;
	cJSON *o;
	int rc;

	if (is_new) {
		rc = account_new(im->app, im->platform, entry->body, &a, e);
		if (rc == 0)
			rc = accounts_put(im->app, &a, e);
		if (rc < 0)
			account_release(&a);
	} else {
		rc = account_edit(im->app, entry->id, change, entry, &a, e);
	}
	if (rc < 0)
		return -1;
	o = cJSON_CreateObject();
	cJSON_AddStringToObject(o, "id", a.id);
	cJSON_AddStringToObject(o, "name", a.name);
	cJSON_AddStringToObject(o, "action", is_new ? "created" : "updated");
	cJSON_AddItemToArray(done, o);
	account_release(&a);
	im->created += is_new;
	return 0;
}

/* The answer's data, NULL with *e. */
static cJSON *write_all(struct import *im, struct err *e)
{
	cJSON *data = cJSON_CreateObject();
	cJSON *done = cJSON_AddArrayToObject(data, "accounts");

	for (size_t i = 0; i < im->n; i++) {
		if (write_entry(im, &im->entries[i], done, e) < 0) {
			at_entry(im, i, e);
			cJSON_Delete(data);
			return NULL;
		}
	}
	json_add_int(data, "created", (int64_t)im->created);
	json_add_int(data, "updated", (int64_t)(im->n - im->created));
	if (im->warnings->child) {
		cJSON_AddItemToObject(data, "warnings", im->warnings);
		im->warnings = NULL;
	}
	return data;
}

static enum route_result answer(struct request *r, const struct import *im,
				cJSON *data)
{
	struct str message = arena_printf(
	    &r->arena,
	    "%zu accounts created, %zu updated; none was tested (POST ID/test)",
	    im->created, im->n - im->created);

	return reply_data(r, data, message.p);
}

static void import_release(struct import *im)
{
	for (size_t i = 0; i < im->n; i++)
		cJSON_Delete(im->entries[i].body);
	mem_free(im->entries);
	cJSON_Delete(im->warnings);
}

enum route_result account_import(struct app *app, struct request *r,
				 const struct route_args *args)
{
	struct import im = {.app = app, .platform = face_platform(r->path)};
	cJSON *body, *data = NULL;
	enum route_result done;
	struct err e;

	(void)args;
	body = json_parse_object(buf_str(&r->body), &e);
	if (!body)
		return reply_err(r, &e);
	im.warnings = cJSON_CreateArray();
	pthread_mutex_lock(&imports);
	if (read_entries(&im, body, &e) == 0 && check_all(&im, &e) == 0)
		data = write_all(&im, &e);
	pthread_mutex_unlock(&imports);
	cJSON_Delete(body);
	done = data ? answer(r, &im, data) : reply_err(r, &e);
	import_release(&im);
	return done;
}
