/* GET /admin/model-routes: what clients can ask for, and who serves it. */
#include <stdlib.h>
#include <string.h>

#include "admin/account_status.h"
#include "admin/face.h"
#include "admin/reply.h"
#include "admin/routes.h"
#include "app/accounts.h"
#include "base/mem.h"

struct row {
	const struct account *account;
	size_t model; /* of its list; past its end: every name */
};

static const char *asked(const struct row *row)
{
	const struct account *a = row->account;

	return row->model < a->nmodels ? a->models[row->model].asked : "*";
}

static bool is_usable(const struct account *a)
{
	return a->active && a->schedulable;
}

/* By name; for each those that are tried first. */
static int compare(const void *x, const void *y)
{
	const struct row *a = x, *b = y;
	int c = strcmp(asked(a), asked(b));

	if (c)
		return c;
	c = is_usable(b->account) - is_usable(a->account);
	if (!c)
		c = (b->account->priority > a->account->priority) -
		    (b->account->priority < a->account->priority);
	return c ? c : strcmp(a->account->name, b->account->name);
}

static cJSON *row_json(struct app *app, const struct row *row)
{
	const struct account *a = row->account;
	const char *sent = accounts_sent_model(a, row->model);
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "model", asked(row));
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

static cJSON *rows_json(struct app *app, const struct account *list, size_t n)
{
	cJSON *data = cJSON_CreateArray();
	size_t nrows = 0, at = 0;
	struct row *rows;

	for (size_t i = 0; i < n; i++)
		nrows += list[i].nmodels ? list[i].nmodels : 1;
	rows = mem_array(nrows, sizeof(*rows));
	for (size_t i = 0; i < n; i++) {
		size_t m = 0;

		do
			rows[at++] = (struct row){&list[i], m++};
		while (m < list[i].nmodels);
	}
	qsort(rows, nrows, sizeof(*rows), compare);
	for (at = 0; at < nrows; at++)
		cJSON_AddItemToArray(data, row_json(app, &rows[at]));
	mem_free(rows);
	return data;
}

enum route_result model_routes_list(struct app *app, struct request *r,
				    const struct route_args *args)
{
	struct account *list;
	cJSON *data;
	struct err e;
	size_t n;

	(void)args;
	if (store_account_list(app->store, &list, &n, &e) < 0)
		return reply_err(r, &e);
	data = rows_json(app, list, n);
	account_list_free(list, n);
	return reply_data(r, data, NULL);
}
