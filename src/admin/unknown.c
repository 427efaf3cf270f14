#include "admin/unknown.h"

#include "base/nearest.h"

enum { NAME_SHOWN_BYTES = 60, NAMED_MAX = 20 };

static void add(cJSON *list, const struct unknown_rules *rules,
		const char *parent, const char *name, const char *near)
{
	struct buf text = BUF_INIT(512);
	struct str shown = str_of(name);

	shown.n = str_utf8_floor(shown, shown.n < NAME_SHOWN_BYTES
					    ? shown.n
					    : (size_t)NAME_SHOWN_BYTES);
	buf_addf(&text, "%s%s%.*s is not a field of %s and was ignored", parent,
		 *parent ? "." : "", STR_ARG(shown), rules->kind);
	if (near)
		buf_addf(&text, ": did you mean %s?", near);
	cJSON_AddItemToArray(list, cJSON_CreateString(text.data));
	buf_release(&text);
}

static bool has(const cJSON *o, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(o, name) != NULL;
}

static const char *nearest_of(const char *name, const cJSON *known)
{
	struct nearest near = {.given = str_of(name)};
	const cJSON *v;

	cJSON_ArrayForEach(v, known) nearest_offer(&near, v->string);
	return near.name;
}

static const char *meant(const char *name, const cJSON *shown,
			 const struct unknown_rules *rules)
{
	const char *alias =
	    rules->alias ? rules->alias(name, rules->ctx) : NULL;

	return alias ? alias : nearest_of(name, shown);
}

static void look_inside(cJSON *list, const cJSON *body, const cJSON *shown,
			const char *parent, const struct unknown_rules *rules)
{
	const cJSON *given = cJSON_GetObjectItemCaseSensitive(body, parent);
	const cJSON *known = cJSON_GetObjectItemCaseSensitive(shown, parent);
	const cJSON *v;

	if (!cJSON_IsObject(given) || !cJSON_IsObject(known))
		return;
	cJSON_ArrayForEach(v, given)
	{
		if (cJSON_GetArraySize(list) >= NAMED_MAX)
			break;
		if (!has(known, v->string))
			add(list, rules, parent, v->string,
			    nearest_of(v->string, known));
	}
}

cJSON *unknown_fields(const cJSON *body, const cJSON *shown,
		      const struct unknown_rules *rules)
{
	cJSON *list = cJSON_CreateArray();
	const cJSON *v;

	cJSON_ArrayForEach(v, body)
	{
		if (cJSON_GetArraySize(list) >= NAMED_MAX)
			break; /* enough is said, and looking takes long */
		if (!has(shown, v->string))
			add(list, rules, "", v->string,
			    meant(v->string, shown, rules));
	}
	for (size_t i = 0; i < rules->nnested; i++)
		look_inside(list, body, shown, rules->nested[i], rules);
	return list;
}

void unknown_remark(struct buf *out, const cJSON *unknown)
{
	const cJSON *v;

	cJSON_ArrayForEach(v, unknown) buf_addf(out, "; %s", v->valuestring);
}

void unknown_attach(cJSON *data, cJSON *unknown)
{
	if (unknown->child)
		cJSON_AddItemToObject(data, "warnings", unknown);
	else
		cJSON_Delete(unknown);
}
