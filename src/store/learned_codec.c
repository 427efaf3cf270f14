#include "store/learned_codec.h"

#include <string.h>

#include "base/mem.h"
#include "store/fields.h"

#define FIELD(type_, name, kind, field)                                        \
	{                                                                      \
		name, kind, offsetof(struct type_, field),                     \
		    sizeof(((struct type_ *)0)->field)                         \
	}
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const struct field account_rows[] = {
    FIELD(learned, "accountId", FIELD_CHARS, account_id),
    FIELD(learned, "identity", FIELD_CHARS, identity),
};

static const struct field model_rows[] = {
    FIELD(learned_model, "model", FIELD_CHARS, model),
    FIELD(learned_model, "contextWindow", FIELD_INT, context_window),
    FIELD(learned_model, "usage", FIELD_CHARS, usage),
    FIELD(learned_model, "tokenScale", FIELD_REAL, token_scale),
    FIELD(learned_model, "tokenSamples", FIELD_INT, token_samples),
    FIELD(learned_model, "updatedMs", FIELD_INT, updated_ms),
};

static const struct field refusal_rows[] = {
    FIELD(learned_refusal, "name", FIELD_CHARS, name),
    FIELD(learned_refusal, "sinceMs", FIELD_INT, since_ms),
};

void learned_release(struct learned *l)
{
	mem_free(l->models);
	memset(l, 0, sizeof(*l));
}

void learned_copy(struct learned *to, const struct learned *from)
{
	*to = *from;
	to->models = mem_array(from->nmodels, sizeof(*to->models));
	if (from->nmodels)
		memcpy(to->models, from->models,
		       from->nmodels * sizeof(*to->models));
}

static void write_model(cJSON *list, const struct learned_model *m)
{
	cJSON *o = cJSON_CreateObject(), *refusals, *r;

	fields_write(o, model_rows, COUNT(model_rows), m);
	refusals = cJSON_AddArrayToObject(o, "refused");
	for (size_t i = 0; i < m->nrefusals; i++) {
		r = cJSON_CreateObject();
		fields_write(r, refusal_rows, COUNT(refusal_rows),
			     &m->refusals[i]);
		cJSON_AddItemToArray(refusals, r);
	}
	cJSON_AddItemToArray(list, o);
}

int learned_encode(const struct learned *l, struct buf *out, struct err *e)
{
	cJSON *o = cJSON_CreateObject(), *list;

	fields_write(o, account_rows, COUNT(account_rows), l);
	list = cJSON_AddArrayToObject(o, "models");
	for (size_t i = 0; i < l->nmodels; i++)
		write_model(list, &l->models[i]);
	return record_print(o, out, e);
}

static const cJSON *list_of(const cJSON *o, const char *name)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(o, name);

	return cJSON_IsArray(list) ? list->child : NULL;
}

static void read_model(const cJSON *o, struct learned_model *m)
{
	const cJSON *v = list_of(o, "refused");

	fields_read(o, model_rows, COUNT(model_rows), m);
	for (; v && m->nrefusals < LEARNED_REFUSALS; v = v->next)
		fields_read(v, refusal_rows, COUNT(refusal_rows),
			    &m->refusals[m->nrefusals++]);
}

int learned_decode(struct str text, struct learned *out, struct err *e)
{
	cJSON *o = record_parse(text, e);
	const cJSON *v;

	memset(out, 0, sizeof(*out));
	if (!o)
		return -1;
	fields_read(o, account_rows, COUNT(account_rows), out);
	out->models = mem_array(LEARNED_MODELS, sizeof(*out->models));
	for (v = list_of(o, "models"); v && out->nmodels < LEARNED_MODELS;
	     v = v->next)
		read_model(v, &out->models[out->nmodels++]);
	cJSON_Delete(o);
	return 0;
}
