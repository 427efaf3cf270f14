/* /admin/admins: who may log in. */
#include <pthread.h>
#include <string.h>

#include "admin/admin_body.h"
#include "admin/credential.h"
#include "admin/field.h"
#include "admin/reply.h"
#include "admin/routes.h"
#include "base/clock.h"
#include "base/mem.h"

/* Looking and writing are one step: two may delete one of two at once. */
static pthread_mutex_t edits = PTHREAD_MUTEX_INITIALIZER;

static cJSON *admin_json(const struct admin *a)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "username", a->username);
	field_add_time(o, "createdAt", a->created_ms);
	field_add_time(o, "updatedAt", a->updated_ms);
	return o;
}

enum route_result admins_list(struct app *app, struct request *r,
			      const struct route_args *args)
{
	struct admin *list;
	cJSON *data;
	struct err e;
	size_t n;

	(void)args;
	if (store_admin_list(app->store, &list, &n, &e) < 0)
		return reply_err(r, &e);
	data = cJSON_CreateArray();
	for (size_t i = 0; i < n; i++)
		cJSON_AddItemToArray(data, admin_json(&list[i]));
	secret_wipe(list, n * sizeof(*list));
	mem_free(list);
	return reply_data(r, data, NULL);
}

static int add(struct app *app, struct admin *a, struct err *e)
{
	struct admin other;
	int rc;

	pthread_mutex_lock(&edits);
	if (store_admin_get(app->store, a->username, &other, e) == 0)
		rc = err_set(e, ERR_CONFLICT,
			     "There is an administrator %s already",
			     a->username);
	else
		rc = e->kind == ERR_NOT_FOUND
			 ? store_admin_put(app->store, a, e)
			 : -1;
	pthread_mutex_unlock(&edits);
	secret_wipe(&other, sizeof(other));
	return rc;
}

enum route_result admins_create(struct app *app, struct request *r,
				const struct route_args *args)
{
	struct admin a = {.created_ms = clock_wall_ms()};
	enum route_result done;
	struct err e;
	cJSON *body = json_parse_object(buf_str(&r->body), &e);

	(void)args;
	if (!body)
		return reply_err(r, &e);
	a.updated_ms = a.created_ms;
	if (admin_read_name(body, &a, &e) < 0 ||
	    admin_read_password(body, &a, &e) < 0 || add(app, &a, &e) < 0)
		done = reply_err(r, &e);
	else
		done = reply_data(r, admin_json(&a),
				  "Administrator created successfully");
	secret_wipe(&a, sizeof(a));
	cJSON_Delete(body);
	return done;
}

/* The administrator of the path. */
static int load(struct app *app, const struct route_args *args, struct admin *a,
		struct err *e)
{
	struct str path = args->arg[0];
	char name[USERNAME_MAX + 1];

	if (path.n && path.n <= USERNAME_MAX) {
		str_put(name, sizeof(name), path);
		if (store_admin_get(app->store, name, a, e) == 0)
			return 0;
		if (e->kind != ERR_NOT_FOUND)
			return -1;
	}
	return err_set(e, ERR_NOT_FOUND, "Administrator not found");
}

static int drop(struct app *app, const struct route_args *args, struct err *e)
{
	struct admin a;
	size_t n;

	if (load(app, args, &a, e) < 0 ||
	    store_admin_count(app->store, &n, e) < 0)
		return -1;
	if (n <= 1)
		return err_set(e, ERR_CONFLICT,
			       "%s is the last administrator: make another "
			       "one first",
			       a.username);
	if (store_admin_delete(app->store, a.username, e) < 0)
		return -1;
	return store_session_delete_user(app->store, a.username, NULL, e);
}

enum route_result admins_remove(struct app *app, struct request *r,
				const struct route_args *args)
{
	struct err e;
	int rc;

	pthread_mutex_lock(&edits);
	rc = drop(app, args, &e);
	pthread_mutex_unlock(&edits);
	if (rc < 0)
		return reply_err(r, &e);
	return reply_data(r, NULL, "Administrator deleted successfully");
}

/* Hashing is slow: outside of the lock.  Whoever is logged in with the old
 * password is out. */
static int change(struct app *app, const struct route_args *args,
		  const cJSON *body, struct admin *a, struct err *e)
{
	struct admin fresh = {.updated_ms = clock_wall_ms()};
	int rc;

	if (load(app, args, a, e) < 0 ||
	    admin_read_password(body, &fresh, e) < 0)
		return -1;
	pthread_mutex_lock(&edits);
	rc = load(app, args, a, e);
	if (rc == 0) {
		memcpy(a->password_hash, fresh.password_hash,
		       sizeof(a->password_hash));
		a->updated_ms = fresh.updated_ms;
		rc = store_admin_put(app->store, a, e);
	}
	pthread_mutex_unlock(&edits);
	if (rc == 0)
		rc =
		    store_session_delete_user(app->store, a->username, NULL, e);
	secret_wipe(&fresh, sizeof(fresh));
	return rc;
}

enum route_result admins_password(struct app *app, struct request *r,
				  const struct route_args *args)
{
	enum route_result done;
	struct admin a;
	struct err e;
	cJSON *body = json_parse_object(buf_str(&r->body), &e);

	if (!body)
		return reply_err(r, &e);
	if (change(app, args, body, &a, &e) < 0)
		done = reply_err(r, &e);
	else
		done = reply_data(r, admin_json(&a),
				  "Password changed successfully");
	secret_wipe(&a, sizeof(a));
	cJSON_Delete(body);
	return done;
}
