/* /admin/api-keys and below, but for the list (api_key_list.c). */
#include <string.h>

#include "admin/api_key_change.h"
#include "admin/api_key_expiry.h"
#include "admin/api_key_json.h"
#include "admin/api_key_show.h"
#include "admin/credential.h"
#include "admin/reply.h"
#include "admin/routes.h"
#include "admin/unknown.h"
#include "app/bindings.h"
#include "app/key_edit.h"
#include "base/clock.h"

/* The message, and what was ignored: a limit that is misspelt is none. */
static const char *remark(struct request *r, const char *message,
			  const cJSON *body, cJSON *data)
{
	static const struct unknown_rules rules = {.kind = "API keys"};
	cJSON *unknown = unknown_fields(body, data, &rules);
	struct buf text = BUF_INIT(16 * 1024);

	buf_adds(&text, message);
	unknown_remark(&text, unknown);
	message = arena_strz(&r->arena, buf_str(&text));
	buf_release(&text);
	unknown_attach(data, unknown);
	return message;
}

enum route_result api_key_create(struct app *app, struct request *r,
				 const struct route_args *args)
{
	char text[API_KEY_TEXT + 1] = "";
	enum route_result done;
	struct api_key k;
	struct err e;
	cJSON *body = json_parse_object(buf_str(&r->body), &e), *data;

	(void)args;
	if (!body)
		return reply_err(r, &e);
	api_key_init(&k);
	k.active = true;
	if (api_key_read(&k, body, &e) < 0 ||
	    bindings_check_key(app, &k, &e) < 0) {
		done = reply_err(r, &e);
		goto out;
	}
	credential_api_key(&app->keys, &k, text);
	if (store_api_key_put(app->store, &k, &e) < 0) {
		done = reply_err(r, &e);
		goto out;
	}
	data = api_key_show(app, &k);
	/* The only time that the whole key is shown. */
	cJSON_ReplaceItemInObjectCaseSensitive(data, "apiKey",
					       cJSON_CreateString(text));
	done = reply_data(
	    r, data, remark(r, "API key created successfully", body, data));
out:
	secret_wipe(text, sizeof(text));
	api_key_release(&k);
	cJSON_Delete(body);
	return done;
}

/* Keys in the trash are not there. */
static int load(struct app *app, struct request *r,
		const struct route_args *args, struct api_key *k, struct err *e)
{
	struct str id = args->arg[0];

	if (id.n >= STORE_ID_BYTES)
		return err_set(e, ERR_NOT_FOUND, "API key not found");
	if (store_api_key_get(app->store, arena_strz(&r->arena, id), k, e) < 0)
		return e->kind == ERR_NOT_FOUND
			   ? err_set(e, ERR_NOT_FOUND, "API key not found")
			   : -1;
	if (!k->deleted_ms)
		return 0;
	api_key_release(k);
	return err_set(e, ERR_NOT_FOUND, "API key not found");
}

enum route_result api_key_get(struct app *app, struct request *r,
			      const struct route_args *args)
{
	struct api_key k;
	struct err e;
	cJSON *data;

	if (load(app, r, args, &k, &e) < 0)
		return reply_err(r, &e);
	data = api_key_show(app, &k);
	api_key_release(&k);
	return reply_data(r, data, NULL);
}

/* 0 with *out filled (api_key_release), or an answer was written: -1. */
static int edit(struct app *app, struct request *r,
		const struct route_args *args, const cJSON *body,
		int (*change)(struct api_key *k, const cJSON *body,
			      struct err *e),
		struct api_key *out)
{
	struct api_key_change c = {.body = body, .change = change};
	struct err e;

	if (api_key_change(app, args->arg[0], &c, out, &e) == 0)
		return 0;
	reply_err(r, &e);
	return -1;
}

static enum route_result answer(struct app *app, struct request *r,
				struct api_key *k, const char *message)
{
	cJSON *data = api_key_show(app, k);

	api_key_release(k);
	return reply_data(r, data, message);
}

enum route_result api_key_update(struct app *app, struct request *r,
				 const struct route_args *args)
{
	struct api_key k;
	struct err e;
	cJSON *body = json_parse_object(buf_str(&r->body), &e);

	if (!body)
		return reply_err(r, &e);
	if (edit(app, r, args, body, api_key_read, &k) == 0) {
		cJSON *data = api_key_show(app, &k);

		api_key_release(&k);
		reply_data(
		    r, data,
		    remark(r, "API key updated successfully", body, data));
	}
	cJSON_Delete(body);
	return ROUTE_ANSWERED;
}

enum route_result api_key_remove(struct app *app, struct request *r,
				 const struct route_args *args)
{
	struct api_key k;

	if (edit(app, r, args, NULL, api_key_discard, &k) < 0)
		return ROUTE_ANSWERED;
	api_key_release(&k);
	return reply_data(r, NULL, "API key deleted successfully");
}

static int flip(struct api_key *k, const cJSON *body, struct err *e)
{
	(void)body, (void)e;
	k->active = !k->active;
	return 0;
}

enum route_result api_key_toggle(struct app *app, struct request *r,
				 const struct route_args *args)
{
	struct api_key k;

	if (edit(app, r, args, NULL, flip, &k) < 0)
		return ROUTE_ANSWERED;
	return answer(app, r, &k,
		      k.active ? "API key activated successfully"
			       : "API key deactivated successfully");
}

/* {expiresAt} or {activateNow: true}. */
static int change_expiry(struct api_key *k, const cJSON *body, struct err *e)
{
	bool now = false;

	if (json_read_bool(body, "activateNow", &now, e) < 0 ||
	    api_key_read_expiry(k, body, e) < 0)
		return -1;
	if (!now)
		return 0;
	if (!k->activation_ms)
		return err_set(e, ERR_BAD_REQUEST,
			       "activateNow: this key does not wait for its "
			       "first use");
	key_start(k);
	return 0;
}

enum route_result api_key_expiration(struct app *app, struct request *r,
				     const struct route_args *args)
{
	struct api_key k;
	struct err e;
	cJSON *body = json_parse_object(buf_str(&r->body), &e);

	if (!body)
		return reply_err(r, &e);
	if (edit(app, r, args, body, change_expiry, &k) == 0)
		answer(app, r, &k, "API key expiration updated successfully");
	cJSON_Delete(body);
	return ROUTE_ANSWERED;
}
