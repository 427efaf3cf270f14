/* Many keys at once: made, changed, deleted. */
#include <string.h>

#include "admin/api_key_change.h"
#include "admin/api_key_json.h"
#include "admin/api_key_show.h"
#include "admin/credential.h"
#include "admin/field.h"
#include "admin/reply.h"
#include "admin/routes.h"
#include "app/bindings.h"
#include "base/clock.h"
#include "base/mem.h"

enum { MADE_MIN = 2, MADE_MAX = 500, CHANGED_MAX = 500, BASE_BYTES = 90 };

/* How many went well, and why the others did not. */
struct tally {
	int64_t good, bad;
	cJSON *errors;
};

static void count_error(struct tally *t, const char *id, const struct err *e)
{
	cJSON *o = cJSON_CreateObject();

	t->bad++;
	cJSON_AddStringToObject(o, "keyId", id);
	cJSON_AddStringToObject(o, "error", e->message);
	cJSON_AddItemToArray(t->errors, o);
}

static cJSON *make_one(struct app *app, const cJSON *body, const char *base,
		       int64_t number, struct err *e)
{
	char text[API_KEY_TEXT + 1] = "";
	cJSON *own = cJSON_Duplicate(body, true), *data = NULL;
	struct buf name = BUF_INIT(BASE_BYTES + 32);
	struct api_key k;

	buf_addf(&name, "%s_%lld", base, (long long)number);
	cJSON_DeleteItemFromObjectCaseSensitive(own, "name");
	cJSON_AddStringToObject(own, "name", name.data);
	api_key_init(&k);
	if (api_key_read(&k, own, e) < 0 || bindings_check_key(app, &k, e) < 0)
		goto out;
	credential_api_key(&app->keys, &k, text);
	if (store_api_key_put(app->store, &k, e) < 0)
		goto out;
	data = api_key_show(app, &k);
	/* The only time that the whole key is shown. */
	cJSON_ReplaceItemInObjectCaseSensitive(data, "apiKey",
					       cJSON_CreateString(text));
out:
	secret_wipe(text, sizeof(text));
	api_key_release(&k);
	cJSON_Delete(own);
	buf_release(&name);
	return data;
}

static int read_plan(const cJSON *body, char **base, int64_t *count,
		     struct err *e)
{
	if (json_read_string(body, "baseName", BASE_BYTES, base, e) < 0 ||
	    json_read_int(body, "count", MADE_MIN, MADE_MAX, count, e) < 0)
		return -1;
	if (!*base || str_trim(str_of(*base)).n == 0)
		return err_set(e, ERR_BAD_REQUEST, "baseName is required");
	if (!*count)
		return err_set(e, ERR_BAD_REQUEST, "count is required");
	return 0;
}

static enum route_result make_all(struct app *app, struct request *r,
				  const cJSON *body, const char *base,
				  int64_t count)
{
	cJSON *o, *list = cJSON_CreateArray(), *summary;
	struct err e;

	for (int64_t i = 1; i <= count; i++) {
		cJSON *made = make_one(app, body, base, i, &e);

		if (!made) { /* what is wrong with one is wrong with all */
			cJSON_Delete(list);
			return reply_err(r, &e);
		}
		cJSON_AddItemToArray(list, made);
	}
	o = reply_begin();
	cJSON_AddItemToObject(o, "data", list);
	summary = cJSON_AddObjectToObject(o, "summary");
	json_add_int(summary, "requested", count);
	json_add_int(summary, "created", count);
	json_add_int(summary, "failed", 0);
	cJSON_AddStringToObject(o, "message", "API keys created successfully");
	return reply_object(r, o, NULL, 0);
}

enum route_result api_key_batch_create(struct app *app, struct request *r,
				       const struct route_args *args)
{
	enum route_result done;
	char *base = NULL;
	int64_t count = 0;
	struct err e;
	cJSON *body = json_parse_object(buf_str(&r->body), &e);

	(void)args;
	if (!body)
		return reply_err(r, &e);
	if (read_plan(body, &base, &count, &e) < 0)
		done = reply_err(r, &e);
	else
		done = make_all(app, r, body, base, count);
	mem_free(base);
	cJSON_Delete(body);
	return done;
}

