/* The table of prices, and what things cost by it. */
#include "tests/support/tap.h"

#include <stdio.h>
#include <string.h>

#include "app/prices.h"
#include "base/clock.h"
#include "base/mem.h"
#include "store/ledger.h"
#include "tests/support/admin_client.h"

static struct app_dir d;

static void test_table(void)
{
	static const char set[] = "POST /admin/prices";

	admin_check(&d, "GET /admin/prices", NULL, 200, "data", "[]");
	admin_check(&d, set,
		    "{\"model\":\"qwen3-*\",\"input\":0.5,\"output\":1.5}", 200,
		    "data.output", "1.5");
	admin_check(&d, set,
		    "{\"model\":\"a/b c\",\"input\":1,\"cacheRead\":0.1,"
		    "\"cacheWrite\":1.25}",
		    200, "data.cacheWrite", "1.25");
	admin_check(&d, "GET /admin/prices", NULL, 200, "data.0.model",
		    "a/b c");
	/* A price is whole: what is not said is 0. */
	admin_check(&d, set, "{\"model\":\"a/b c\",\"output\":2}", 200,
		    "data.input", "0");
	admin_check(&d, "DELETE /admin/prices?model=a%2Fb%20c", NULL, 200,
		    "success", "true");
	admin_check(&d, "DELETE /admin/prices?model=a%2Fb%20c", NULL, 404,
		    "message", "The price does not exist");
	admin_check(&d, "DELETE /admin/prices", NULL, 400, "message",
		    "model is required: DELETE /admin/prices?model=NAME");
	admin_check(&d, "GET /admin/prices", NULL, 200, "data.1", "absent");
}

