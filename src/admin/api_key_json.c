#include "admin/api_key_json.h"

#include <string.h>

#include "admin/api_key_binding.h"
#include "admin/api_key_expiry.h"
#include "admin/field.h"
#include "base/clock.h"
#include "base/mem.h"

enum {
	NAME_MAX_BYTES = 100,
	DESCRIPTION_MAX = 500,
	MODELS_MAX = 200,
	MODEL_BYTES = 127,
	TAGS_MAX = 50,
	TAG_BYTES = 50,
	IN_FLIGHT_MAX = 1000000,
	QUEUE_MAX = 10000,
	QUEUE_MAX_MS = 300000,
	WINDOW_MAX = 366 * 24 * 60 /* minutes */
};
#define COUNT_MAX INT64_C(1000000000000000)
#define COST_MAX  1e9

/* Fields of CRS that narrow a key in ways that nothing here enforces. */
static const char *const unsupported[] = {
    "weeklyOpusCostLimit",
    "permissions",
    "claudeAccountId",
};

/* Whole numbers. */
static const struct count_field {
	const char *name;
	size_t at;
	int64_t min, max;
} count_fields[] = {
    {"concurrencyLimit", offsetof(struct api_key, concurrency_limit), 0,
     IN_FLIGHT_MAX},
    {"concurrentRequestQueueMaxSize", offsetof(struct api_key, queue_size), -1,
     QUEUE_MAX},
    {"concurrentRequestQueueTimeoutMs", offsetof(struct api_key, queue_ms), 0,
     QUEUE_MAX_MS},
    {"rateLimitWindow", offsetof(struct api_key, window_minutes), 0,
     WINDOW_MAX},
    {"rateLimitRequests", offsetof(struct api_key, window_requests), 0,
     COUNT_MAX},
    {"tokenLimit", offsetof(struct api_key, window_tokens), 0, COUNT_MAX},
};

/* USD. */
static const struct cost_field {
	const char *name;
	size_t at;
} cost_fields[] = {
    {"rateLimitCost", offsetof(struct api_key, window_cost)},
    {"dailyCostLimit", offsetof(struct api_key, daily_cost)},
    {"totalCostLimit", offsetof(struct api_key, total_cost)},
};

static const struct list_field {
	const char *name;
	size_t at, count_at; /* of the char ** and its size_t */
	int max_items;
	size_t max;
} list_fields[] = {
    {.name = "allowedModels",
     .at = offsetof(struct api_key, allowed_models),
     .count_at = offsetof(struct api_key, nallowed),
     .max_items = MODELS_MAX,
     .max = MODEL_BYTES},
    {.name = "restrictedModels",
     .at = offsetof(struct api_key, restricted_models),
     .count_at = offsetof(struct api_key, nrestricted),
     .max_items = MODELS_MAX,
     .max = MODEL_BYTES},
    {.name = "tags",
     .at = offsetof(struct api_key, tags),
     .count_at = offsetof(struct api_key, ntags),
     .max_items = TAGS_MAX,
     .max = TAG_BYTES},
    {.name = "allowedClients",
     .at = offsetof(struct api_key, allowed_clients),
     .count_at = offsetof(struct api_key, nclients),
     .max_items = MODELS_MAX,
     .max = MODEL_BYTES},
};
enum { RESTRICTED = 1, CLIENTS = 3 };

/* A list that is given is meant, unless its switch is off. */
static const struct {
	const char *name;
	int list;
} switches[] = {{"enableModelRestriction", RESTRICTED},
		{"enableClientRestriction", CLIENTS}};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* null, false, 0, "", [] and {} ask for nothing. */
static bool asks_for_nothing(const cJSON *v)
{
	if (!v || cJSON_IsNull(v) || cJSON_IsFalse(v))
		return true;
	if (cJSON_IsNumber(v))
		return v->valuedouble == 0;
	if (cJSON_IsString(v))
		return !v->valuestring[0];
	return (cJSON_IsArray(v) || cJSON_IsObject(v)) && !v->child;
}

static int refuse_unsupported(const cJSON *body, struct err *e)
{
	for (size_t i = 0; i < COUNT(unsupported); i++) {
		if (!asks_for_nothing(
			cJSON_GetObjectItemCaseSensitive(body, unsupported[i])))
			return err_set(e, ERR_BAD_REQUEST,
				       "%s: not supported by this version",
				       unsupported[i]);
	}
	return 0;
}

static char ***list_at(const struct api_key *k, const struct list_field *f)
{
	return (char ***)((char *)k + f->at);
}

static size_t *count_at(const struct api_key *k, const struct list_field *f)
{
	return (size_t *)((char *)k + f->count_at);
}

static void list_clear(struct api_key *k, const struct list_field *f)
{
	char ***list = list_at(k, f);

	for (size_t i = 0; i < *count_at(k, f); i++)
		mem_free((*list)[i]);
	mem_free(*list);
	*list = NULL;
	*count_at(k, f) = 0;
}