/* Runs the change on each of keyIds. */
static enum route_result change_all(struct app *app, struct request *r,
				    const cJSON *body,
				    struct api_key_change *change)
{
	struct tally t = {.errors = cJSON_CreateArray()};
	const cJSON *ids, *id;
	struct err e;
	cJSON *data;

	if (json_read_array(body, "keyIds", &ids, &e) < 0 ||
	    (!ids && err_set(&e, ERR_BAD_REQUEST, "keyIds is required") < 0) ||
	    field_check_strings(ids, "keyIds", CHANGED_MAX, STORE_ID_BYTES,
				&e) < 0) {
		cJSON_Delete(t.errors);
		return reply_err(r, &e);
	}
	cJSON_ArrayForEach(id, ids)
	{
		struct api_key k;

		if (api_key_change(app, str_of(id->valuestring), change, &k,
				   &e) < 0) {
			count_error(&t, id->valuestring, &e);
			continue;
		}
		api_key_release(&k);
		t.good++;
	}
	data = cJSON_CreateObject();
	json_add_int(data, "successCount", t.good);
	json_add_int(data, "failedCount", t.bad);
	cJSON_AddItemToObject(data, "errors", t.errors);
	return reply_data(r, data, NULL);
}

static void join_tags(cJSON *own, const struct api_key *k, bool without)
{
	cJSON *given = cJSON_DetachItemFromObjectCaseSensitive(own, "tags");
	cJSON *all = cJSON_CreateArray(), *v;

	for (size_t i = 0; i < k->ntags; i++) {
		bool named = false;

		cJSON_ArrayForEach(v, given) named |=
		    cJSON_IsString(v) &&
		    strcmp(v->valuestring, k->tags[i]) == 0;
		if (!named)
			cJSON_AddItemToArray(all,
					     cJSON_CreateString(k->tags[i]));
	}
	if (!without) {
		while ((v = cJSON_DetachItemFromArray(given, 0)))
			cJSON_AddItemToArray(all, v);
	}
	cJSON_Delete(given);
	cJSON_AddItemToObject(own, "tags", all);
}

/* updates as for one key; tagOperation says how tags meet those that are
 * there. */
static int update_one(struct api_key *k, const cJSON *updates, struct err *e)
{
	cJSON *own = cJSON_Duplicate(updates, true);
	const char *how = json_string_or(own, "tagOperation", "replace");
	const cJSON *tags = cJSON_GetObjectItemCaseSensitive(own, "tags");
	bool remove = strcmp(how, "remove") == 0;
	int rc = 0;

	if (!remove && strcmp(how, "add") != 0 && strcmp(how, "replace") != 0)
		rc = err_set(e, ERR_BAD_REQUEST,
			     "tagOperation must be replace, add or remove");
	else if (cJSON_IsArray(tags) && strcmp(how, "replace") != 0)
		join_tags(own, k, remove);
	if (rc == 0)
		rc = api_key_read(k, own, e);
	cJSON_Delete(own);
	return rc;
}

enum route_result api_key_batch_update(struct app *app, struct request *r,
				       const struct route_args *args)
{
	struct api_key_change c = {.change = update_one};
	enum route_result done;
	struct err e;
	cJSON *body = json_parse_object(buf_str(&r->body), &e);

	(void)args;
	if (!body)
		return reply_err(r, &e);
	c.body = cJSON_GetObjectItemCaseSensitive(body, "updates");
	if (cJSON_IsObject(c.body)) {
		done = change_all(app, r, body, &c);
	} else {
		err_set(&e, ERR_BAD_REQUEST, "updates must be an object");
		done = reply_err(r, &e);
	}
	cJSON_Delete(body);
	return done;
}

enum route_result api_key_batch_remove(struct app *app, struct request *r,
				       const struct route_args *args)
{
	struct api_key_change c = {.change = api_key_discard};
	enum route_result done;
	struct err e;
	cJSON *body = json_parse_object(buf_str(&r->body), &e);

	(void)args;
	if (!body)
		return reply_err(r, &e);
	done = change_all(app, r, body, &c);
	cJSON_Delete(body);
	return done;
}
