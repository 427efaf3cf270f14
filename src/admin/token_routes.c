/* /admin/tokens: long-lived tokens for scripts, and who is logged in. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "admin/credential.h"
#include "admin/field.h"
#include "admin/reply.h"
#include "admin/routes.h"
#include "admin/session.h"
#include "base/clock.h"
#include "base/mem.h"

/* A token's user is its prefix and its name, which has to fit. */
enum { NAME_MAX_BYTES = USERNAME_MAX - (sizeof(SESSION_TOKEN_PREFIX) - 1) };

/* A name is looked for and taken in one step. */
static pthread_mutex_t edits = PTHREAD_MUTEX_INITIALIZER;

static cJSON *token_json(const struct admin_session *s)
{
	cJSON *o = cJSON_CreateObject();
	bool is_token = s->kind == SESSION_TOKEN;

	cJSON_AddStringToObject(o, "id", s->id);
	cJSON_AddStringToObject(o, "kind", is_token ? "token" : "session");
	cJSON_AddStringToObject(o, "name", is_token ? s->name : s->username);
	cJSON_AddStringToObject(o, "remote", s->remote);
	field_add_time(o, "createdAt", s->created_ms);
	field_add_time(o, "lastUsedAt", s->active_ms);
	field_add_time(o, "expiresAt", s->expires_ms);
	return o;
}

/* What has expired is not there, swept or not. */
static bool is_live(const struct admin_session *s, int64_t now_ms)
{
	return !s->expires_ms || s->expires_ms > now_ms;
}

enum route_result tokens_list(struct app *app, struct request *r,
			      const struct route_args *args)
{
	int64_t now_ms = clock_wall_ms();
	struct admin_session *list;
	cJSON *data;
	struct err e;
	size_t n;

	(void)args;
	if (store_session_list(app->store, &list, &n, &e) < 0)
		return reply_err(r, &e);
	data = cJSON_CreateArray();
	for (size_t i = 0; i < n; i++) {
		if (is_live(&list[i], now_ms))
			cJSON_AddItemToArray(data, token_json(&list[i]));
	}
	mem_free(list);
	return reply_data(r, data, NULL);
}

static int read_name(const cJSON *body, struct admin_session *s, struct err *e)
{
	char *name = NULL;

	if (json_read_string(body, "name", 4096, &name, e) < 0)
		return -1;
	if (!name || strlen(name) > NAME_MAX_BYTES ||
	    credential_check_username(str_of(name), NULL) < 0) {
		mem_free(name);
		return err_set(e, ERR_BAD_REQUEST,
			       "name must have 1 to %d bytes, without spaces "
			       "and control characters",
			       NAME_MAX_BYTES);
	}
	str_put(s->name, sizeof(s->name), str_of(name));
	snprintf(s->username, sizeof(s->username), SESSION_TOKEN_PREFIX "%s",
		 name);
	mem_free(name);
	return 0;
}

/* How long it is to live, ms; 0: for ever. */
static int read_life(const cJSON *body, int64_t now_ms, int64_t *life_ms,
		     struct err *e)
{
	char *text = NULL;
	int64_t at_ms = 0;
	int rc = 0;

	*life_ms = 0;
	if (json_read_string(body, "expiresAt", 64, &text, e) < 0)
		return -1;
	if (text && text[0]) {
		rc = clock_parse_iso(text, &at_ms);
		*life_ms = at_ms - now_ms;
		if (rc < 0 || *life_ms <= 0)
			rc = err_set(e, ERR_BAD_REQUEST,
				     "expiresAt must be a date to come, such "
				     "as 2030-01-31T12:00:00Z, or null");
	}
	mem_free(text);
	return rc;
}

static int check_free(struct app *app, const char *name, int64_t now_ms,
		      struct err *e)
{
	struct admin_session *list;
	bool taken = false;
	size_t n;

	if (store_session_list(app->store, &list, &n, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		taken |= list[i].kind == SESSION_TOKEN &&
			 is_live(&list[i], now_ms) &&
			 strcmp(list[i].name, name) == 0;
	mem_free(list);
	if (!taken)
		return 0;
	return err_set(e, ERR_CONFLICT,
		       "There is a token %s already: revoke it first, or take "
		       "another name",
		       name);
}

static int issue(struct app *app, const cJSON *body, struct admin_session *s,
		 char token[TOKEN_HEX + 1], struct err *e)
{
	int64_t now_ms = clock_wall_ms(), life_ms;
	int rc;

	if (read_name(body, s, e) < 0 ||
	    read_life(body, now_ms, &life_ms, e) < 0)
		return -1;
	credential_token(&app->keys, s, now_ms, life_ms, token);
	pthread_mutex_lock(&edits);
	rc = check_free(app, s->name, now_ms, e);
	if (rc == 0)
		rc = store_session_put(app->store, s, e);
	pthread_mutex_unlock(&edits);
	return rc;
}

enum route_result tokens_create(struct app *app, struct request *r,
				const struct route_args *args)
{
	struct admin_session s = {.kind = SESSION_TOKEN};
	char token[TOKEN_HEX + 1] = "";
	enum route_result done;
	struct err e;
	cJSON *body = json_parse_object(buf_str(&r->body), &e), *data;

	(void)args;
	if (!body)
		return reply_err(r, &e);
	if (issue(app, body, &s, token, &e) < 0) {
		done = reply_err(r, &e);
	} else {
		data = token_json(&s);
		/* The only time that it is shown. */
		cJSON_AddStringToObject(data, "token", token);
		done = reply_data(r, data, "Token created successfully");
	}
	secret_wipe(token, sizeof(token));
	cJSON_Delete(body);
	return done;
}

enum route_result tokens_revoke(struct app *app, struct request *r,
				const struct route_args *args)
{
	struct admin_session *list;
	struct err e;
	size_t n, i = 0;
	int rc;

	if (store_session_list(app->store, &list, &n, &e) < 0)
		return reply_err(r, &e);
	while (i < n && !str_is(args->arg[0], list[i].id))
		i++;
	rc = i < n ? store_session_delete(app->store, list[i].hash, &e)
		   : err_set(&e, ERR_NOT_FOUND, "Token not found");
	mem_free(list);
	if (rc < 0)
		return reply_err(r, &e);
	return reply_data(r, NULL, "Token revoked successfully");
}
