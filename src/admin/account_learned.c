/* What the relay learned about an account's backend, shown and forgotten. */
#include <string.h>

#include "admin/account_edit.h"
#include "admin/face.h"
#include "admin/field.h"
#include "admin/reply.h"
#include "admin/routes.h"
#include "app/lessons.h"
#include "base/clock.h"
#include "base/mem.h"

/* The rule of supportedModels, for a name that nobody asked for. */
const char *account_model(const struct account *a)
{
	const struct account_model *first = a->nmodels ? &a->models[0] : NULL;

	if (a->deployment && a->deployment[0])
		return a->deployment;
	if (!first)
		return NULL;
	if (first->sent && first->sent[0])
		return first->sent;
	return str_ends(str_of(first->asked), STR("*")) ? NULL : first->asked;
}

static void add_refusals(cJSON *o, const struct learned_model *m)
{
	cJSON *list = cJSON_AddArrayToObject(o, "refusedParameters");
	int64_t now_ms = clock_wall_ms();

	for (size_t i = 0; i < m->nrefusals; i++) {
		const struct learned_refusal *r = &m->refusals[i];
		cJSON *item;

		if (!learned_refusal_holds(r, now_ms))
			continue;
		item = cJSON_CreateObject();
		cJSON_AddStringToObject(item, "name", r->name);
		field_add_time(item, "since", r->since_ms);
		cJSON_AddItemToArray(list, item);
	}
}

static void add_facts(cJSON *o, const struct learned_model *m)
{
	if (m->context_window)
		json_add_int(o, "contextWindow", m->context_window);
	else
		cJSON_AddNullToObject(o, "contextWindow");
	add_refusals(o, m);
	if (m->usage[0])
		cJSON_AddStringToObject(o, "usage", m->usage);
	else
		cJSON_AddNullToObject(o, "usage");
	cJSON_AddNumberToObject(o, "tokenScale",
				(double)(int)(learned_scale(m) * 1000 + 0.5) /
				    1000);
	json_add_int(o, "tokenSamples", m->token_samples);
	field_add_time(o, "updatedAt", m->updated_ms);
}

/* The model that stands for the account: its own, else the one that was
 * learned about last. */
static const struct learned_model *main_model(const struct learned *l,
					      const struct account *a)
{
	static const struct learned_model none;
	const struct learned_model *last = &none;
	const char *own = account_model(a);

	for (size_t i = 0; i < l->nmodels; i++) {
		const struct learned_model *m = &l->models[i];

		if (own && strcmp(m->model, own) == 0)
			return m;
		if (m->updated_ms > last->updated_ms)
			last = m;
	}
	return last;
}

void account_write_learned(cJSON *o, struct app *app, const struct account *a)
{
	cJSON *learned = cJSON_AddObjectToObject(o, "learned"), *list;
	struct learned l = {.nmodels = 0};

	if (a->detected_flavour && a->detected_flavour[0])
		cJSON_AddStringToObject(learned, "flavour",
					a->detected_flavour);
	else
		cJSON_AddNullToObject(learned, "flavour");
	lesson_book_copy(app->lessons, a->id, &l);
	add_facts(learned, main_model(&l, a));
	list = cJSON_AddArrayToObject(learned, "models");
	for (size_t i = 0; i < l.nmodels; i++) {
		cJSON *m = cJSON_CreateObject();

		cJSON_AddStringToObject(m, "model", l.models[i].model);
		add_facts(m, &l.models[i]);
		cJSON_AddItemToArray(list, m);
	}
	learned_release(&l);
}

static int forget_flavour(struct account *a, void *ctx, struct err *e)
{
	const enum account_platform *platform = ctx;

	if (a->platform != *platform)
		return err_set(e, ERR_NOT_FOUND, "Account not found");
	mem_free(a->detected_flavour);
	a->detected_flavour = NULL;
	return 0;
}

enum route_result account_reset_learned(struct app *app, struct request *r,
					const struct route_args *args)
{
	enum account_platform platform = face_platform(r->path);
	char id[STORE_ID_BYTES];
	struct account a;
	struct err e;
	cJSON *data;

	if (args->arg[0].n >= sizeof(id))
		return reply_not_found(r, "Account");
	str_put(id, sizeof(id), args->arg[0]);
	if (account_edit(app, id, forget_flavour, &platform, &a, &e) < 0)
		return e.kind == ERR_NOT_FOUND ? reply_not_found(r, "Account")
					       : reply_err(r, &e);
	lesson_book_reset(app->lessons, a.id, clock_wall_ms());
	data = account_show(app, &a);
	account_release(&a);
	return reply_data(r, data, "What was learned is forgotten");
}
