/* API keys, requests and the dashboard, through real requests. */
#include "tests/support/tap.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/api_key.h"
#include "store/ledger.h"
#include "tests/support/admin_client.h"

static struct app_dir d;

static char *create(const char *body, char **key)
{
	int status;
	cJSON *tree = admin_call(&d, "POST", "/admin/api-keys", body, &status);
	char *id = admin_text(tree, "data.id");

	is_int(status, 200, "created");
	if (key)
		*key = admin_text(tree, "data.apiKey");
	cJSON_Delete(tree);
	return id;
}

/* "PUT /toggle": method, and what follows the id. */
static void check_id(const char *what, const char *id, const char *body,
		     int status, const char *path, const char *json)
{
	struct str tail = str_of(what);
	struct str method = str_cut(&tail, ' ');
	struct buf request = BUF_INIT(256);

	buf_addf(&request, "%.*s /admin/api-keys/%s%.*s", STR_ARG(method), id,
		 STR_ARG(tail));
	admin_check(&d, request.data, body, status, path, json);
	buf_release(&request);
}

static void test_create(void)
{
	char *key, *id = create("{\"name\":\"laptop\",\"description\":\"mine\","
				"\"tags\":[\"b\",\"a\"],\"concurrencyLimit\":3,"
				"\"allowedModels\":[\"claude-*\"],"
				"\"restrictedModels\":[\"claude-x\"],"
				"\"expiresAt\":\"2099-01-31T12:00:00Z\"}",
				&key);
	char hint[32], hash[SECRET_HASH_HEX];
	struct api_key k;
	struct err e;

	is_int((int64_t)strlen(key), 67, "a key of 67 characters");
	ok(strncmp(key, "cr_", 3) == 0, "that begins with cr_");
	secret_hash(&d.app.keys, str_of(key), hash);
	ok(store_api_key_find(d.app.store, hash, &k, &e) == 0,
	   "is found by its hash");
	is_text(str_of(k.id), id, "and is this one");
	api_key_release(&k);
	snprintf(hint, sizeof(hint), "cr_\xe2\x80\xa6%s", key + 63);
	check_id("GET", id, NULL, 200, "data.apiKey", hint);
	check_id("GET", id, NULL, 200, "data.tags", "[\"b\",\"a\"]");
	check_id("GET", id, NULL, 200, "data.concurrencyLimit", "3");
	check_id("GET", id, NULL, 200, "data.allowedModels", "[\"claude-*\"]");
	check_id("GET", id, NULL, 200, "data.enableModelRestriction", "true");
	check_id("GET", id, NULL, 200, "data.expiresAt",
		 "2099-01-31T12:00:00.000Z");
	check_id("GET", id, NULL, 200, "data.lastUsedAt", "null");
	mem_free(key);
	mem_free(id);
}

