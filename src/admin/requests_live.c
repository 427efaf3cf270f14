/* GET /admin/requests/live: what is being relayed just now. */
#include "admin/field.h"
#include "admin/reply.h"
#include "admin/routes.h"
#include "admin/usage_record.h"
#include "app/live.h"
#include "base/clock.h"
#include "base/mem.h"

enum { SHOWN = 1000 };

static cJSON *row_json(const struct ledger_row *row, struct names *names,
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
	struct ledger_row *rows = mem_array(SHOWN, sizeof(*rows));
	size_t n = live_copy(app->requests, rows, SHOWN);
	struct names *names = names_new(app);
	int64_t now_ms = clock_wall_ms();
	cJSON *data = cJSON_CreateObject(), *list;

	(void)args;
	json_add_int(data, "total", app->live);
	list = cJSON_AddArrayToObject(data, "requests");
	for (size_t i = 0; i < n; i++)
		cJSON_AddItemToArray(list, row_json(&rows[i], names, now_ms));
	names_free(names);
	mem_free(rows);
	return reply_data(r, data, NULL);
}
