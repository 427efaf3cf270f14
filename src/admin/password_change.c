/* POST /web/auth/change-password: a new password, perhaps a new name. */
#include <string.h>

#include "admin/admin_body.h"
#include "admin/credential.h"
#include "admin/login.h"
#include "admin/reply.h"
#include "admin/routes.h"
#include "admin/session.h"
#include "base/clock.h"
#include "base/mem.h"

enum { TEXT_MAX = 4096 };

struct change {
	char *new_username, *current, *password;
};

static void change_release(struct change *c)
{
	if (c->current)
		secret_wipe(c->current, strlen(c->current));
	if (c->password)
		secret_wipe(c->password, strlen(c->password));
	mem_free(c->new_username);
	mem_free(c->current);
	mem_free(c->password);
}

static int read_change(struct change *c, const cJSON *body, struct err *e)
{
	if (json_read_string(body, "newUsername", TEXT_MAX, &c->new_username,
			     e) < 0 ||
	    json_read_string(body, "currentPassword", TEXT_MAX, &c->current,
			     e) < 0 ||
	    json_read_string(body, "newPassword", TEXT_MAX, &c->password, e) <
		0)
		return -1;
	if (!c->current || !c->password || !c->current[0] || !c->password[0])
		return err_set(e, ERR_BAD_REQUEST,
			       "currentPassword and newPassword are required");
	if (c->new_username && c->new_username[0] &&
	    admin_check_name(c->new_username, e) < 0)
		return -1;
	return credential_check_password(str_of(c->password), e);
}

/* The new record first, so that no moment is without one. */
static int rename_admin(struct app *app, struct admin *admin,
			const char *new_name, struct err *e)
{
	char old_name[sizeof(admin->username)];
	struct admin other;

	memcpy(old_name, admin->username, sizeof(old_name));
	if (store_admin_get(app->store, new_name, &other, e) == 0)
		return err_set(e, ERR_CONFLICT,
			       "newUsername: this name is taken");
	if (e->kind != ERR_NOT_FOUND)
		return -1;
	memset(admin->username, 0, sizeof(admin->username));
	memcpy(admin->username, new_name, strlen(new_name));
	if (store_admin_put(app->store, admin, e) < 0)
		return -1;
	return store_admin_delete(app->store, old_name, e);
}

static int apply(struct app *app, struct str remote, const char *username,
		 const struct change *c, struct admin *admin, struct err *e)
{
	bool renamed = c->new_username && c->new_username[0] &&
		       strcmp(c->new_username, username) != 0;
	int rc;

	if (login_verify(app, remote, str_of(username), str_of(c->current),
			 admin, e) < 0)
		return -1;
	if (secret_password_hash(str_of(c->password), admin->password_hash, e) <
	    0)
		return -1;
	admin->updated_ms = clock_wall_ms();
	rc = renamed ? rename_admin(app, admin, c->new_username, e)
		     : store_admin_put(app->store, admin, e);
	if (rc < 0)
		return -1;
	/* Whoever got in by the old password is out. */
	return store_session_delete_user(app->store, username, NULL, e);
}

static enum route_result answer(struct request *r, const struct admin *admin)
{
	struct response_header cookie = {"Set-Cookie",
					 session_cookie(r, STR_NONE, 0)};
	cJSON *o = reply_begin();

	cJSON_AddStringToObject(
	    o, "message", "Password changed successfully. Please login again.");
	cJSON_AddStringToObject(o, "newUsername", admin->username);
	return reply_object(r, o, &cookie, 1);
}

enum route_result password_change_post(struct app *app, struct request *r,
				       const struct route_args *args)
{
	const struct caller *caller = r->caller;
	struct change c = {NULL, NULL, NULL};
	enum route_result done;
	struct admin admin;
	struct err e;
	cJSON *body = json_parse_object(buf_str(&r->body), &e);

	(void)args;
	if (!body)
		return reply_err(r, &e);
	if (read_change(&c, body, &e) < 0)
		done = reply_err(r, &e);
	else if (apply(app, r->remote, caller->session.username, &c, &admin,
		       &e) == 0)
		done = answer(r, &admin);
	else if (e.kind == ERR_AUTH)
		done = reply_error(r, 401, "Invalid current password",
				   "Current password is incorrect", NULL, 0);
	else
		done = reply_err(r, &e);
	change_release(&c);
	cJSON_Delete(body);
	return done;
}