static int read_list(struct api_key *k, const struct list_field *f,
		     const cJSON *body, struct err *e)
{
	const cJSON *list, *v;
	size_t n = 0;

	if (json_read_array(body, f->name, &list, e) < 0)
		return -1;
	if (!list)
		return 0;
	if (field_check_strings(list, f->name, f->max_items, f->max, e) < 0)
		return -1;
	list_clear(k, f);
	*list_at(k, f) =
	    mem_array((size_t)cJSON_GetArraySize(list), sizeof(char *));
	cJSON_ArrayForEach(v, list)
	{
		(*list_at(k, f))[n++] = mem_strdup(v->valuestring);
		*count_at(k, f) = n;
	}
	return 0;
}

static int read_lists(struct api_key *k, const cJSON *body, struct err *e)
{
	for (size_t i = 0; i < COUNT(list_fields); i++) {
		if (read_list(k, &list_fields[i], body, e) < 0)
			return -1;
	}
	for (size_t i = 0; i < COUNT(switches); i++) {
		bool on = true;

		if (json_read_bool(body, switches[i].name, &on, e) < 0)
			return -1;
		if (!on)
			list_clear(k, &list_fields[switches[i].list]);
	}
	return 0;
}

static int read_texts(struct api_key *k, const cJSON *body, struct err *e)
{
	if (json_read_string(body, "name", NAME_MAX_BYTES, &k->name, e) < 0 ||
	    json_read_string(body, "description", DESCRIPTION_MAX,
			     &k->description, e) < 0)
		return -1;
	if (!k->name || str_trim(str_of(k->name)).n == 0)
		return err_set(
		    e, ERR_BAD_REQUEST,
		    "Name is required and must be a non-empty string");
	if (field_has_controls(k->name))
		return err_set(e, ERR_BAD_REQUEST,
			       "name must not hold control characters");
	return 0;
}

static int64_t *count_of(const struct api_key *k, const struct count_field *f)
{
	return (int64_t *)((char *)k + f->at);
}

static double *cost_of(const struct api_key *k, const struct cost_field *f)
{
	return (double *)((char *)k + f->at);
}

static int read_limits(struct api_key *k, const cJSON *body, struct err *e)
{
	for (size_t i = 0; i < COUNT(count_fields); i++) {
		const struct count_field *f = &count_fields[i];

		if (json_read_int(body, f->name, f->min, f->max, count_of(k, f),
				  e) < 0)
			return -1;
	}
	for (size_t i = 0; i < COUNT(cost_fields); i++) {
		const struct cost_field *f = &cost_fields[i];

		if (json_read_double(body, f->name, 0, COST_MAX, cost_of(k, f),
				     e) < 0)
			return -1;
	}
	if (!k->window_minutes &&
	    (k->window_requests || k->window_tokens || k->window_cost > 0))
		return err_set(e, ERR_BAD_REQUEST,
			       "rateLimitWindow: rateLimitRequests, tokenLimit "
			       "and rateLimitCost need a window, in minutes");
	return 0;
}

int api_key_read(struct api_key *k, const cJSON *body, struct err *e)
{
	if (refuse_unsupported(body, e) < 0 || read_texts(k, body, e) < 0 ||
	    json_read_bool(body, "isActive", &k->active, e) < 0 ||
	    read_limits(k, body, e) < 0 ||
	    api_key_read_expiry(k, body, e) < 0 ||
	    api_key_read_binding(k, body, e) < 0)
		return -1;
	return read_lists(k, body, e);
}

cJSON *api_key_write(const struct api_key *k)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "id", k->id);
	cJSON_AddStringToObject(o, "name", k->name ? k->name : "");
	cJSON_AddStringToObject(o, "description",
				k->description ? k->description : "");
	cJSON_AddStringToObject(o, "apiKey", k->hint);
	cJSON_AddBoolToObject(o, "isActive", k->active);
	for (size_t i = 0; i < COUNT(count_fields); i++)
		json_add_int(o, count_fields[i].name,
			     *count_of(k, &count_fields[i]));
	for (size_t i = 0; i < COUNT(cost_fields); i++)
		cJSON_AddNumberToObject(o, cost_fields[i].name,
					*cost_of(k, &cost_fields[i]));
	cJSON_AddNumberToObject(o, "weeklyOpusCostLimit", 0);
	for (size_t i = 0; i < COUNT(list_fields); i++) {
		const struct list_field *f = &list_fields[i];
		cJSON *list = cJSON_AddArrayToObject(o, f->name);

		for (size_t j = 0; j < *count_at(k, f); j++)
			cJSON_AddItemToArray(
			    list, cJSON_CreateString((*list_at(k, f))[j]));
	}
	for (size_t i = 0; i < COUNT(switches); i++)
		cJSON_AddBoolToObject(
		    o, switches[i].name,
		    *count_at(k, &list_fields[switches[i].list]) > 0);
	api_key_write_binding(o, k);
	api_key_write_expiry(o, k);
	field_add_time(o, "createdAt", k->created_ms);
	field_add_time(o, "updatedAt", k->updated_ms);
	return o;
}
