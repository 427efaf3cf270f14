/* /admin/azure-openai-accounts and its two other faces (admin-api.md). */
#include <string.h>

#include "admin/account_edit.h"
#include "admin/account_json.h"
#include "admin/account_new.h"
#include "admin/account_remarks.h"
#include "admin/account_status.h"
#include "admin/account_test.h"
#include "admin/face.h"
#include "admin/reply.h"
#include "admin/routes.h"
#include "admin/unknown.h"
#include "app/accounts.h"
#include "base/mem.h"

enum { REMARK_BYTES = 16 * 1024 };

/* A change asked for through one of the faces. */
struct edit {
	enum account_platform platform;
	const cJSON *body; /* NULL: none */
};

/* The id in the path; "" (which nothing has) for one that cannot be. */
static const char *id_of(struct request *r, const struct route_args *args)
{
	struct str id = args->arg[0];

	return id.n < STORE_ID_BYTES ? arena_strz(&r->arena, id) : "";
}

/* An account is seen through its own face only. */
static int load(struct app *app, struct request *r,
		const struct route_args *args, struct account *a, struct err *e)
{
	const char *id = id_of(r, args);

	if (!id[0])
		return err_set(e, ERR_NOT_FOUND, "Account not found");
	if (store_account_get(app->store, id, a, e) < 0)
		return e->kind == ERR_NOT_FOUND
			   ? err_set(e, ERR_NOT_FOUND, "Account not found")
			   : -1;
	if (a->platform == face_platform(r->path))
		return 0;
	account_release(a);
	return err_set(e, ERR_NOT_FOUND, "Account not found");
}

static const char *say(struct request *r, const char *what)
{
	const struct face *face = face_of(face_platform(r->path));

	return arena_printf(&r->arena, "%s account %s successfully",
			    face->label, what)
	    .p;
}

/* All of this face, each as `show` has it. */
static enum route_result reply_list(struct app *app, struct request *r,
				    cJSON *(*show)(struct app *app,
						   const struct account *a))
{
	enum account_platform platform = face_platform(r->path);
	struct account *list;
	cJSON *data;
	struct err e;
	size_t n;

	if (store_account_list(app->store, &list, &n, &e) < 0)
		return reply_err(r, &e);
	data = cJSON_CreateArray();
	for (size_t i = 0; i < n; i++) {
		if (list[i].platform == platform)
			cJSON_AddItemToArray(data, show(app, &list[i]));
	}
	account_list_free(list, n);
	return reply_data(r, data, NULL);
}

static enum route_result
reply_one(struct app *app, struct request *r, const struct route_args *args,
	  cJSON *(*show)(struct app *app, const struct account *a))
{
	struct account a;
	struct err e;
	cJSON *data;

	if (load(app, r, args, &a, &e) < 0)
		return reply_err(r, &e);
	data = show(app, &a);
	account_release(&a);
	return reply_data(r, data, NULL);
}

enum route_result account_list(struct app *app, struct request *r,
			       const struct route_args *args)
{
	(void)args;
	return reply_list(app, r, account_show);
}

enum route_result account_health_all(struct app *app, struct request *r,
				     const struct route_args *args)
{
	(void)args;
	return reply_list(app, r, account_health_json);
}

enum route_result account_health(struct app *app, struct request *r,
				 const struct route_args *args)
{
	return reply_one(app, r, args, account_health_json);
}

/* Names may repeat; whoever takes accounts by name should know. */
static bool has_namesake(struct app *app, const struct account *a)
{
	struct account *list;
	bool found = false;
	struct err e;
	size_t n;

	if (store_account_list(app->store, &list, &n, &e) < 0)
		return false;
	for (size_t i = 0; i < n; i++)
		found |= strcmp(list[i].name, a->name) == 0 &&
			 strcmp(list[i].id, a->id) != 0;
	account_list_free(list, n);
	return found;
}

/* The message, with remarks on what was in the body and what was not. */
static const char *remark(struct request *r, const char *message,
			  const cJSON *body, cJSON *data)
{
	const struct face *face = face_of(face_platform(r->path));
	cJSON *unknown = account_unknown(body, data, face);
	struct buf text = BUF_INIT(REMARK_BYTES);

	buf_adds(&text, message);
	unknown_remark(&text, unknown);
	message = arena_strz(&r->arena, buf_str(&text));
	buf_release(&text);
	unknown_attach(data, unknown);
	return message;
}

static const char *created(struct app *app, struct request *r,
			   const struct account *a, const cJSON *body,
			   const cJSON *data)
{
	struct buf text = BUF_INIT(REMARK_BYTES);
	const char *message;

	buf_adds(&text, say(r, "created"));
	account_remark_new(&text, body, data, face_of(a->platform));
	if (has_namesake(app, a))
		buf_adds(&text, "; another account has this name, too: "
				"llmrelayctl knows them apart by their ids, "
				"and an import cannot tell which it means");
	message = arena_strz(&r->arena, buf_str(&text));
	buf_release(&text);
	return message;
}

static enum route_result answer_new(struct app *app, struct request *r,
				    const struct account *a, const cJSON *body)
{
	cJSON *data = account_show(app, a);

	return account_test_start(
	    app, r,
	    &(struct account_test_plan){
		.account = a,
		.data = data,
		.message =
		    remark(r, created(app, r, a, body, data), body, data),
	    });
}

