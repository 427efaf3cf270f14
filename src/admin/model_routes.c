/* GET /admin/model-routes: what clients can ask for, and who serves it. */
#include <stdlib.h>
#include <string.h>

#include "admin/account_status.h"
#include "admin/face.h"
#include "admin/reply.h"
#include "admin/routes.h"
#include "app/accounts.h"
#include "base/mem.h"
#include "sched/model_map.h"

enum { ROWS_MAX = 20000 };

struct row {
	const char *name; /* that clients ask for, or a pattern */
	const struct account *account;
	size_t model; /* of its list; past its end: every name */
};

static const char *pattern_of(const struct row *row)
{
	const struct account *a = row->account;

	return row->model < a->nmodels ? a->models[row->model].asked : "*";
}

static bool is_usable(const struct account *a)
{
	return a->active && a->schedulable;
}

static int compare_names(const void *x, const void *y)
{
	return strcmp(*(const char *const *)x, *(const char *const *)y);
}

/* By name; for each those that are tried first. */
static int compare(const void *x, const void *y)
{
	const struct row *a = x, *b = y;
	int c = strcmp(a->name, b->name);

	if (c)
		return c;
	c = is_usable(b->account) - is_usable(a->account);
	if (!c)
		c = (b->account->priority > a->account->priority) -
		    (b->account->priority < a->account->priority);
	return c ? c : strcmp(a->account->name, b->account->name);
}

/* Every name and pattern of an account, each once, sorted; to be freed. */
static const char **all_names(const struct account *list, size_t n,
			      size_t *count)
{
	size_t most = 1, all = 0, kept = 0;
	const char **names;

	for (size_t i = 0; i < n; i++)
		most += list[i].nmodels ? list[i].nmodels : 1;
	names = mem_array(most, sizeof(*names));
	for (size_t i = 0; i < n; i++) {
		if (!list[i].nmodels)
			names[all++] = "*";
		for (size_t m = 0; m < list[i].nmodels; m++)
			names[all++] = list[i].models[m].asked;
	}
	qsort(names, all, sizeof(*names), compare_names);
	for (size_t i = 0; i < all; i++) {
		if (!kept || strcmp(names[kept - 1], names[i]) != 0)
			names[kept++] = names[i];
	}
	*count = kept;
	return names;
}

/* As the choice maps it: its best entry, by pattern too.  False: not served. */
static bool find_entry(const struct account *a, const char *name, size_t *model)
{
	int best = 0;

	*model = a->nmodels;
	for (size_t m = 0; m < a->nmodels; m++) {
		int score = model_match(a->models[m].asked, str_of(name));

		if (score > best) {
			best = score;
			*model = m;
		}
	}
	return best || !a->nmodels;
}

static cJSON *row_json(struct app *app, const struct row *row)
{
	const struct account *a = row->account;
	const char *sent = accounts_sent_model(a, row->model);
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "model", row->name);
	cJSON_AddStringToObject(o, "pattern", pattern_of(row));
	if (sent)
		cJSON_AddStringToObject(o, "sentModel", sent);
	else
		cJSON_AddNullToObject(o, "sentModel");
	cJSON_AddStringToObject(o, "accountId", a->id);
	cJSON_AddStringToObject(o, "accountName", a->name);
	cJSON_AddStringToObject(o, "platform", face_of(a->platform)->platform);
	json_add_int(o, "priority", a->priority);
	json_add_int(o, "weight", a->weight);
	account_add_status(o, app, a);
	return o;
}

/* Of one name; NULL: of all that accounts have. */
static cJSON *rows_json(struct app *app, const struct account *list, size_t n,
			const char *name)
{
	struct row *rows = mem_array(ROWS_MAX, sizeof(*rows));
	cJSON *data = cJSON_CreateArray();
	size_t nnames, nrows = 0;
	const char **names = all_names(list, n, &nnames);

	if (name) {
		names[0] = name; /* there is room for one at least */
		nnames = 1;
	}
	for (size_t k = 0; k < nnames; k++) {
		for (size_t i = 0; i < n && nrows < ROWS_MAX; i++) {
			struct row row = {names[k], &list[i], 0};

			if (find_entry(&list[i], names[k], &row.model))
				rows[nrows++] = row;
		}
	}
	qsort(rows, nrows, sizeof(*rows), compare);
	for (size_t i = 0; i < nrows; i++)
		cJSON_AddItemToArray(data, row_json(app, &rows[i]));
	mem_free(names);
	mem_free(rows);
	return data;
}

enum route_result model_routes_list(struct app *app, struct request *r,
				    const struct route_args *args)
{
	struct str name = request_query(r, "model");
	struct account *list;
	cJSON *data;
	struct err e;
	size_t n;

	(void)args;
	if (store_account_list(app->store, &list, &n, &e) < 0)
		return reply_err(r, &e);
	data = rows_json(app, list, n,
			 name.n ? arena_strz(&r->arena, name) : NULL);
	account_list_free(list, n);
	return reply_data(r, data, NULL);
}
