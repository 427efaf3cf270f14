/* GET /admin/requests/live: what is being relayed just now. */
#include "admin/field.h"
#include "admin/reply.h"
#include "admin/routes.h"
#include "admin/usage_record.h"
#include "app/live.h"
#include "base/clock.h"
#include "base/mem.h"

enum { SHOWN = 1000 };

static cJSON *row_json(const struct ledger_row *row, const struct names *names,
		       int64_t now_ms)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "requestId", row->request_id);
	field_add_time(o, "timestamp", row->started_ms);
	json_add_int(o, "ageMs", now_ms - row->started_ms);
	cJSON_AddStringToObject(o, "keyId", row->key_id);
	cJSON_AddStringToObject(o, "accountId", row->account_id);
	usage_record_key(o, row, names);
	usage_record_account(o, row, names);
	cJSON_AddStringToObject(o, "why", row->why);
	cJSON_AddStringToObject(o, "model", row->model);
	cJSON_AddStringToObject(o, "endpoint", row->endpoint);
	cJSON_AddBoolToObject(o, "stream", row->stream);
	return o;
}

enum route_result requests_live_get(struct app *app, struct request *r,
				    const struct route_args *args)
{
	struct ledger_row *rows;
	struct names names;
	int64_t now_ms = clock_wall_ms();
	cJSON *data, *list;
	struct err e;
	size_t n;

	(void)args;
	if (names_load(app, &names, &e) < 0) {
		names_release(&names);
		return reply_err(r, &e);
	}
	rows = mem_array(SHOWN, sizeof(*rows));
	n = live_copy(app->requests, rows, SHOWN);
	data = cJSON_CreateObject();
	json_add_int(data, "total", app->live);
	list = cJSON_AddArrayToObject(data, "requests");
	for (size_t i = 0; i < n; i++)
		cJSON_AddItemToArray(list, row_json(&rows[i], &names, now_ms));
	mem_free(rows);
	names_release(&names);
	return reply_data(r, data, NULL);
}
