/* GET /admin/api-keys/:id/usage-records and /admin/accounts/:id/usage-records
 * (CRS 1.8): the requests of one key or one account, the newest first, page by
 * page. */
#include "admin/usage_record.h"

#include "admin/csv.h"
#include "admin/ledger_list.h"
#include "admin/page.h"
#include "admin/reply.h"
#include "admin/routes.h"
#include "admin/usage_json.h"

enum {
	PAGE_DEFAULT = 50,
	PAGE_MAX = 200,
	CSV_MAX = 10000,
	LOOK_MAX = 80000,
	CSV_LOOK_MAX = 4000000
};

struct reading {
	struct ledger_list list;
	bool of_key;
	struct names *names;
	cJSON *records;
};

/* The name of the other side: accounts of a key, keys of an account. */
static void add(void *ctx, const struct ledger_row *row)
{
	struct reading *w = ctx;
	cJSON *o = usage_record(row);

	if (w->of_key)
		usage_record_account(o, row, w->names);
	else
		usage_record_key(o, row, w->names);
	json_add_int(o, "responseTime", row->duration_ms);
	cJSON_AddItemToArray(w->records, o);
}

static int read_query(struct request *r, struct ledger_list *l, struct err *e)
{
	l->size = csv_wanted(r) ? CSV_MAX : PAGE_DEFAULT;
	l->look = csv_wanted(r) ? CSV_LOOK_MAX : LOOK_MAX;
	if (page_read_int(r, "pageSize", 1, csv_wanted(r) ? CSV_MAX : PAGE_MAX,
			  &l->size, e) < 0)
		return -1;
	return ledger_list_read(r, l, e);
}

static cJSON *page_of(struct app *app, struct reading *w)
{
	cJSON *data = cJSON_CreateObject(), *pages;
	struct usage_totals all;

	usage_sum(app, w->list.q.key_id, w->list.q.account_id, 0, &all);
	cJSON_AddItemToObject(data, "records", w->records);
	pages = cJSON_AddObjectToObject(data, "pagination");
	json_add_int(pages, "pageSize", w->list.size);
	json_add_int(pages, "totalRecords", all.requests);
	cJSON_AddBoolToObject(pages, "hasNextPage", w->list.more);
	ledger_list_add_cursor(&w->list, pages);
	cJSON_AddItemToObject(data, "summary", usage_counts(&all));
	return data;
}

static enum route_result answer(struct app *app, struct request *r,
				struct reading *w)
{
	struct err e;

	w->of_key = w->list.q.key_id != NULL;
	if (read_query(r, &w->list, &e) < 0)
		return reply_err(r, &e);
	w->records = cJSON_CreateArray();
	w->names = names_new(app);
	if (ledger_list_each(app, &w->list, add, w, &e) < 0) {
		cJSON_Delete(w->records);
		reply_err(r, &e);
	} else if (csv_wanted(r)) {
		csv_reply(r, w->records, "usage-records.csv");
	} else {
		reply_data(r, page_of(app, w), NULL);
	}
	names_free(w->names);
	return ROUTE_ANSWERED;
}

/* What was deleted has its requests still. */
enum route_result key_records_get(struct app *app, struct request *r,
				  const struct route_args *args)
{
	struct reading w = {.of_key = false};

	if (args->arg[0].n >= STORE_ID_BYTES)
		return reply_not_found(r, "API key");
	w.list.q.key_id = arena_strz(&r->arena, args->arg[0]);
	return answer(app, r, &w);
}

enum route_result account_records_get(struct app *app, struct request *r,
				      const struct route_args *args)
{
	struct reading w = {.of_key = false};

	if (args->arg[0].n >= STORE_ID_BYTES)
		return reply_not_found(r, "Account");
	w.list.q.account_id = arena_strz(&r->arena, args->arg[0]);
	return answer(app, r, &w);
}
