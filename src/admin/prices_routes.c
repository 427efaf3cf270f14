/* /admin/prices: what models cost that have no price of their account; and
 * /admin/models/pricing (CRS 1.9), the same in the format of price lists. */
#include "admin/prices_routes.h"

#include <string.h>

#include "admin/csv.h"
#include "admin/field.h"
#include "admin/price_json.h"
#include "admin/reply.h"
#include "admin/routes.h"
#include "app/prices.h"
#include "base/mem.h"

/* In price lists: USD per token. */
static const double million = 1e6;

static const struct {
	const char *name;
	size_t at;
} per_token[] = {
    {"input_cost_per_token", offsetof(struct price, input)},
    {"output_cost_per_token", offsetof(struct price, output)},
    {"cache_read_input_token_cost", offsetof(struct price, cache_read)},
    {"cache_creation_input_token_cost", offsetof(struct price, cache_write)},
};
enum {
	PER_TOKEN = sizeof(per_token) / sizeof(per_token[0]),
	MODEL_SHOWN = 100 /* bytes of a name in a refusal */
};

enum route_result prices_list(struct app *app, struct request *r,
			      const struct route_args *args)
{
	struct model_price *list;
	struct err e;
	cJSON *data;
	size_t n;

	(void)args;
	if (store_price_list(app->store, &list, &n, &e) < 0)
		return reply_err(r, &e);
	data = cJSON_CreateArray();
	for (size_t i = 0; i < n; i++)
		cJSON_AddItemToArray(data, price_json(&list[i]));
	mem_free(list);
	if (!csv_wanted(r))
		return reply_data(r, data, NULL);
	csv_reply(r, data, "prices.csv");
	return ROUTE_ANSWERED;
}

/* The price is whole: what is absent is 0. */
static int read_one(const cJSON *o, const char *model, struct model_price *out,
		    struct err *e)
{
	*out = (struct model_price){.updated_ms = 0};
	if (price_check_model(model, e) < 0)
		return -1;
	str_put(out->model, sizeof(out->model), str_of(model));
	return price_read(o, &out->price, e);
}

enum route_result prices_set(struct app *app, struct request *r,
			     const struct route_args *args)
{
	struct model_price price;
	enum route_result done;
	struct err e;
	cJSON *body = json_parse_object(buf_str(&r->body), &e);

	(void)args;
	if (!body ||
	    read_one(body, json_string_or(body, "model", ""), &price, &e) < 0 ||
	    prices_put(app, &price, 1, &e) < 0)
		done = reply_err(r, &e);
	else
		done =
		    reply_data(r, price_json(&price), "Price set successfully");
	cJSON_Delete(body);
	return done;
}

enum route_result prices_remove(struct app *app, struct request *r,
				const struct route_args *args)
{
	struct str model = request_query(r, "model");
	struct err e;

	(void)args;
	if (!model.n || model.n >= PRICE_MODEL_BYTES) {
		err_set(&e, ERR_BAD_REQUEST,
			"model is required: DELETE /admin/prices?model=NAME");
		return reply_err(r, &e);
	}
	if (prices_delete(app, arena_strz(&r->arena, model), &e) < 0)
		return reply_err(r, &e);
	return reply_data(r, NULL, "Price removed successfully");
}

/* One of a price list; those without a price by tokens (images, speech) are
 * left out: 0. */
static int read_per_token(const cJSON *o, struct price *p, struct err *e)
{
	int found = 0;

	for (size_t i = 0; i < PER_TOKEN; i++) {
		double *to = (double *)((char *)p + per_token[i].at), v = -1;

		if (json_read_double(o, per_token[i].name, 0, 1, &v, e) < 0)
			return -1;
		if (v < 0)
			continue;
		/* To what people wrote: 0.15 and not 0.15000000000000002. */
		*to = (double)(int64_t)(v * million * 1e9 + 0.5) / 1e9;
		found = 1;
	}
	return found;
}

static bool is_per_token(const cJSON *o)
{
	return cJSON_GetObjectItemCaseSensitive(o, "input_cost_per_token") ||
	       cJSON_GetObjectItemCaseSensitive(o, "litellm_provider");
}

