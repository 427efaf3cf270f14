/* GET /admin/request-details: the newest rows of the ledger. */
#include "admin/field.h"
#include "admin/page.h"
#include "admin/reply.h"
#include "admin/routes.h"
#include "admin/usage_json.h"
#include "admin/usage_record.h"
#include "store/ledger.h"

enum { LIMIT_DEFAULT = 50, LIMIT_MAX = 1000 };

static const char *const outcomes[OUTCOMES] = {
    [OUTCOME_COMPLETE] = "complete",
    [OUTCOME_ERROR] = "error",
    [OUTCOME_ABORTED] = "aborted",
    [OUTCOME_INTERRUPTED] = "interrupted",
};

struct reading {
	cJSON *records;
	int64_t left;
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
				row->outcome < OUTCOMES ? outcomes[row->outcome]
							: "");
	cJSON_AddStringToObject(o, "stopReason", row->stop_reason);
	cJSON_AddStringToObject(o, "error", row->error);
	cJSON_AddBoolToObject(o, "stream", row->stream);
	add_tokens(o, row);
	cJSON_AddStringToObject(o, "trail", row->trail);
	json_add_int(o, "attempts", row->attempts);
	json_add_int(o, "durationMs", row->duration_ms);
	if (row->first_byte_ms < 0)
		cJSON_AddNullToObject(o, "firstByteMs");
	else
		json_add_int(o, "firstByteMs", row->first_byte_ms);
	cJSON_AddNumberToObject(o, "cost", row->cost);
	cJSON_AddBoolToObject(o, "priced", row->priced);
	return o;
}

static int add_record(void *ctx, const struct ledger_row *row)
{
	struct reading *reading = ctx;

	cJSON_AddItemToArray(reading->records, usage_record(row));
	return --reading->left <= 0;
}

/* By the index of a key or an account when one is named. */
static int read_rows(struct app *app, struct request *r, int64_t before_ms,
		     struct reading *reading, struct err *e)
{
	struct str key = request_query(r, "keyId");
	struct str account = request_query(r, "accountId");
	struct ledger_query q = {
	    .key_id = key.n ? key.p : NULL,
	    .account_id = account.n ? account.p : NULL,
	    .before_ms = before_ms,
	};

	if (key.n >= STORE_ID_BYTES || account.n >= STORE_ID_BYTES)
		return 0; /* nothing has such an id */
	if (!q.key_id && !q.account_id)
		return store_ledger_each(app->store, before_ms, add_record,
					 reading, e);
	return store_ledger_each_of(app->store, &q, add_record, reading, e);
}

enum route_result request_details_get(struct app *app, struct request *r,
				      const struct route_args *args)
{
	int64_t limit = LIMIT_DEFAULT, before_ms = 0;
	struct reading reading;
	struct err e;
	cJSON *data;

	(void)args;
	if (page_read_int(r, "limit", 1, LIMIT_MAX, &limit, &e) < 0 ||
	    page_read_int(r, "before", 0, INT64_MAX, &before_ms, &e) < 0)
		return reply_err(r, &e);
	data = cJSON_CreateObject();
	reading.records = cJSON_AddArrayToObject(data, "records");
	reading.left = limit;
	if (read_rows(app, r, before_ms, &reading, &e) < 0) {
		cJSON_Delete(data);
		return reply_err(r, &e);
	}
	return reply_data(r, data, NULL);
}
