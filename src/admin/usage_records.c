/* GET /admin/api-keys/:id/usage-records and /admin/accounts/:id/usage-records
 * (CRS 1.8): the requests of one key or one account, the newest first, page by
 * page. */
#include "admin/usage_record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/csv.h"
#include "admin/page.h"
#include "admin/reply.h"
#include "admin/routes.h"
#include "admin/usage_json.h"
#include "base/clock.h"
#include "base/mem.h"
#include "store/account.h"
#include "store/api_key.h"

enum {
	PAGE_DEFAULT = 50,
	PAGE_MAX = 200,
	CSV_MAX = 10000,
	/* Rows that are looked at for one page: with a filter few may match. */
	LOOK_MAX = 20000,
	CSV_LOOK_MAX = 1000000,
	CURSOR_BYTES = LEDGER_ID_BYTES + 24
};

/* Names by id, of those on the other side: accounts of a key, keys of an
 * account. */
struct names {
	struct account *accounts;
	struct api_key *keys;
	size_t naccounts, nkeys;
};

struct reading {
	struct ledger_query q;
	int64_t size, look, from_ms;
	struct str model, other; /* "": any */
	struct names names;
	cJSON *records;
	int64_t n, looked;
	bool more;
	char cursor[CURSOR_BYTES]; /* the row that was looked at last */
};

static const char *account_name(const struct names *names, const char *id)
{
	for (size_t i = 0; i < names->naccounts; i++) {
		if (strcmp(names->accounts[i].id, id) == 0)
			return names->accounts[i].name;
	}
	return "";
}

static const char *key_name(const struct names *names, const char *id)
{
	for (size_t i = 0; i < names->nkeys; i++) {
		if (strcmp(names->keys[i].id, id) == 0)
			return names->keys[i].name;
	}
	return "";
}

static bool matches(const struct reading *w, const struct ledger_row *row)
{
	const char *other = w->q.key_id ? row->account_id : row->key_id;

	return (!w->model.n || str_is(w->model, row->model)) &&
	       (!w->other.n || str_is(w->other, other));
}

static int add(void *ctx, const struct ledger_row *row)
{
	struct reading *w = ctx;
	cJSON *o;

	if (row->started_ms < w->from_ms)
		return 1;
	w->more = w->n == w->size || w->looked == w->look;
	if (w->more)
		return 1;
	w->looked++;
	snprintf(w->cursor, sizeof(w->cursor), "%lld.%s",
		 (long long)row->started_ms, row->request_id);
	if (!matches(w, row))
		return 0;
	w->n++;
	o = usage_record(row);
	if (w->q.key_id)
		cJSON_AddStringToObject(
		    o, "accountName", account_name(&w->names, row->account_id));
	else
		cJSON_AddStringToObject(o, "apiKeyName",
					key_name(&w->names, row->key_id));
	json_add_int(o, "responseTime", row->duration_ms);
	cJSON_AddItemToArray(w->records, o);
	return 0;
}

static int read_date(struct request *r, const char *name, int64_t *out,
		     struct err *e)
{
	struct str text = request_query(r, name);

	if (!text.n || clock_parse_iso(arena_strz(&r->arena, text), out) == 0)
		return 0;
	return err_set(e, ERR_BAD_REQUEST, "%s must be an ISO date", name);
}

/* "<milliseconds>.<request id>": rows of one millisecond have an order too. */
static int read_cursor(struct request *r, struct ledger_query *q, struct err *e)
{
	struct str text = request_query(r, "cursor"), id = text;
	struct str ms = str_cut(&id, '.');
	char *end;

	if (!text.n)
		return 0;
	q->before_ms = strtoll(arena_strz(&r->arena, ms), &end, 10);
	q->before_id = arena_strz(&r->arena, id);
	if (ms.n == 0 || *end || q->before_ms <= 0 || id.n == 0 ||
	    id.n >= LEDGER_ID_BYTES)
		return err_set(e, ERR_BAD_REQUEST,
			       "cursor must be a nextCursor of this list");
	return 0;
}

static int read_query(struct request *r, struct reading *w, struct err *e)
{
	int64_t until_ms = 0;

	w->size = csv_wanted(r) ? CSV_MAX : PAGE_DEFAULT;
	w->look = csv_wanted(r) ? CSV_LOOK_MAX : LOOK_MAX;
	w->model = request_query(r, "model");
	w->other = request_query(r, w->q.key_id ? "accountId" : "apiKeyId");
	if (page_read_int(r, "pageSize", 1, csv_wanted(r) ? CSV_MAX : PAGE_MAX,
			  &w->size, e) < 0 ||
	    read_date(r, "startDate", &w->from_ms, e) < 0 ||
	    read_date(r, "endDate", &until_ms, e) < 0)
		return -1;
	if (until_ms)
		w->q.before_ms = until_ms + 1;
	return read_cursor(r, &w->q, e);
}

static int load_names(struct app *app, struct names *names, bool of_key,
		      struct err *e)
{
	if (of_key)
		return store_account_list(app->store, &names->accounts,
					  &names->naccounts, e);
	return store_api_key_list(app->store, &names->keys, &names->nkeys, e);
}

static cJSON *page_of(struct app *app, struct reading *w)
{
	cJSON *data = cJSON_CreateObject(), *pages;
	struct usage_totals all;

	usage_sum(app, w->q.key_id, w->q.account_id, 0, &all);
	cJSON_AddItemToObject(data, "records", w->records);
	pages = cJSON_AddObjectToObject(data, "pagination");
	json_add_int(pages, "pageSize", w->size);
	json_add_int(pages, "totalRecords", all.requests);
	cJSON_AddBoolToObject(pages, "hasNextPage", w->more);
	if (w->more)
		cJSON_AddStringToObject(pages, "nextCursor", w->cursor);
	else
		cJSON_AddNullToObject(pages, "nextCursor");
	cJSON_AddItemToObject(data, "summary", usage_counts(&all));
	return data;
}

static enum route_result answer(struct app *app, struct request *r,
				struct reading *w)
{
	struct err e;

	if (read_query(r, w, &e) < 0 ||
	    load_names(app, &w->names, w->q.key_id != NULL, &e) < 0)
		return reply_err(r, &e);
	w->records = cJSON_CreateArray();
	if (store_ledger_each_of(app->store, &w->q, add, w, &e) < 0) {
		cJSON_Delete(w->records);
		reply_err(r, &e);
	} else if (csv_wanted(r)) {
		csv_reply(r, w->records, "usage-records.csv");
	} else {
		reply_data(r, page_of(app, w), NULL);
	}
	account_list_free(w->names.accounts, w->names.naccounts);
	api_key_list_free(w->names.keys, w->names.nkeys);
	return ROUTE_ANSWERED;
}

/* What was deleted has its requests still. */
enum route_result key_records_get(struct app *app, struct request *r,
				  const struct route_args *args)
{
	struct reading w = {.size = 0};

	if (args->arg[0].n >= STORE_ID_BYTES)
		return reply_not_found(r, "API key");
	w.q.key_id = arena_strz(&r->arena, args->arg[0]);
	return answer(app, r, &w);
}

enum route_result account_records_get(struct app *app, struct request *r,
				      const struct route_args *args)
{
	struct reading w = {.size = 0};

	if (args->arg[0].n >= STORE_ID_BYTES)
		return reply_not_found(r, "Account");
	w.q.account_id = arena_strz(&r->arena, args->arg[0]);
	return answer(app, r, &w);
}
