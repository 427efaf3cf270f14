#include "admin/account_new.h"

#include "admin/account_json.h"
#include "admin/face.h"
#include "base/mem.h"

/* The address in "model=address, ..." for a model. */
static struct str endpoint_of(struct str map, struct str model)
{
	while (map.n) {
		struct str pair = str_trim(str_cut(&map, ','));
		struct str name = str_trim(str_cut(&pair, '='));

		if (name.n && str_ieq(name, model))
			return str_trim(pair);
	}
	return STR_NONE;
}

/* Of the first model of the account that has one. */
static struct str find_endpoint(const struct app *app, const cJSON *body)
{
	struct str map = str_of(app->settings->openai_endpoints);
	const cJSON *models =
	    cJSON_GetObjectItemCaseSensitive(body, "supportedModels");
	struct str found = endpoint_of(
	    map, str_of(json_string_or(body, "deploymentName", "")));
	const cJSON *v;

	cJSON_ArrayForEach(v, models)
	{
		const char *name =
		    cJSON_IsString(v) ? v->valuestring : v->string;

		if (!found.n)
			found = endpoint_of(map, str_of(name));
		if (!found.n && v->string)
			found = endpoint_of(map, str_of(v->string));
	}
	return found;
}

int account_new(struct app *app, enum account_platform platform,
		const cJSON *body, struct account *a, struct err *e)
{
	const struct face *face = face_of(platform);

	account_init(a);
	a->platform = platform;
	if (face->default_address &&
	    !json_string_or(body, face->address_field, "")[0]) {
		struct str found = find_endpoint(app, body);

		if (found.n)
			a->address = mem_strndup(found.p, found.n);
	}
	return account_read(a, body, e);
}
