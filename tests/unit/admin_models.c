/* Models: who serves them, how much they were asked for. */
#include "tests/support/tap.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/ledger.h"
#include "tests/support/admin_client.h"

static struct app_dir d;

static void test_routes(void)
{
	static const char add[] = "POST /admin/openai-accounts";
	static const struct {
		const char *path, *json;
	} rows[] = {
	    {"data.0.model", "*"},	   {"data.0.status", "inactive"},
	    {"data.1.model", "claude-*"},  {"data.1.accountName", "low"},
	    {"data.2.accountName", "off"}, /* without names: serves each */
	    {"data.3.model", "m"},	   {"data.3.accountName", "high"},
	    {"data.3.sentModel", "m"},	   {"data.4.sentModel", "sent"},
	    {"data.4.pattern", "m"},	   {"data.5.accountName", "off"},
	    {"data.5.pattern", "*"},	   {"data.6", "absent"},
	};

	admin_check(&d, add,
		    "{\"name\":\"low\",\"baseApi\":\"http://127.0.0.1:9\","
		    "\"supportedModels\":{\"m\":\"sent\",\"claude-*\":\"\"},"
		    "\"priority\":10}",
		    200, "success", "true");
	admin_check(&d, add,
		    "{\"name\":\"high\",\"baseApi\":\"http://127.0.0.1:9\","
		    "\"supportedModels\":[\"m\"],\"priority\":90}",
		    200, "success", "true");
	admin_check(&d, add,
		    "{\"name\":\"off\",\"baseApi\":\"http://127.0.0.1:9\","
		    "\"isActive\":false,\"priority\":99}",
		    200, "success", "true");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		admin_check(&d, "GET /admin/model-routes", NULL, 200,
			    rows[i].path, rows[i].json);
}

/* Of a name that no account lists. */
static void test_one_route(void)
{
	static const char get[] = "GET /admin/model-routes?model=claude-x";

	admin_check(&d, get, NULL, 200, "data.0.model", "claude-x");
	admin_check(&d, get, NULL, 200, "data.0.accountName", "low");
	admin_check(&d, get, NULL, 200, "data.0.pattern", "claude-*");
	admin_check(&d, get, NULL, 200, "data.0.sentModel", "m");
	admin_check(&d, get, NULL, 200, "data.1.accountName", "off");
	admin_check(&d, get, NULL, 200, "data.2", "absent");
}

/* One request for a model, n tokens in. */
static void settle(int number, const char *model, int64_t tokens,
		   int64_t started_ms)
{
	struct ledger_row row = {.endpoint = "/v1/messages",
				 .status = 200,
				 .input = tokens,
				 .output = 1,
				 .cost = 0.25,
				 .started_ms = started_ms};
	struct err e;

	snprintf(row.request_id, sizeof(row.request_id), "req_%d", number);
	snprintf(row.key_id, sizeof(row.key_id), "key-%d", number % 2);
	snprintf(row.model, sizeof(row.model), "%s", model);
	if (store_settle(d.app.store, &row, 1, &e) < 0)
		ok(false, "settled: %s", e.message);
}

static void check_stats(const char *query, const char *path, const char *json)
{
	struct buf request = BUF_INIT(256);

	buf_addf(&request, "GET /admin/model-stats%s", query);
	admin_check(&d, request.data, NULL, 200, path, json);
	buf_release(&request);
}

static void test_stats(void)
{
	const int64_t now_ms = clock_wall_ms(), year_ms = 366 * 86400000LL;

	check_stats("", "data", "[]");
	settle(1, "claude-a", 10, now_ms);
	settle(2, "claude-b", 20, now_ms);
	settle(3, "claude-b", 30, now_ms);
	settle(4, "claude-old", 1, now_ms - year_ms);
	check_stats("", "data.0",
		    "{\"requests\":2,\"errors\":0,\"tokens\":52,"
		    "\"inputTokens\":50,\"outputTokens\":2,"
		    "\"cacheCreateTokens\":0,\"cacheReadTokens\":0,"
		    "\"allTokens\":52,\"cost\":0.5,\"unpriced\":2,"
		    "\"model\":\"claude-b\",\"period\":\"daily\","
		    "\"costs\":{\"input\":0,\"output\":0,\"cacheWrite\":0,"
		    "\"cacheRead\":0,\"total\":0.5},"
		    "\"formatted\":{\"inputCost\":\"$0.00\","
		    "\"outputCost\":\"$0.00\",\"cacheCreateCost\":\"$0.00\","
		    "\"cacheReadCost\":\"$0.00\",\"totalCost\":\"$0.5000\"},"
		    "\"pricing\":null}");
	check_stats("", "data.1.model", "claude-a");
	check_stats("", "data.2", "absent");
	check_stats("?period=monthly", "data.1.period", "monthly");
	check_stats("?period=all", "data.2.model", "claude-old");
	check_stats("?keyId=key-0", "data.0.requests", "1");
	check_stats("?keyId=key-0", "data.1", "absent");
	check_stats("?keyId=nobody", "data", "[]");
	check_stats("?keyId=0123456789012345678901234567890123456789", "data",
		    "[]");
	admin_check(&d, "GET /admin/model-stats?period=weekly", NULL, 400,
		    "message", "period must be one of daily, monthly, all");
}

/* Names that clients make up fill neither memory nor the answer. */
static void test_many(void)
{
	const int64_t now_ms = clock_wall_ms();
	struct usage_query q = {.from_ms = now_ms - 3600000};
	struct usage_model *list;
	int64_t requests = 0;
	char name[32];
	struct err e;
	size_t n = 0;

	for (int i = 0; i < USAGE_MODELS + 50; i++) {
		snprintf(name, sizeof(name), "made-up-%d", i);
		settle(100 + i, name, 1, now_ms);
	}
	ok(store_usage_models(d.app.store, &q, &list, &n, &e) == 0, "summed");
	is_int((int64_t)n, USAGE_MODELS + 1, "so many rows");
	for (size_t i = 0; i < n; i++)
		requests += list[i].totals.requests;
	is_int(requests, USAGE_MODELS + 53, "in which nothing is missing");
	is_text(str_of(list[0].model), "", "the rest has no name");
	mem_free(list);
}

int main(void)
{
	admin_client_start(&d);
	test_routes();
	test_one_route();
	test_stats();
	test_many();
	app_dir_stop(&d);
	return done_testing();
}
