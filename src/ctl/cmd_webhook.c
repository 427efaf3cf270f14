/* webhook show, set, test and delete: notices to administrators. */
#include "ctl/cmd.h"
#include "ctl/print.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const char path[] = "/admin/webhook";

static const struct column fields[] = {
    {"address", "url", COLUMN_PLAIN},
    {"active", "active", COLUMN_PLAIN},
    {"events", "events", COLUMN_PLAIN},
    {"signed", "hasSecret", COLUMN_PLAIN},
    {"changed", "updatedAt", COLUMN_TIME},
    {"waiting", "state.queued", COLUMN_PLAIN},
    {"sent", "state.sent", COLUMN_PLAIN},
    {"given up", "state.failed", COLUMN_PLAIN},
    {"dropped", "state.dropped", COLUMN_PLAIN},
    {"last sent", "state.lastSentAt", COLUMN_TIME},
};

static const struct column failure[] = {
    {"last failure", "state.lastError.at", COLUMN_TIME},
    {"of", "state.lastError.type", COLUMN_PLAIN},
    {"because", "state.lastError.message", COLUMN_PLAIN},
};

static void print_webhook(const cJSON *data)
{
	if (cJSON_IsNull(print_member(data, "url"))) {
		print_line("there is no webhook");
		return;
	}
	print_fields(data, fields, COUNT(fields));
	if (cJSON_IsObject(print_member(data, "state.lastError")))
		print_fields(data, failure, COUNT(failure));
}

int ctl_webhook_show(struct ctl *c)
{
	cJSON *data;
	int rc = ctl_get(c, path, &data);

	if (rc != CTL_OK)
		return rc;
	if (c->json)
		print_json(data);
	else
		print_webhook(data);
	cJSON_Delete(data);
	return CTL_OK;
}

int ctl_webhook_set(struct ctl *c)
{
	const cJSON *data;
	const char *secret;
	cJSON *answer;
	int rc;

	if (c->argc)
		cJSON_AddStringToObject(c->body, "url", c->argv[0]);
	rc = ctl_call(c, "PUT", path, c->body, &answer);
	if (rc != CTL_OK)
		return rc;
	data = cJSON_GetObjectItemCaseSensitive(answer, "data");
	secret = json_string_or(data, "secret", NULL);
	if (c->json)
		print_json(data);
	else if (secret)
		print_line(secret);
	else
		print_line("the webhook is set");
	cJSON_Delete(answer);
	return CTL_OK;
}

int ctl_webhook_test(struct ctl *c)
{
	const cJSON *data;
	cJSON *answer;
	bool ok;
	int rc = ctl_call(c, "POST", "/admin/webhook/test", NULL, &answer);

	if (rc != CTL_OK)
		return rc;
	data = cJSON_GetObjectItemCaseSensitive(answer, "data");
	ok = json_bool_or(data, "ok", false);
	if (c->json)
		print_json(data);
	else
		print_named(ok ? "ok" : "FAILED",
			    json_string_or(data, "message", ""));
	cJSON_Delete(answer);
	return ok ? CTL_OK : CTL_FAILED;
}

int ctl_webhook_delete(struct ctl *c)
{
	cJSON *body = cJSON_CreateObject();
	int rc;

	cJSON_AddNullToObject(body, "url");
	cJSON_AddNullToObject(body, "secret");
	rc = ctl_do(c, "PUT", path, body, "the webhook is deleted");
	cJSON_Delete(body);
	return rc;
}
