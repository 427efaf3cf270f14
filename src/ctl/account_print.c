#include "ctl/account_print.h"

#include "ctl/print.h"

enum { LINE_BYTES = 8192 };

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const struct column list_columns[] = {
    {"NAME", "name", COLUMN_PLAIN},
    {"TYPE", "platform", COLUMN_PLAIN},
    {"STATUS", "status", COLUMN_PLAIN},
    {"PRIORITY", "priority", COLUMN_PLAIN},
    {"IN FLIGHT", "inFlight", COLUMN_PLAIN},
    {"REQUESTS", "usage.total.requests", COLUMN_PLAIN},
    {"MODEL", "deploymentName", COLUMN_PLAIN},
    {"ENDPOINT", "endpoint", COLUMN_PLAIN},
    {"ID", "id", COLUMN_PLAIN},
};

static const struct column fields[] = {
    {"id", "id", COLUMN_PLAIN},
    {"name", "name", COLUMN_PLAIN},
    {"description", "description", COLUMN_PLAIN},
    {"type", "platform", COLUMN_PLAIN},
    {"status", "status", COLUMN_PLAIN},
    {"reason", "statusReason", COLUMN_PLAIN},
    {"cooling until", "cooldownUntil", COLUMN_PLAIN},
    {"endpoint", "endpoint", COLUMN_PLAIN},
    {"model", "deploymentName", COLUMN_PLAIN},
    {"serves", "supportedModels", COLUMN_ANY},
    {"capabilities", "capabilities", COLUMN_PLAIN},
    {"protocol", "protocol", COLUMN_PLAIN},
    {"flavour", "flavour", COLUMN_PLAIN},
    {"found flavour", "detectedFlavour", COLUMN_PLAIN},
    {"api key", "apiKey", COLUMN_PLAIN},
    {"api version", "apiVersion", COLUMN_PLAIN},
    {"proxy", "proxy", COLUMN_PLAIN},
    {"priority", "priority", COLUMN_PLAIN},
    {"weight", "weight", COLUMN_PLAIN},
    {"max concurrent", "maxConcurrentTasks", COLUMN_LIMIT},
    {"context window", "contextWindow", COLUMN_PLAIN},
    {"max output", "maxOutputTokens", COLUMN_PLAIN},
    {"time limits", "timeouts", COLUMN_PLAIN},
    {"pricing", "pricing", COLUMN_PLAIN},
    {"options", "options", COLUMN_PLAIN},
    {"in flight", "inFlight", COLUMN_PLAIN},
    {"created", "createdAt", COLUMN_TIME},
    {"changed", "updatedAt", COLUMN_TIME},
    {"used", "lastUsedAt", COLUMN_TIME},
    {"requests today", "usage.daily.requests", COLUMN_PLAIN},
    {"tokens today", "usage.daily.allTokens", COLUMN_PLAIN},
    {"requests", "usage.total.requests", COLUMN_PLAIN},
    {"tokens", "usage.total.allTokens", COLUMN_PLAIN},
};

/* The address under one name, whatever the face calls it. */
static void add_endpoint(cJSON *account)
{
	const char *address = json_string_or(
	    account, "azureEndpoint", json_string_or(account, "baseApi", ""));

	cJSON_AddStringToObject(account, "endpoint", address);
}

void account_print_table(const cJSON *list)
{
	cJSON *copy = cJSON_Duplicate(list, true), *account;

	cJSON_ArrayForEach(account, copy)
	{
		add_endpoint(account);
	}
	print_table(copy, list_columns, COUNT(list_columns));
	cJSON_Delete(copy);
}

void account_print(const cJSON *account)
{
	cJSON *copy = cJSON_Duplicate(account, true);

	add_endpoint(copy);
	print_fields(copy, fields, COUNT(fields));
	cJSON_Delete(copy);
}

bool account_test_ok(const cJSON *test)
{
	return json_bool_or(test, "ok", false);
}

/* What a test found besides: "no streaming", "tools". */
static void add_facts(struct buf *out, const cJSON *test)
{
	static const char *const facts[] = {"streaming", "tools", "usage"};

	for (size_t i = 0; i < COUNT(facts); i++) {
		const cJSON *v =
		    cJSON_GetObjectItemCaseSensitive(test, facts[i]);

		if (cJSON_IsBool(v))
			buf_addf(out, ", %s%s", cJSON_IsTrue(v) ? "" : "no ",
				 facts[i]);
	}
}

char *account_test_line(const cJSON *test)
{
	struct buf out = BUF_INIT(LINE_BYTES);
	const cJSON *first =
	    cJSON_GetObjectItemCaseSensitive(test, "firstTokenMs");
	const char *flavour = json_string_or(test, "flavour", "");

	if (!account_test_ok(test)) {
		buf_addf(&out, "FAILED: %.4000s",
			 json_string_or(test, "message", "no result"));
		return buf_take(&out, NULL);
	}
	buf_addf(&out, "ok, %lld ms",
		 (long long)json_int_or(test, "latencyMs", 0));
	if (cJSON_IsNumber(first))
		buf_addf(&out, ", first token after %.0f ms",
			 first->valuedouble);
	if (flavour[0])
		buf_addf(&out, ", %.40s", flavour);
	add_facts(&out, test);
	return buf_take(&out, NULL);
}
