/* POST /admin/...-accounts/:id/health-check and .../health-check-all (CRS):
 * what the relay thinks of an account.  Nothing is asked of its server: that is
 * what a test is for. */
#include "admin/account_status.h"
#include "admin/face.h"
#include "admin/reply.h"
#include "admin/routes.h"
#include "store/account.h"

static cJSON *health_json(struct app *app, const struct account *a)
{
	cJSON *o = cJSON_CreateObject(), *shown = cJSON_CreateObject();
	const char *status, *reason;

	account_add_status(shown, app, a);
	status = json_string_or(shown, "status", "");
	reason = json_string_or(shown, "statusReason", "");
	cJSON_AddStringToObject(o, "id", a->id);
	cJSON_AddStringToObject(o, "status",
				str_is(str_of(status), "active") ? "healthy"
								 : "error");
	cJSON_AddStringToObject(o, "message",
				reason[0] ? reason : "It takes requests");
	cJSON_Delete(shown);
	return o;
}

enum route_result account_health_all(struct app *app, struct request *r,
				     const struct route_args *args)
{
	enum account_platform platform = face_platform(r->path);
	struct account *list;
	struct err e;
	cJSON *data;
	size_t n;

	(void)args;
	if (store_account_list(app->store, &list, &n, &e) < 0)
		return reply_err(r, &e);
	data = cJSON_CreateArray();
	for (size_t i = 0; i < n; i++) {
		if (list[i].platform == platform)
			cJSON_AddItemToArray(data, health_json(app, &list[i]));
	}
	account_list_free(list, n);
	return reply_data(r, data, NULL);
}

enum route_result account_health(struct app *app, struct request *r,
				 const struct route_args *args)
{
	struct account *list;
	cJSON *data = NULL;
	struct err e;
	size_t n;

	if (store_account_list(app->store, &list, &n, &e) < 0)
		return reply_err(r, &e);
	for (size_t i = 0; i < n && !data; i++) {
		if (str_is(args->arg[0], list[i].id) &&
		    list[i].platform == face_platform(r->path))
			data = health_json(app, &list[i]);
	}
	account_list_free(list, n);
	return data ? reply_data(r, data, NULL) : reply_not_found(r, "Account");
}
