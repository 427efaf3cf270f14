#include "admin/account_remarks.h"

#include <string.h>

#include "base/nearest.h"

enum { NAME_SHOWN_BYTES = 60, TEXT_BYTES = 4096 };

/* Names that other programs use for the same, without case, '_' and '-'.  NULL:
 * the address, whatever this face calls it. */
static const struct {
	const char *name, *ours;
} aliases[] = {
    {"azureEndpoint", NULL},
    {"baseApi", NULL},
    {"baseUrl", NULL},
    {"endpoint", NULL},
    {"apiBase", NULL},
    {"apiUrl", NULL},
    {"apiEndpoint", NULL},
    {"url", NULL},
    {"address", NULL},
    {"host", NULL},
    {"deployment", "deploymentName"},
    {"modelName", "deploymentName"},
    {"model", "deploymentName or supportedModels"},
    {"models", "supportedModels"},
    {"mapping", "supportedModels"},
    {"modelMapping", "supportedModels"},
    {"key", "apiKey"},
    {"token", "apiKey"},
    {"password", "apiKey"},
    {"type", "accountType or capabilities"},
    {"enabled", "isActive"},
    {"active", "isActive"},
    {"maxTokens", "maxOutputTokens"},
    {"contextLength", "contextWindow"},
    {"maxConcurrency", "maxConcurrentTasks"},
    {"concurrencyLimit", "maxConcurrentTasks"},
    {"timeout", "timeouts"},
    {"price", "pricing"},
};

/* Objects whose members are ours; those of others are the admin's. */
static const char *const nested[] = {"timeouts", "pricing", "proxy"};

static const char *alias_of(const char *name, const struct face *face)
{
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
		struct nearest same = {.given = str_of(name)};

		nearest_offer(&same, aliases[i].name);
		if (same.name && same.distance == 0)
			return aliases[i].ours ? aliases[i].ours
					       : face->address_field;
	}
	return NULL;
}

static const char *meant(const char *name, const cJSON *shown,
			 const struct face *face)
{
	struct nearest near = {.given = str_of(name)};
	const char *alias = alias_of(name, face);
	const cJSON *v;

	if (alias)
		return alias;
	cJSON_ArrayForEach(v, shown) nearest_offer(&near, v->string);
	return near.name;
}

static void add_unknown(cJSON *list, const char *parent, const char *name,
			const char *near)
{
	struct buf text = BUF_INIT(512);
	struct str shown = str_of(name);

	shown.n = str_utf8_floor(shown, shown.n < NAME_SHOWN_BYTES
					    ? shown.n
					    : (size_t)NAME_SHOWN_BYTES);
	buf_addf(&text, "%s%s%.*s is not a field of accounts and was ignored",
		 parent, *parent ? "." : "", STR_ARG(shown));
	if (near)
		buf_addf(&text, ": did you mean %s?", near);
	cJSON_AddItemToArray(list, cJSON_CreateString(text.data));
	buf_release(&text);
}

static bool has(const cJSON *o, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(o, name) != NULL;
}

static void look_inside(cJSON *list, const cJSON *body, const cJSON *shown,
			const char *parent)
{
	const cJSON *given = cJSON_GetObjectItemCaseSensitive(body, parent);
	const cJSON *known = cJSON_GetObjectItemCaseSensitive(shown, parent);
	const cJSON *v;

	if (!cJSON_IsObject(given) || !cJSON_IsObject(known))
		return;
	cJSON_ArrayForEach(v, given)
	{
		struct nearest near = {.given = str_of(v->string)};
		const cJSON *k;

		if (has(known, v->string))
			continue;
		cJSON_ArrayForEach(k, known) nearest_offer(&near, k->string);
		add_unknown(list, parent, v->string, near.name);
	}
}

cJSON *account_unknown(const cJSON *body, const cJSON *shown,
		       const struct face *face)
{
	cJSON *list = cJSON_CreateArray();
	const cJSON *v;

	cJSON_ArrayForEach(v, body)
	{
		if (!has(shown, v->string))
			add_unknown(list, "", v->string,
				    meant(v->string, shown, face));
	}
	for (size_t i = 0; i < sizeof(nested) / sizeof(nested[0]); i++)
		look_inside(list, body, shown, nested[i]);
	return list;
}

void account_remark(struct buf *out, const cJSON *unknown)
{
	const cJSON *v;

	cJSON_ArrayForEach(v, unknown) buf_addf(out, "; %s", v->valuestring);
}

/* Is it there, and not empty? */
static bool is_given(const cJSON *body, const char *name)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(body, name);

	if (cJSON_IsString(v))
		return v->valuestring[0] != '\0';
	return v && v->child;
}

void account_remark_new(struct buf *out, const cJSON *body, const cJSON *shown,
			const struct face *face)
{
	if (!is_given(body, face->address_field))
		buf_addf(out, "; no %s was given: its requests go to %s",
			 face->address_field,
			 json_string_or(shown, face->address_field, ""));
	if (!is_given(body, "supportedModels"))
		buf_adds(out, "; without supportedModels it serves every "
			      "model name");
}
