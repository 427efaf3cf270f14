/* supportedModels and capabilities. */
#include <string.h>

#include "admin/account_json.h"
#include "admin/field.h"
#include "base/mem.h"

enum { MODELS_MAX = 200, NAME_MAX_BYTES = 127 };

static const struct {
	const char *word;
	unsigned bit;
} capabilities[] = {
    {"vision", CAP_VISION},
    {"tools", CAP_TOOLS},
    {"thinking", CAP_THINKING},
};
enum { NCAPS = sizeof(capabilities) / sizeof(capabilities[0]) };

static void models_release(struct account *a)
{
	for (size_t i = 0; i < a->nmodels; i++) {
		mem_free(a->models[i].asked);
		mem_free(a->models[i].sent);
	}
	mem_free(a->models);
	a->models = NULL;
	a->nmodels = 0;
}

/* A `*` stands for the rest of a name: at its end only. */
static int check_pattern(const char *name, struct err *e)
{
	const char *star = strchr(name, '*');

	if (name[0] && strlen(name) <= NAME_MAX_BYTES &&
	    !field_has_controls(name) && (!star || !star[1]))
		return 0;
	return err_set(e, ERR_BAD_REQUEST,
		       "supportedModels must hold names of 1 to %d bytes "
		       "without control characters, with * only at the end",
		       NAME_MAX_BYTES);
}

static int check_sent(const char *name, struct err *e)
{
	if (strlen(name) > NAME_MAX_BYTES || field_has_controls(name) ||
	    strchr(name, '*'))
		return err_set(e, ERR_BAD_REQUEST,
			       "supportedModels: the name to send must have "
			       "at most %d bytes, no control characters and "
			       "no *",
			       NAME_MAX_BYTES);
	return 0;
}

static int add_model(struct account *a, const cJSON *v, bool is_map,
		     struct err *e)
{
	const char *asked = is_map ? v->string : v->valuestring;
	struct account_model *m;

	if (!cJSON_IsString(v))
		return err_set(e, ERR_BAD_REQUEST,
			       "supportedModels must hold strings");
	if (check_pattern(asked, e) < 0 ||
	    (is_map && check_sent(v->valuestring, e) < 0))
		return -1;
	for (size_t i = 0; i < a->nmodels; i++) {
		if (strcmp(a->models[i].asked, asked) == 0)
			return 0; /* said twice */
	}
	m = &a->models[a->nmodels++];
	m->asked = mem_strdup(asked);
	if (is_map && v->valuestring[0])
		m->sent = mem_strdup(v->valuestring);
	return 0;
}

static int read_models(struct account *a, const cJSON *body, struct err *e)
{
	const cJSON *list =
	    cJSON_GetObjectItemCaseSensitive(body, "supportedModels");
	const cJSON *v;

	if (!list || cJSON_IsNull(list))
		return 0;
	if (!cJSON_IsArray(list) && !cJSON_IsObject(list))
		return err_set(e, ERR_BAD_REQUEST,
			       "supportedModels must be a list of names or an "
			       "object {asked: sent}");
	if (cJSON_GetArraySize(list) > MODELS_MAX)
		return err_set(e, ERR_BAD_REQUEST,
			       "supportedModels must have at most %d entries",
			       MODELS_MAX);
	models_release(a);
	a->models_are_map = cJSON_IsObject(list);
	a->models =
	    mem_array((size_t)cJSON_GetArraySize(list), sizeof(*a->models));
	cJSON_ArrayForEach(v, list)
	{
		if (add_model(a, v, a->models_are_map, e) < 0)
			return -1;
	}
	return 0;
}

static unsigned capability_bit(const cJSON *v)
{
	for (size_t i = 0; cJSON_IsString(v) && i < NCAPS; i++) {
		if (strcmp(v->valuestring, capabilities[i].word) == 0)
			return capabilities[i].bit;
	}
	return 0;
}

static int read_capabilities(struct account *a, const cJSON *body,
			     struct err *e)
{
	const cJSON *list, *v;
	unsigned bits = 0;

	if (json_read_array(body, "capabilities", &list, e) < 0)
		return -1;
	if (!list)
		return 0;
	cJSON_ArrayForEach(v, list)
	{
		unsigned bit = capability_bit(v);

		if (!bit)
			return err_set(e, ERR_BAD_REQUEST,
				       "capabilities must hold any of vision, "
				       "tools, thinking");
		bits |= bit;
	}
	a->capabilities = bits;
	return 0;
}

int account_read_models(struct account *a, const cJSON *body, struct err *e)
{
	if (read_models(a, body, e) < 0)
		return -1;
	return read_capabilities(a, body, e);
}

void account_write_models(cJSON *o, const struct account *a)
{
	cJSON *list;

	list = a->models_are_map ? cJSON_AddObjectToObject(o, "supportedModels")
				 : cJSON_AddArrayToObject(o, "supportedModels");
	for (size_t i = 0; i < a->nmodels; i++) {
		const struct account_model *m = &a->models[i];

		if (a->models_are_map)
			cJSON_AddStringToObject(list, m->asked,
						m->sent ? m->sent : "");
		else
			cJSON_AddItemToArray(list,
					     cJSON_CreateString(m->asked));
	}
	list = cJSON_AddArrayToObject(o, "capabilities");
	for (size_t i = 0; i < NCAPS; i++) {
		if (a->capabilities & capabilities[i].bit)
			cJSON_AddItemToArray(
			    list, cJSON_CreateString(capabilities[i].word));
	}
}