enum route_result account_create(struct app *app, struct request *r,
				 const struct route_args *args)
{
	enum route_result done;
	struct account a;
	struct err e;
	cJSON *body = json_parse_object(buf_str(&r->body), &e);

	(void)args;
	if (!body)
		return reply_err(r, &e);
	if (account_new(app, face_platform(r->path), body, &a, &e) < 0 ||
	    accounts_put(app, &a, &e) < 0)
		done = reply_err(r, &e);
	else
		done = answer_new(app, r, &a, body);
	account_release(&a);
	cJSON_Delete(body);
	return done;
}

enum route_result account_get(struct app *app, struct request *r,
			      const struct route_args *args)
{
	return reply_one(app, r, args, account_show);
}

static int check_face(const struct account *a, const struct edit *edit,
		      struct err *e)
{
	if (a->platform == edit->platform)
		return 0;
	return err_set(e, ERR_NOT_FOUND, "Account not found");
}

static int change_fields(struct account *a, void *ctx, struct err *e)
{
	struct edit *edit = ctx;

	if (check_face(a, edit, e) < 0)
		return -1;
	return account_read(a, edit->body, e);
}

static int change_active(struct account *a, void *ctx, struct err *e)
{
	if (check_face(a, ctx, e) < 0)
		return -1;
	a->active = !a->active;
	return 0;
}

static int change_schedulable(struct account *a, void *ctx, struct err *e)
{
	if (check_face(a, ctx, e) < 0)
		return -1;
	a->schedulable = !a->schedulable;
	return 0;
}

/* 0 with *out filled (account_release), or an answer was written: -1. */
static int edit(struct app *app, struct request *r,
		const struct route_args *args, const cJSON *body,
		int (*change)(struct account *a, void *ctx, struct err *e),
		struct account *out)
{
	struct edit ctx = {face_platform(r->path), body};
	const char *id = id_of(r, args);
	struct err e;

	err_set(&e, ERR_NOT_FOUND, "Account not found");
	if (id[0] && account_edit(app, id, change, &ctx, out, &e) == 0)
		return 0;
	if (e.kind == ERR_NOT_FOUND)
		err_set(&e, ERR_NOT_FOUND, "Account not found");
	reply_err(r, &e);
	return -1;
}

enum route_result account_update(struct app *app, struct request *r,
				 const struct route_args *args)
{
	struct account a;
	struct err e;
	cJSON *body = json_parse_object(buf_str(&r->body), &e), *data;

	if (!body)
		return reply_err(r, &e);
	if (edit(app, r, args, body, change_fields, &a) == 0) {
		data = account_show(app, &a);
		account_release(&a);
		reply_data(r, data, remark(r, say(r, "updated"), body, data));
	}
	cJSON_Delete(body);
	return ROUTE_ANSWERED;
}

enum route_result account_remove(struct app *app, struct request *r,
				 const struct route_args *args)
{
	int64_t unbound = 0;
	struct account a;
	struct err e;
	cJSON *o;

	if (load(app, r, args, &a, &e) < 0)
		return reply_err(r, &e);
	if (account_drop(app, a.id, &unbound, &e) < 0) {
		account_release(&a);
		return reply_err(r, &e);
	}
	account_release(&a);
	o = reply_begin();
	cJSON_AddStringToObject(o, "message", say(r, "deleted"));
	json_add_int(o, "unboundKeys", unbound);
	return reply_object(r, o, NULL, 0);
}

/* The new state under the name that CRS uses, and in data. */
static enum route_result answer_toggle(struct app *app, struct request *r,
				       struct account *a, const char *name,
				       bool value, const char *message)
{
	cJSON *o = reply_begin();

	cJSON_AddBoolToObject(o, name, value);
	cJSON_AddItemToObject(o, "data", account_show(app, a));
	cJSON_AddStringToObject(o, "message", message);
	account_release(a);
	return reply_object(r, o, NULL, 0);
}

enum route_result account_toggle(struct app *app, struct request *r,
				 const struct route_args *args)
{
	struct account a;

	if (edit(app, r, args, NULL, change_active, &a) < 0)
		return ROUTE_ANSWERED;
	return answer_toggle(app, r, &a, "isActive", a.active,
			     a.active ? "Account activated successfully"
				      : "Account deactivated successfully");
}

enum route_result account_toggle_schedulable(struct app *app, struct request *r,
					     const struct route_args *args)
{
	struct account a;

	if (edit(app, r, args, NULL, change_schedulable, &a) < 0)
		return ROUTE_ANSWERED;
	return answer_toggle(app, r, &a, "schedulable", a.schedulable,
			     a.schedulable ? "Scheduling enabled"
					   : "Scheduling disabled");
}

enum route_result account_reset_status(struct app *app, struct request *r,
				       const struct route_args *args)
{
	struct account a;
	struct err e;

	if (load(app, r, args, &a, &e) < 0)
		return reply_err(r, &e);
	pool_reset(app->pool, a.id);
	account_release(&a);
	return account_reset_learned(app, r, args);
}

enum route_result account_test(struct app *app, struct request *r,
			       const struct route_args *args)
{
	enum route_result done;
	struct account a;
	struct err e;

	if (load(app, r, args, &a, &e) < 0)
		return reply_err(r, &e);
	done = account_test_start(
	    app, r, &(struct account_test_plan){.account = &a, .full = true});
	account_release(&a);
	return done;
}
