/* Logging in and out, and what a session says of itself (CRS 1.1). */
#include "admin/login.h"

#include <string.h>

#include "admin/credential.h"
#include "admin/reply.h"
#include "admin/routes.h"
#include "admin/session.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

enum { HOUR_S = 3600, TEXT_MAX = 4096 };

static int64_t session_seconds(const struct app *app)
{
	return app->settings->session_hours * HOUR_S;
}

void login_log(const struct request *r, struct str username,
	       const struct err *e)
{
	struct logline l;

	log_begin(&l, e ? LOG_WARN : LOG_INFO, "login");
	log_str(&l, "id", str_of(r->id));
	log_str(&l, "remote", r->remote);
	log_str(&l, "user", username);
	log_cstr(&l, "result", e ? e->message : "ok");
	log_end(&l);
}

static enum route_result refuse_login(struct request *r, const struct err *e)
{
	if (e->kind == ERR_AUTH)
		return reply_error(r, 401, "Invalid credentials", e->message,
				   NULL, 0);
	return reply_err(r, e);
}

enum route_result login_start_session(struct app *app, struct request *r,
				      const char *username)
{
	int64_t life_s = session_seconds(app);
	struct admin_session s = {.kind = SESSION_LOGIN};
	char token[TOKEN_HEX + 1];
	struct response_header cookie = {"Set-Cookie", STR_NONE};
	struct err e;
	cJSON *o;

	str_put(s.username, sizeof(s.username), str_of(username));
	memcpy(s.remote, r->remote.p,
	       r->remote.n < sizeof(s.remote) ? r->remote.n
					      : sizeof(s.remote) - 1);
	credential_token(&app->keys, &s, clock_wall_ms(), life_s * 1000, token);
	if (store_session_put(app->store, &s, &e) < 0)
		return reply_err(r, &e);
	cookie.value = session_cookie(r, str_of(token), life_s);
	o = reply_begin();
	cJSON_AddStringToObject(o, "token", token);
	json_add_int(o, "expiresIn", life_s * 1000);
	cJSON_AddStringToObject(o, "username", s.username);
	return reply_object(r, o, &cookie, 1);
}

enum route_result login_post(struct app *app, struct request *r,
			     const struct route_args *args)
{
	enum route_result done;
	char *username = NULL, *password = NULL;
	struct admin admin;
	struct err e;
	cJSON *body = json_parse_object(buf_str(&r->body), &e);

	(void)args;
	if (!body)
		return reply_err(r, &e);
	if (json_read_string(body, "username", TEXT_MAX, &username, &e) < 0 ||
	    json_read_string(body, "password", TEXT_MAX, &password, &e) < 0) {
		done = reply_err(r, &e);
	} else if (!username || !password || !username[0] || !password[0]) {
		done =
		    reply_error(r, 400, "Missing credentials",
				"Username and password are required", NULL, 0);
	} else if (login_verify(app, r->remote, str_of(username),
				str_of(password), &admin, &e) < 0) {
		login_log(r, str_of(username), &e);
		done = refuse_login(r, &e);
	} else {
		login_log(r, str_of(username), NULL);
		done = login_start_session(app, r, admin.username);
	}
	if (password)
		secret_wipe(password, strlen(password));
	mem_free(password);
	mem_free(username);
	cJSON_Delete(body);
	return done;
}

/* A token of automation stays: it is taken back by name, not by leaving. */
enum route_result logout_post(struct app *app, struct request *r,
			      const struct route_args *args)
{
	const struct caller *caller = r->caller;
	struct response_header cookie = {"Set-Cookie",
					 session_cookie(r, STR_NONE, 0)};
	struct err e;
	cJSON *o;

	(void)args;
	if (caller->session.kind == SESSION_LOGIN && caller->session.hash[0] &&
	    store_session_delete(app->store, caller->session.hash, &e) < 0)
		return reply_err(r, &e);
	o = reply_begin();
	cJSON_AddStringToObject(o, "message", "Logout successful");
	return reply_object(r, o, &cookie, 1);
}

static void add_time(cJSON *o, const char *key, int64_t wall_ms)
{
	char iso[CLOCK_ISO_BYTES];

	clock_iso(wall_ms, iso);
	cJSON_AddStringToObject(o, key, iso);
}

enum route_result session_user(struct app *app, struct request *r,
			       const struct route_args *args)
{
	const struct caller *caller = r->caller;
	cJSON *o = reply_begin(), *user;

	(void)app;
	(void)args;
	user = cJSON_AddObjectToObject(o, "user");
	cJSON_AddStringToObject(user, "username", caller->session.username);
	add_time(user, "loginTime", caller->session.created_ms);
	add_time(user, "lastActivity", caller->session.active_ms);
	if (caller->session.expires_ms)
		add_time(user, "expiresAt", caller->session.expires_ms);
	return reply_object(r, o, NULL, 0);
}

enum route_result session_refresh(struct app *app, struct request *r,
				  const struct route_args *args)
{
	const struct caller *caller = r->caller;
	struct admin_session s = caller->session;
	int64_t left_ms = s.expires_ms ? s.expires_ms - clock_wall_ms() : 0;
	struct err e;
	cJSON *o;

	(void)args;
	if (session_touch(app, &s, 0, &e) < 0)
		return reply_err(r, &e);
	o = reply_begin();
	cJSON_AddStringToObject(o, "token",
				arena_strz(&r->arena, caller->token));
	json_add_int(o, "expiresIn", left_ms > 0 ? left_ms : 0);
	return reply_object(r, o, NULL, 0);
}
