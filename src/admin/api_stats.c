/* /apiStats: what the holder of a key may see of it.  The key itself is the
 * credential; its id alone opens nothing (CRS 1.11). */
#include <string.h>

#include "admin/api_key_show.h"
#include "admin/credential.h"
#include "admin/field.h"
#include "admin/reply.h"
#include "admin/routes.h"
#include "admin/usage_json.h"
#include "base/clock.h"
#include "base/mem.h"

enum { KEY_BYTES = 512 };

/* Which of a key's fields its holder is shown, beside its limits. */
static const char *const shown[] = {
    "id",
    "name",
    "description",
    "isActive",
    "createdAt",
    "expiresAt",
    "expirationMode",
    "isActivated",
    "activationDays",
    "activationUnit",
    "activatedAt",
    "status",
    "lastUsedAt",
    "usage",
};
static const char *const limits[] = {
    "concurrentRequestQueueMaxSize",
    "concurrentRequestQueueTimeoutMs",
    "concurrencyLimit",
    "rateLimitWindow",
    "rateLimitRequests",
    "tokenLimit",
    "rateLimitCost",
    "dailyCostLimit",
    "totalCostLimit",
    "currentConcurrency",
    "currentWindowRequests",
    "currentWindowTokens",
    "currentWindowCost",
    "windowStartTime",
    "windowEndTime",
    "windowRemainingSeconds",
};
static const char *const restrictions[] = {
    "allowedModels",  "restrictedModels",	 "enableModelRestriction",
    "allowedClients", "enableClientRestriction",
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static void move(cJSON *from, cJSON *to, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		cJSON *v =
		    cJSON_DetachItemFromObjectCaseSensitive(from, names[i]);

		if (v)
			cJSON_AddItemToObject(to, names[i], v);
	}
}

/* Keys that were deleted are not there; those that are switched off or have
 * expired are shown as what they are. */
static int find(struct app *app, const cJSON *body, struct api_key *out,
		struct err *e)
{
	char hash[SECRET_HASH_HEX], *key = NULL;
	int rc;

	if (json_read_string(body, "apiKey", KEY_BYTES, &key, e) < 0)
		return -1;
	if (!key || !key[0]) {
		mem_free(key);
		return err_set(e, ERR_BAD_REQUEST, "apiKey is required");
	}
	secret_hash(&app->keys, str_trim(str_of(key)), hash);
	mem_free(key);
	rc = store_api_key_find(app->store, hash, out, e);
	if (rc == 0 && !out->deleted_ms)
		return 0;
	if (rc == 0)
		api_key_release(out);
	else if (e->kind != ERR_NOT_FOUND)
		return -1;
	return err_set(e, ERR_AUTH, "Invalid API key");
}

static cJSON *stats_json(struct app *app, const struct api_key *k)
{
	cJSON *all = api_key_show(app, k), *o = cJSON_CreateObject();
	cJSON *group;

	move(all, o, shown, COUNT(shown));
	group = cJSON_AddObjectToObject(o, "limits");
	cJSON_AddNumberToObject(group, "currentDailyCost",
				json_double_or(all, "dailyCost", 0));
	cJSON_AddNumberToObject(group, "currentTotalCost",
				json_double_or(all, "totalCost", 0));
	move(all, group, limits, COUNT(limits));
	group = cJSON_AddObjectToObject(o, "restrictions");
	move(all, group, restrictions, COUNT(restrictions));
	cJSON_Delete(all);
	return o;
}

static cJSON *id_json(struct app *app, const struct api_key *k)
{
	cJSON *o = cJSON_CreateObject();

	(void)app;
	cJSON_AddStringToObject(o, "id", k->id);
	return o;
}

static cJSON *models_json(struct app *app, const struct api_key *k)
{
	struct usage_query q = {.key_id = k->id, .account_id = "", .model = ""};
	struct usage_model *list;
	cJSON *data = cJSON_CreateArray();
	struct err e;
	size_t n;

	if (store_usage_models(app->store, &q, &list, &n, &e) < 0)
		return data;
	for (size_t i = 0; i < n; i++) {
		cJSON *o = usage_counts(&list[i].totals);

		cJSON_AddStringToObject(o, "model", list[i].model);
		cJSON_AddItemToArray(data, o);
	}
	mem_free(list);
	return data;
}

static enum route_result answer(struct app *app, struct request *r,
				cJSON *(*json)(struct app *app,
					       const struct api_key *k))
{
	struct api_key k;
	struct err e;
	cJSON *data, *body = json_parse_object(buf_str(&r->body), &e);
	int rc;

	if (!body)
		return reply_err(r, &e);
	rc = find(app, body, &k, &e);
	cJSON_Delete(body);
	if (rc < 0)
		return reply_err(r, &e);
	data = json(app, &k);
	api_key_release(&k);
	return reply_data(r, data, NULL);
}

enum route_result api_stats_id(struct app *app, struct request *r,
			       const struct route_args *args)
{
	(void)args;
	return answer(app, r, id_json);
}

enum route_result api_stats_user(struct app *app, struct request *r,
				 const struct route_args *args)
{
	(void)args;
	return answer(app, r, stats_json);
}

enum route_result api_stats_models(struct app *app, struct request *r,
				   const struct route_args *args)
{
	(void)args;
	return answer(app, r, models_json);
}