static void test_refused(void)
{
	static const struct {
		const char *body, *message;
	} cases[] = {
	    {"{}", "Name is required and must be a non-empty string"},
	    {"{\"name\":\" \"}",
	     "Name is required and must be a non-empty string"},
	    {"{\"name\":1}", "name must be a string"},
	    {"{\"name\":\"n\",\"isActive\":\"yes\"}",
	     "isActive must be true or false"},
	    {"{\"name\":\"n\",\"concurrencyLimit\":-1}",
	     "concurrencyLimit must be a whole number from 0 to 1000000"},
	    {"{\"name\":\"n\",\"expiresAt\":\"tomorrow\"}",
	     "expiresAt must be a date such as 2030-01-31T12:00:00Z, or null"},
	    {"{\"name\":\"n\",\"tags\":\"a\"}", "tags must be a list"},
	    {"{\"name\":\"n\",\"tags\":[1]}",
	     "tags must hold strings of 1 to 50 bytes without control "
	     "characters"},
	    {"{\"name\":\"n\",\"tokenLimit\":1}",
	     "rateLimitWindow: rateLimitRequests, tokenLimit and rateLimitCost "
	     "need a window, in minutes"},
	    {"{\"name\":\"n\",\"rateLimitWindow\":\"60\"}",
	     "rateLimitWindow must be a whole number from 0 to 527040"},
	    {"{\"name\":\"n\",\"rateLimitWindow\":600000}",
	     "rateLimitWindow must be a whole number from 0 to 527040"},
	    {"{\"name\":\"n\",\"rateLimitRequests\":1.5}",
	     "rateLimitRequests must be a whole number from 0 to "
	     "1000000000000000"},
	    {"{\"name\":\"n\",\"rateLimitCost\":\"0.1\"}",
	     "rateLimitCost must be a number from 0 to 1e+09"},
	    {"{\"name\":\"n\",\"dailyCostLimit\":-5}",
	     "dailyCostLimit must be a number from 0 to 1e+09"},
	    {"{\"name\":\"n\",\"totalCostLimit\":1e10}",
	     "totalCostLimit must be a number from 0 to 1e+09"},
	    {"{\"name\":\"n\",\"weeklyOpusCostLimit\":5}",
	     "weeklyOpusCostLimit: not supported by this version"},
	    {"{\"name\":\"n\",\"allowedClients\":\"claude_code\"}",
	     "allowedClients must be a list"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		admin_check(&d, "POST /admin/api-keys", cases[i].body, 400,
			    "message", cases[i].message);
}

static void test_change(void)
{
	char *id = create("{\"name\":\"n\",\"tokenLimit\":0,"
			  "\"dailyCostLimit\":0,\"permissions\":[],"
			  "\"expirationMode\":\"fixed\"}",
			  NULL);

	check_id("PUT", id, "{\"name\":\"m\",\"restrictedModels\":[\"x\"]}",
		 200, "data.name", "m");
	check_id("PUT", id,
		 "{\"rateLimitWindow\":60,\"rateLimitRequests\":5,"
		 "\"tokenLimit\":1000,\"rateLimitCost\":0.5,"
		 "\"dailyCostLimit\":2.5,\"totalCostLimit\":10}",
		 200, "data.rateLimitRequests", "5");
	check_id("GET", id, NULL, 200, "data.tokenLimit", "1000");
	check_id("GET", id, NULL, 200, "data.rateLimitCost", "0.5");
	check_id("GET", id, NULL, 200, "data.dailyCostLimit", "2.5");
	check_id("GET", id, NULL, 200, "data.totalCostLimit", "10");
	check_id("GET", id, NULL, 200, "data.currentWindowRequests", "0");
	check_id("PUT", id, "{\"enableModelRestriction\":false}", 200,
		 "data.restrictedModels", "[]");
	check_id("PUT", id, "{\"expiresAt\":\"2001-01-01T00:00:00Z\"}", 200,
		 "data.status", "expired");
	check_id("PUT", id, "{\"expiresAt\":null}", 200, "data.status",
		 "active");
	check_id("PUT /toggle", id, NULL, 200, "data.isActive", "false");
	check_id("PUT /toggle", id, NULL, 200, "message",
		 "API key activated successfully");
	check_id("DELETE", id, NULL, 200, "",
		 "{\"success\":true,\"message\":"
		 "\"API key deleted successfully\"}");
	check_id("GET", id, NULL, 404, "message", "API key not found");
	check_id("DELETE", id, NULL, 404, "message", "API key not found");
	check_id("PUT /toggle", id, NULL, 404, "success", "false");
	mem_free(id);
}

static void test_list(void)
{
	static const char *const names[] = {"delta", "alpha", "Charlie",
					    "bravo"};
	static const char base[] = "GET /admin/api-keys?tag=list";
	struct buf text = BUF_INIT(512);

	for (size_t i = 0; i < 4; i++) {
		buf_reset(&text);
		buf_addf(&text, "{\"name\":\"%s\",\"tags\":[\"list\"]}",
			 names[i]);
		mem_free(create(text.data, NULL));
	}
	admin_check(&d, base, NULL, 200, "data.pagination",
		    "{\"page\":1,\"pageSize\":20,\"total\":4,"
		    "\"totalPages\":1}");
	admin_check(&d, base, NULL, 200, "data.availableTags",
		    "[\"a\",\"b\",\"list\"]");
	buf_reset(&text);
	buf_addf(&text, "%s&sortBy=name&sortOrder=asc&pageSize=3&page=2", base);
	admin_check(&d, text.data, NULL, 200, "data.items.0.name", "delta");
	admin_check(&d, text.data, NULL, 200, "data.items.1", "absent");
	buf_reset(&text);
	buf_addf(&text, "%s&sortBy=name&sortOrder=asc", base);
	admin_check(&d, text.data, NULL, 200, "data.items.2.name", "Charlie");
	buf_reset(&text);
	buf_addf(&text, "%s&search=CHAR", base);
	admin_check(&d, text.data, NULL, 200, "data.pagination.total", "1");
	admin_check(&d, "GET /admin/api-keys?named=Charlie", NULL, 200,
		    "data.pagination.total", "1");
	admin_check(&d, "GET /admin/api-keys?named=CHAR", NULL, 200,
		    "data.pagination.total", "0");
	admin_check(&d, "GET /admin/api-keys?tag=list&status=active", NULL, 200,
		    "data.pagination.total", "4");
	admin_check(&d, "GET /admin/api-keys?tag=list&status=waiting", NULL,
		    200, "data.pagination.total", "0");
	admin_check(&d, "GET /admin/api-keys?status=odd", NULL, 400, "message",
		    "status must be one of active, waiting, inactive, expired");
	admin_check(&d, "GET /admin/api-keys?sortBy=cost", NULL, 200, "success",
		    "true");
	admin_check(&d, "GET /admin/api-keys?sortBy=lastUsedAt", NULL, 200,
		    "success", "true");
	admin_check(&d, "GET /admin/api-keys?sortBy=colour", NULL, 400, "error",
		    "Invalid request");
	admin_check(&d, "GET /admin/api-keys?page=x", NULL, 400, "message",
		    "page must be a whole number from 1 to 1000000");
	buf_release(&text);
}

static const struct ledger_row used = {.request_id = "req_test1",
				       .model = "claude-3-opus-20240229",
				       .sent_model = "qwen",
				       .endpoint = "/v1/messages",
				       .stop_reason = "end_turn",
				       .why = "a (its turn)",
				       .status = 200,
				       .attempts = 1,
				       .duration_ms = 1500,
				       .first_byte_ms = 200,
				       .input = 100,
				       .output = 20,
				       .cache_read = 7,
				       .cost = 0.5,
				       .priced = true};

static void test_csv(void)
{
	struct fcgi_call call = {
	    .uri = "/admin/api-keys?tag=list&sortBy=name&sortOrder=asc&"
		   "format=csv&pageSize=1",
	    .headers = {admin_authorization()}};
	struct fcgi_reply reply;
	struct str body, line;
	int lines = 0;

	mem_free(create("{\"name\":\"=alpha\",\"tags\":[\"list\",\"b\"],"
			"\"allowedClients\":[\"x\"]}",
			NULL));
	fcgi_client_call(d.socket, &call, &reply);
	is_int(fcgi_reply_status(&reply), 200, "csv");
	body = fcgi_reply_body(&reply);
	ok(str_find(body, STR("\"'=alpha\",\"\",")) != SIZE_MAX,
	   "a name is no formula");
	ok(str_find(body, STR(",\"list; b\",\"x\",")) != SIZE_MAX,
	   "lists are texts");
	while (body.n) {
		line = str_cut(&body, '\n');
		lines++;
		ok(lines > 1 ||
		       str_find(line, STR("\"allTokens\"")) != SIZE_MAX,
		   "a line");
	}
	is_int(lines, 6, "all that match, whatever the page");
	fcgi_reply_release(&reply);
}

static void test_usage(void)
{
	char *id = create("{\"name\":\"busy\"}", NULL);
	struct ledger_row row = used;
	struct buf request = BUF_INIT(256);
	struct err e;

	memcpy(row.key_id, id, sizeof(row.key_id));
	row.started_ms = clock_wall_ms();
	ok(store_settle(d.app.store, &row, 1, &e) == 0, "one request");
	memcpy(row.request_id, "req_test2", 10);
	row.key_id[0] = '\0';
	row.first_byte_ms = -1;
	row.outcome = OUTCOME_ERROR;
	row.started_ms++;
	ok(store_settle(d.app.store, &row, 1, &e) == 0, "and another");
	check_id("GET", id, NULL, 200, "data.usage.total.allTokens", "127");
	check_id("GET", id, NULL, 200, "data.dailyCost", "0.5");
	buf_addf(&request, "GET /admin/request-details?keyId=%s", id);
	admin_check(&d, request.data, NULL, 200, "data.records.0.requestId",
		    "req_test1");
	admin_check(&d, request.data, NULL, 200, "data.records.0.why",
		    "a (its turn)");
	admin_check(&d, request.data, NULL, 200, "data.records.1", "absent");
	admin_check(&d, "GET /admin/request-details?limit=1", NULL, 200,
		    "data.records.0.requestId", "req_test2");
	admin_check(&d, "GET /admin/request-details?limit=1", NULL, 200,
		    "data.records.0.firstByteMs", "null");
	admin_check(&d, "GET /admin/request-details?limit=1", NULL, 200,
		    "data.records.0.outcome", "error");
	admin_check(&d, "GET /admin/request-details?limit=0", NULL, 400,
		    "message", "limit must be a whole number from 1 to 1000");
	admin_check(&d, "GET /admin/dashboard", NULL, 200,
		    "data.overview.totalRequestsUsed", "2");
	admin_check(&d, "GET /admin/dashboard", NULL, 200,
		    "data.recentActivity.inputTokensToday", "200");
	admin_check(&d, "GET /admin/dashboard", NULL, 200,
		    "data.overview.accountsByPlatform.openai.total", "0");
	row.input = row.output = row.cache_read = row.cache_write = INT64_MAX;
	memcpy(row.request_id, "req_test3", 10);
	row.started_ms++;
	ok(store_settle(d.app.store, &row, 1, &e) == 0, "a huge one");
	admin_check(&d, "GET /admin/dashboard", NULL, 200,
		    "data.overview.totalTokensUsed", "9.2233720368547758e+18");
	admin_check(&d, "GET /admin/dashboard", NULL, 200,
		    "data.overview.totalAllTokensUsed",
		    "9.2233720368547758e+18");
	admin_check(&d, "GET /admin/request-details?limit=1", NULL, 200,
		    "data.records.0.totalTokens", "9.2233720368547758e+18");
	buf_release(&request);
	mem_free(id);
}

/* A limit that is misspelt is none: it is said. */
static void test_misspelt(void)
{
	static const char body[] =
	    "{\"name\":\"typo\",\"dailyCostLimt\":5,\"colour\":\"red\"}";
	struct buf request = BUF_INIT(256);
	cJSON *tree;
	char *id;

	tree = admin_call(&d, "POST", "/admin/api-keys", body, NULL);
	id = admin_text(tree, "message");
	is_text(str_of(id),
		"API key created successfully; dailyCostLimt is not a field of "
		"API keys and was ignored: did you mean dailyCostLimit?; "
		"colour is not a field of API keys and was ignored",
		"a new key");
	mem_free(id);
	id = admin_text(tree, "data.id");
	cJSON_Delete(tree);
	buf_addf(&request, "PUT /admin/api-keys/%s", id);
	admin_check(
	    &d, request.data, "{\"tag\":[]}", 200, "data.warnings",
	    "[\"tag is not a field of API keys and was ignored: did you "
	    "mean tags?\"]");
	admin_check(&d, request.data, "{\"tags\":[]}", 200, "data.warnings",
		    "absent");
	mem_free(id);
	buf_release(&request);
}

int main(void)
{
	admin_client_start(&d);
	test_create();
	test_refused();
	test_change();
	test_list();
	test_csv();
	test_usage();
	test_misspelt();
	app_dir_stop(&d);
	return done_testing();
}