static void test_refusals(void)
{
	static const struct {
		const char *body, *message;
	} rows[] = {
	    {"{}", "model must have 1 to 127 bytes without control characters"},
	    {"{\"model\":\"a*b\"}", "model may have a * at its end only"},
	    {"{\"model\":\"a**\"}", "model may have a * at its end only"},
	    {"{\"model\":\"a\\u0007\"}",
	     "model must have 1 to 127 bytes without control characters"},
	    {"{\"model\":\"a\",\"input\":-1}",
	     "input must be a number from 0 to 1e+06"},
	    {"{\"model\":\"a\",\"output\":\"1\"}",
	     "output must be a number from 0 to 1e+06"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		admin_check(&d, "POST /admin/prices", rows[i].body, 400,
			    "message", rows[i].message);
}

/* What is cut of a long name is whole characters. */
static void test_long_name(void)
{
	char body[256], message[256], part[101];
	size_t n = 0;

	part[n++] = 'x';
	while (n < 99) {
		part[n++] = '\xc3';
		part[n++] = '\xa9';
	}
	part[n] = '\0';
	snprintf(body, sizeof(body), "{\"%s\xc3\xa9\":{\"input\":-1}}", part);
	snprintf(message, sizeof(message),
		 "%s: input must be a number from 0 to 1e+06", part);
	admin_check(&d, "POST /admin/prices/import", body, 400, "message",
		    message);
}

static void test_import(void)
{
	static const char import[] = "POST /admin/prices/import";

	admin_check(&d, import,
		    "{\"gpt-x\":{\"litellm_provider\":\"openai\","
		    "\"input_cost_per_token\":1.5e-07,"
		    "\"output_cost_per_token\":6e-07},"
		    "\"dall-e\":{\"litellm_provider\":\"openai\","
		    "\"output_cost_per_image\":0.04},"
		    "\"glm-4.6\":{\"input\":0.6,\"output\":2.2}}",
		    200, "data", "{\"imported\":2}");
	admin_check(&d, "GET /admin/prices", NULL, 200, "data.1.input", "0.15");
	admin_check(&d, "GET /admin/prices", NULL, 200, "data.0.output", "2.2");
	admin_check(&d, import,
		    "{\"prices\":[{\"model\":\"x\",\"input\":1},"
		    "{\"model\":\"y\",\"input\":true}]}",
		    400, "message",
		    "y: input must be a number from 0 to 1e+06");
	admin_check(&d, import, "{\"prices\":[]}", 400, "message",
		    "There are no prices in it");
	admin_check(&d, import, "{\"x\":3}", 400, "message",
		    "x: must be an object");
	admin_check(&d, "GET /admin/prices", NULL, 200, "data.3", "absent");
	admin_check(&d, "GET /admin/models/pricing", NULL, 200,
		    "data.qwen3-*.input_cost_per_token", "5e-07");
	admin_check(&d, "GET /admin/models/pricing/status", NULL, 200,
		    "data.modelCount", "3");
}

/* The best match counts. */
static void test_match(void)
{
	static const struct {
		const char *model;
		double input; /* -1: none */
	} rows[] = {
	    {"qwen3-32b", 0.5}, {"QWEN3-8b", 0.5}, {"gpt-x", 0.15},
	    {"gpt-xx", -1},	{"glm-4.6", 0.6},  {"qwen2", -1},
	    {"", -1},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct price p = {.input = -1};
		bool found = prices_find_model(&d.app, rows[i].model, &p);

		ok(found == (rows[i].input >= 0) && p.input == rows[i].input,
		   "price of '%s'", rows[i].model);
	}
}

/* One of a thousand tokens of each kind. */
static void settle(int number, const char *model, int64_t started_ms)
{
	struct ledger_row row = {.endpoint = "/v1/messages",
				 .status = 200,
				 .input = 1000,
				 .output = 2000,
				 .cache_read = 3000,
				 .cache_write = 4000,
				 .started_ms = started_ms};
	struct account none = {.priced = false};
	struct price price;
	struct err e;

	snprintf(row.request_id, sizeof(row.request_id), "req_%d", number);
	snprintf(row.key_id, sizeof(row.key_id), "key-%d", number % 2);
	snprintf(row.model, sizeof(row.model), "%s", model);
	if (prices_find(&d.app, &none, &row, &price))
		price_row(&row, &price);
	if (store_settle(d.app.store, &row, 1, &e) < 0)
		ok(false, "settled: %s", e.message);
}

static void check_costs(const char *query, const char *path, const char *json)
{
	struct buf request = BUF_INIT(256);

	buf_addf(&request, "GET /admin/usage-costs%s", query);
	admin_check(&d, request.data, NULL, 200, path, json);
	buf_release(&request);
}

static void test_costs(void)
{
	const int64_t now_ms = clock_wall_ms(), year_ms = 366 * 86400000LL;

	check_costs("", "data.modelCosts", "[]");
	admin_check(&d, "POST /admin/prices",
		    "{\"model\":\"full\",\"input\":1,\"output\":10,"
		    "\"cacheRead\":0.1,\"cacheWrite\":1.25}",
		    200, "success", "true");
	settle(1, "full", now_ms);
	settle(2, "full", now_ms - year_ms);
	settle(3, "free", now_ms);
	settle(4, "qwen3-x", now_ms);
	check_costs("", "data.period", "all");
	/* 2 x (0.001 + 0.02 + 0.0003 + 0.005), and 0.0005 + 0.003. */
	check_costs("", "data.totalCosts.inputCost", "0.0025");
	check_costs("", "data.totalCosts.outputCost", "0.043");
	check_costs("", "data.totalCosts.cacheReadCost", "0.0006");
	check_costs("", "data.totalCosts.cacheCreateCost", "0.01");
	check_costs("", "data.totalCosts.totalCost", "0.0561");
	check_costs("", "data.totalCosts.formatted.totalCost", "$0.0561");
	check_costs("", "data.totalCosts.formatted.cacheReadCost", "$0.000600");
	check_costs("", "data.unpriced", "1");
	check_costs("", "data.modelCosts.0.model", "full");
	check_costs("", "data.modelCosts.0.costs.totalCost", "0.0526");
	check_costs("", "data.modelCosts.0.usage.inputTokens", "2000");
	check_costs("", "data.pricingServiceStatus.modelCount", "4");
	check_costs("?period=today", "data.totalCosts.totalCost", "0.0298");
	check_costs("?period=7days", "data.totalCosts.totalCost", "0.0298");
	check_costs("?period=monthly&keyId=key-1", "data.totalCosts.totalCost",
		    "0.0263");
	check_costs("?period=monthly&keyId=key-1", "data.unpriced", "1");
	check_costs("?keyId=nobody", "data.totalCosts.totalCost", "0");
	admin_check(&d, "GET /admin/usage-costs?period=weekly", NULL, 400,
		    "message",
		    "period must be one of all, today, 7days, monthly");
}

static void test_csv(void)
{
	struct fcgi_call call = {.method = "GET",
				 .uri = "/admin/usage-costs?format=csv&keyId="
					"key-0",
				 .headers = {admin_authorization()}};
	struct fcgi_reply reply;

	fcgi_client_call(d.socket, &call, &reply);
	is_text(fcgi_reply_body(&reply),
		"\"model\",\"requests\",\"unpriced\",\"inputTokens\","
		"\"outputTokens\",\"cacheCreateTokens\",\"cacheReadTokens\","
		"\"inputCost\",\"outputCost\",\"cacheCreateCost\","
		"\"cacheReadCost\",\"totalCost\"\r\n"
		"\"full\",1,0,1000,2000,4000,3000,"
		"0.001,0.02,0.005,0.0003,0.0263\r\n"
		"\"qwen3-x\",1,0,1000,2000,4000,3000,"
		"0.0005,0.003,0,0,0.0035\r\n",
		"costs as CSV");
	fcgi_reply_release(&reply);
}

static void test_elsewhere(void)
{
	admin_check(&d, "GET /admin/model-stats", NULL, 200, "data.0.unpriced",
		    "1");
	admin_check(&d, "GET /admin/model-stats", NULL, 200, "data.0.pricing",
		    "null");
	admin_check(&d, "GET /admin/model-stats?period=all", NULL, 200,
		    "data.0.costs",
		    "{\"input\":0.002,\"output\":0.04,\"cacheWrite\":0.01,"
		    "\"cacheRead\":0.0006,\"total\":0.0526}");
	admin_check(&d, "GET /admin/model-stats?period=all", NULL, 200,
		    "data.0.pricing",
		    "{\"input\":1,\"output\":10,\"cacheRead\":0.1,"
		    "\"cacheWrite\":1.25}");
	admin_check(&d, "GET /admin/request-details/req_3", NULL, 200,
		    "data.unpriced", "true");
	admin_check(&d, "GET /admin/request-details/req_1", NULL, 200,
		    "data.costBreakdown",
		    "{\"input\":0.001,\"output\":0.02,\"cacheCreate\":0.005,"
		    "\"cacheRead\":0.0003,\"total\":0.0263}");
	admin_check(&d, "GET /admin/dashboard", NULL, 200,
		    "data.overview.totalUnpriced", "1");
}

/* What is in memory is what is in the store. */
static void test_reload(void)
{
	struct price p;
	struct err e;

	ok(prices_load(&d.app, &e) == 0, "read anew");
	ok(prices_find_model(&d.app, "full", &p) && p.output == 10,
	   "the same price");
}

int main(void)
{
	admin_client_start(&d);
	test_table();
	test_refusals();
	test_import();
	test_long_name();
	test_match();
	test_costs();
	test_csv();
	test_elsewhere();
	test_reload();
	app_dir_stop(&d);
	return done_testing();
}