/* 1: *out is filled; 0: nothing in it to be taken. */
static int read_entry(const cJSON *o, struct model_price *out, struct err *e)
{
	const char *model =
	    o->string ? o->string : json_string_or(o, "model", "");
	struct str shown = str_of(model[0] ? model : "a price");
	struct err why;
	int rc;

	shown.n = str_utf8_floor(shown, MODEL_SHOWN);
	if (!cJSON_IsObject(o))
		rc = err_set(&why, ERR_BAD_REQUEST, "must be an object");
	else if (read_one(o, model, out, &why) < 0)
		rc = -1;
	else
		rc = is_per_token(o) ? read_per_token(o, &out->price, &why) : 1;
	if (rc < 0)
		err_set(e, ERR_BAD_REQUEST, "%.*s: %s", STR_ARG(shown),
			why.message);
	return rc;
}

/* An object by model, or {"prices": [...]} as the list answers it. */
static int read_all(const cJSON *body, struct model_price *list, size_t *n,
		    struct err *e)
{
	const cJSON *prices = cJSON_GetObjectItemCaseSensitive(body, "prices");
	const cJSON *entry, *all = cJSON_IsArray(prices) ? prices : body;

	*n = 0;
	cJSON_ArrayForEach(entry, all)
	{
		int rc;

		if (*n == PRICES_MAX)
			return err_set(e, ERR_TOO_LARGE,
				       "There may be %d prices at most",
				       PRICES_MAX);
		rc = read_entry(entry, &list[*n], e);
		if (rc < 0)
			return -1;
		*n += (size_t)rc;
	}
	if (*n == 0)
		return err_set(e, ERR_BAD_REQUEST, "There are no prices in it");
	return 0;
}

enum route_result prices_import(struct app *app, struct request *r,
				const struct route_args *args)
{
	struct model_price *list = mem_array(PRICES_MAX, sizeof(*list));
	enum route_result done;
	size_t n;
	struct err e;
	cJSON *body = json_parse_object(buf_str(&r->body), &e), *data;

	(void)args;
	if (!body || read_all(body, list, &n, &e) < 0 ||
	    prices_put(app, list, n, &e) < 0) {
		done = reply_err(r, &e);
	} else {
		data = cJSON_CreateObject();
		json_add_int(data, "imported", (int64_t)n);
		done = reply_data(r, data, "Prices imported successfully");
	}
	cJSON_Delete(body);
	mem_free(list);
	return done;
}

static cJSON *per_token_json(const struct price *p)
{
	cJSON *o = cJSON_CreateObject();

	for (size_t i = 0; i < PER_TOKEN; i++)
		cJSON_AddNumberToObject(
		    o, per_token[i].name,
		    *(const double *)((const char *)p + per_token[i].at) /
			million);
	return o;
}

enum route_result pricing_get(struct app *app, struct request *r,
			      const struct route_args *args)
{
	struct model_price *list;
	struct err e;
	cJSON *data;
	size_t n;

	(void)args;
	if (store_price_list(app->store, &list, &n, &e) < 0)
		return reply_err(r, &e);
	data = cJSON_CreateObject();
	for (size_t i = 0; i < n; i++)
		cJSON_AddItemToObject(data, list[i].model,
				      per_token_json(&list[i].price));
	mem_free(list);
	return reply_data(r, data, NULL);
}

int pricing_status(struct app *app, cJSON **out, struct err *e)
{
	struct model_price *list;
	int64_t last_ms = 0;
	size_t n;

	if (store_price_list(app->store, &list, &n, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (list[i].updated_ms > last_ms)
			last_ms = list[i].updated_ms;
	}
	mem_free(list);
	*out = cJSON_CreateObject();
	cJSON_AddTrueToObject(*out, "initialized");
	field_add_time(*out, "lastUpdated", last_ms);
	json_add_int(*out, "modelCount", (int64_t)n);
	cJSON_AddNullToObject(*out, "nextUpdate");
	return 0;
}

enum route_result pricing_status_get(struct app *app, struct request *r,
				     const struct route_args *args)
{
	struct err e;
	cJSON *data;

	(void)args;
	if (pricing_status(app, &data, &e) < 0)
		return reply_err(r, &e);
	return reply_data(r, data, NULL);
}
