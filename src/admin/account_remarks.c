#include "admin/account_remarks.h"

#include "admin/unknown.h"
#include "base/nearest.h"

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

static const char *alias_of(const char *name, const void *ctx)
{
	const struct face *face = ctx;

	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
		struct nearest same = {.given = str_of(name)};

		nearest_offer(&same, aliases[i].name);
		if (same.name && same.distance == 0)
			return aliases[i].ours ? aliases[i].ours
					       : face->address_field;
	}
	return NULL;
}

cJSON *account_unknown(const cJSON *body, const cJSON *shown,
		       const struct face *face)
{
	struct unknown_rules rules = {
	    .kind = "accounts",
	    .nested = nested,
	    .nnested = sizeof(nested) / sizeof(nested[0]),
	    .alias = alias_of,
	    .ctx = face,
	};

	return unknown_fields(body, shown, &rules);
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
