/* All accounts of a face as import takes them, without anything secret. */
#include <string.h>

#include "admin/account_json.h"
#include "admin/face.h"
#include "admin/field.h"
#include "admin/reply.h"
#include "admin/routes.h"
#include "base/clock.h"

/* What belongs to this installation, not to the account. */
static const char *const own[] = {"id", "platform", "detectedFlavour",
				  "createdAt", "updatedAt"};

/* Left out whole, so that an import leaves there what is there. */
static void withhold(cJSON *o, cJSON *withheld, const char *name, bool secret)
{
	if (!secret)
		return;
	cJSON_DeleteItemFromObjectCaseSensitive(o, name);
	cJSON_AddItemToArray(withheld, cJSON_CreateString(name));
}

static bool has_login(const char *proxy)
{
	return proxy && strchr(proxy, '@');
}

static cJSON *exported(const struct account *a)
{
	cJSON *o = account_write(a), *withheld = cJSON_CreateArray();

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		cJSON_DeleteItemFromObjectCaseSensitive(o, own[i]);
	withhold(o, withheld, "apiKey", a->api_key && a->api_key[0]);
	withhold(o, withheld, "headers", account_has_secret_headers(a));
	withhold(o, withheld, "proxy", has_login(a->proxy));
	if (withheld->child)
		cJSON_AddItemToObject(o, "withheld", withheld);
	else
		cJSON_Delete(withheld);
	return o;
}

enum route_result account_export(struct app *app, struct request *r,
				 const struct route_args *args)
{
	enum account_platform platform = face_platform(r->path);
	struct account *list;
	cJSON *data, *accounts;
	struct err e;
	size_t n;

	(void)args;
	if (store_account_list(app->store, &list, &n, &e) < 0)
		return reply_err(r, &e);
	data = cJSON_CreateObject();
	field_add_time(data, "exportedAt", clock_wall_ms());
	accounts = cJSON_AddArrayToObject(data, "accounts");
	for (size_t i = 0; i < n; i++) {
		if (list[i].platform == platform)
			cJSON_AddItemToArray(accounts, exported(&list[i]));
	}
	account_list_free(list, n);
	return reply_data(r, data, NULL);
}
