/* GET /admin/request-details: requests out of the ledger, the newest first,
 * page by page; GET /admin/request-details/:id: one of them. */
#include "admin/csv.h"
#include "admin/field.h"
#include "admin/ledger_list.h"
#include "admin/page.h"
#include "admin/reply.h"
#include "admin/routes.h"
#include "admin/usage_json.h"
#include "admin/usage_record.h"
#include "store/ledger.h"

enum {
	LIMIT_DEFAULT = 50,
	LIMIT_MAX = 1000,
	CSV_MAX = 10000,
	LOOK_MAX = 80000,
	CSV_LOOK_MAX = 4000000
};

static void add_tokens(cJSON *o, const struct ledger_row *row)
{
	json_add_int(o, "inputTokens", row->input);
	json_add_int(o, "outputTokens", row->output);
	json_add_int(o, "cacheReadTokens", row->cache_read);
	json_add_int(o, "cacheCreateTokens", row->cache_write);
	json_add_int(o, "thinkingTokens", row->thinking);
	json_add_int(o, "totalTokens",
		     usage_add(usage_add(row->input, row->output),
			       usage_add(row->cache_read, row->cache_write)));
	cJSON_AddBoolToObject(o, "estimated", row->estimated);
}

static void add_costs(cJSON *o, const struct ledger_row *row)
{
	const struct ledger_cost *c = &row->cost_of;
	cJSON *costs = cJSON_AddObjectToObject(o, "costBreakdown");

	cJSON_AddNumberToObject(costs, "input", (double)c->input / 1e9);
	cJSON_AddNumberToObject(costs, "output", (double)c->output / 1e9);
	cJSON_AddNumberToObject(costs, "cacheCreate",
				(double)c->cache_write / 1e9);
	cJSON_AddNumberToObject(costs, "cacheRead",
				(double)c->cache_read / 1e9);
	cJSON_AddNumberToObject(costs, "total", row->cost);
}

cJSON *usage_record(const struct ledger_row *row)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "requestId", row->request_id);
	field_add_time(o, "timestamp", row->started_ms);
	cJSON_AddStringToObject(o, "keyId", row->key_id);
	cJSON_AddStringToObject(o, "accountId", row->account_id);
	cJSON_AddStringToObject(o, "model", row->model);
	cJSON_AddStringToObject(o, "sentModel", row->sent_model);
	cJSON_AddStringToObject(o, "endpoint", row->endpoint);
	json_add_int(o, "status", row->status);
	cJSON_AddStringToObject(o, "outcome",
				ledger_outcome_word(row->outcome));
	cJSON_AddStringToObject(o, "stopReason", row->stop_reason);
	cJSON_AddStringToObject(o, "error", row->error);
	cJSON_AddStringToObject(o, "message", row->message);
	cJSON_AddBoolToObject(o, "stream", row->stream);
	add_tokens(o, row);
	cJSON_AddStringToObject(o, "trail", row->trail);
	cJSON_AddStringToObject(o, "why", row->why);
	json_add_int(o, "attempts", row->attempts);
	json_add_int(o, "durationMs", row->duration_ms);
	if (row->first_byte_ms < 0)
		cJSON_AddNullToObject(o, "firstByteMs");
	else
		json_add_int(o, "firstByteMs", row->first_byte_ms);
	cJSON_AddNumberToObject(o, "cost", row->cost);
	cJSON_AddBoolToObject(o, "priced", row->priced);
	cJSON_AddBoolToObject(o, "unpriced", ledger_row_unpriced(row));
	add_costs(o, row);
	return o;
}

void usage_record_account(cJSON *o, const struct ledger_row *row,
			  struct names *names)
{
	cJSON_AddStringToObject(o, "accountName",
				names_account(names, row->account_id));
}

void usage_record_key(cJSON *o, const struct ledger_row *row,
		      struct names *names)
{
	cJSON_AddStringToObject(o, "apiKeyName", names_key(names, row->key_id));
}

static cJSON *named(const struct ledger_row *row, struct names *names)
{
	cJSON *o = usage_record(row);

	usage_record_account(o, row, names);
	usage_record_key(o, row, names);
	return o;
}

struct reading {
	struct ledger_list list;
	struct names *names;
	cJSON *records;
};

static void add_record(void *ctx, const struct ledger_row *row)
{
	struct reading *w = ctx;

	cJSON_AddItemToArray(w->records, named(row, w->names));
}

static int read_query(struct request *r, struct ledger_list *l, struct err *e)
{
	int64_t before_ms = 0;

	l->size = csv_wanted(r) ? CSV_MAX : LIMIT_DEFAULT;
	l->look = csv_wanted(r) ? CSV_LOOK_MAX : LOOK_MAX;
	if (page_read_int(r, "limit", 1, csv_wanted(r) ? CSV_MAX : LIMIT_MAX,
			  &l->size, e) < 0 ||
	    page_read_int(r, "before", 0, INT64_MAX, &before_ms, e) < 0 ||
	    ledger_list_read(r, l, e) < 0)
		return -1;
	if (before_ms && (!l->q.before_ms || before_ms < l->q.before_ms)) {
		l->q.before_ms = before_ms;
		l->q.before_id = NULL;
	}
	return 0;
}

static cJSON *page_of(struct reading *w)
{
	cJSON *data = cJSON_CreateObject();

	cJSON_AddItemToObject(data, "records", w->records);
	ledger_list_add_cursor(&w->list, data);
	field_add_time(data, "lookedBackTo", w->list.oldest_ms);
	return data;
}

enum route_result request_details_get(struct app *app, struct request *r,
				      const struct route_args *args)
{
	struct reading w = {.records = NULL};
	struct err e;

	(void)args;
	if (read_query(r, &w.list, &e) < 0)
		return reply_err(r, &e);
	w.records = cJSON_CreateArray();
	w.names = names_new(app);
	if (ledger_list_each(app, &w.list, add_record, &w, &e) < 0) {
		cJSON_Delete(w.records);
		reply_err(r, &e);
	} else if (csv_wanted(r)) {
		csv_reply(r, w.records, "requests.csv");
	} else {
		reply_data(r, page_of(&w), NULL);
	}
	names_free(w.names);
	return ROUTE_ANSWERED;
}

enum route_result request_detail_get(struct app *app, struct request *r,
				     const struct route_args *args)
{
	struct ledger_row row;
	struct names *names;
	struct err e;

	if (args->arg[0].n >= LEDGER_ID_BYTES)
		return reply_not_found(r, "Request");
	if (store_ledger_find(app->store, arena_strz(&r->arena, args->arg[0]),
			      &row, &e) < 0)
		return reply_err(r, &e);
	names = names_new(app);
	reply_data(r, named(&row, names), NULL);
	names_free(names);
	return ROUTE_ANSWERED;
}
