/* Keys over time: activation, the trash, many at once, tags. */
#include "tests/support/tap.h"

#include <stdio.h>
#include <string.h>

#include "app/key_edit.h"
#include "base/clock.h"
#include "base/mem.h"
#include "tests/support/admin_client.h"

#define KEYS "/admin/api-keys"

static struct app_dir d;

static char *create(const char *body)
{
	int status;
	cJSON *tree = admin_call(&d, "POST", KEYS, body, &status);
	char *id = admin_text(tree, "data.id");

	is_int(status, 200, "created");
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

	buf_addf(&request, "%.*s " KEYS "/%s%.*s", STR_ARG(method), id,
		 STR_ARG(tail));
	admin_check(&d, request.data, body, status, path, json);
	buf_release(&request);
}

static void test_activation(void)
{
	char *id =
	    create("{\"name\":\"a\",\"expirationMode\":\"activation\","
		   "\"activationDays\":36,\"activationUnit\":\"hours\"}");
	struct api_key k;
	struct err e;

	check_id("GET", id, NULL, 200, "data.isActivated", "false");
	check_id("GET", id, NULL, 200, "data.status", "waiting");
	admin_check(&d, "GET " KEYS "?status=waiting", NULL, 200,
		    "data.items.0.name", "a");
	check_id("GET", id, NULL, 200, "data.expiresAt", "null");
	check_id("GET", id, NULL, 200, "data.activationDays", "36");
	check_id("GET", id, NULL, 200, "data.activationUnit", "hours");
	check_id("PUT", id,
		 "{\"activationDays\":2,\"activationUnit\":\"days\"}", 200,
		 "data.activationDays", "2");
	store_api_key_get(d.app.store, id, &k, &e);
	ok(key_activate(&d.app, &k, &e) == 0, "first use");
	api_key_release(&k);
	store_api_key_get(d.app.store, id, &k, &e);
	is_int(k.expires_ms - k.activated_ms, 2 * 86400000,
	       "two days from now");
	ok(clock_wall_ms() - k.activated_ms < 10000, "now");
	k.activated_ms -= 1000;
	ok(key_activate(&d.app, &k, &e) == 0, "second use");
	api_key_release(&k);
	check_id("GET", id, NULL, 200, "data.isActivated", "true");
	check_id("PATCH /expiration", id, "{\"expiresAt\":\"soon\"}", 400,
		 "success", "false");
	check_id("PATCH /expiration", id,
		 "{\"expiresAt\":\"2001-01-01T00:00:00Z\"}", 200, "data.status",
		 "expired");
	check_id("PATCH /expiration", id, "{\"activateNow\":true}", 200,
		 "data.status", "active");
	check_id("PUT", id, "{\"expirationMode\":\"fixed\",\"expiresAt\":null}",
		 200, "data.isActivated", "true");
	check_id("PATCH /expiration", id, "{\"activateNow\":true}", 400,
		 "message",
		 "activateNow: this key does not wait for its first use");
	mem_free(id);
	admin_check(&d, "POST " KEYS,
		    "{\"name\":\"a\",\"expirationMode\":\"activation\"}", 400,
		    "message",
		    "activationDays: expirationMode activation needs how long "
		    "the key lasts");
	admin_check(&d, "POST " KEYS,
		    "{\"name\":\"a\",\"expirationMode\":\"never\"}", 400,
		    "message", "expirationMode must be fixed or activation");
}

static void test_trash(void)
{
	char *id = create("{\"name\":\"b\"}");

	check_id("POST /restore", id, NULL, 404, "message",
		 "API key not found");
	check_id("DELETE /permanent", id, NULL, 404, "success", "false");
	check_id("DELETE", id, NULL, 200, "success", "true");
	admin_check(&d, "GET " KEYS "/deleted", NULL, 200, "total", "1");
	admin_check(&d, "GET " KEYS "/deleted?pageSize=1", NULL, 200,
		    "apiKeys.0.name", "b");
	admin_check(&d, "GET " KEYS "/deleted?pageSize=1&page=2", NULL, 200,
		    "apiKeys", "[]");
	check_id("POST /restore", id, NULL, 200, "data.name", "b");
	admin_check(&d, "GET " KEYS "/deleted", NULL, 200, "total", "0");
	check_id("GET", id, NULL, 200, "data.status", "active");
	check_id("DELETE", id, NULL, 200, "success", "true");
	check_id("DELETE /permanent", id, NULL, 200, "success", "true");
	check_id("POST /restore", id, NULL, 404, "success", "false");
	mem_free(id);
	id = create("{\"name\":\"c\"}");
	check_id("DELETE", id, NULL, 200, "success", "true");
	admin_check(&d, "DELETE " KEYS "/deleted/clear-all", NULL, 200,
		    "data.removed", "1");
	admin_check(&d, "GET " KEYS "/deleted", NULL, 200, "total", "0");
	mem_free(id);
}

static void test_batch(void)
{
	struct buf body = BUF_INIT(1024);
	char *ids[2];
	int status;
	cJSON *tree;

	tree = admin_call(&d, "POST", KEYS "/batch",
			  "{\"baseName\":\"lab\",\"count\":2,\"tags\":[\"x\"],"
			  "\"concurrencyLimit\":3}",
			  &status);
	is_int(status, 200, "a batch");
	for (int i = 0; i < 2; i++) {
		cJSON *key =
		    cJSON_GetArrayItem(cJSON_GetObjectItem(tree, "data"), i);
		char *text = admin_text(key, "apiKey");

		ids[i] = admin_text(key, "id");
		is_int((int64_t)strlen(text), 67, "a whole key");
		mem_free(text);
	}
	cJSON_Delete(tree);
	check_id("GET", ids[1], NULL, 200, "data.name", "lab_2");
	check_id("GET", ids[1], NULL, 200, "data.concurrencyLimit", "3");
	buf_addf(&body,
		 "{\"keyIds\":[\"%s\",\"%s\",\"nobody\"],\"updates\":{"
		 "\"tags\":[\"y\"],\"tagOperation\":\"add\","
		 "\"dailyCostLimit\":4}}",
		 ids[0], ids[1]);
	admin_check(&d, "PUT " KEYS "/batch", body.data, 200, "data",
		    "{\"successCount\":2,\"failedCount\":1,\"errors\":[{"
		    "\"keyId\":\"nobody\",\"error\":\"API key not found\"}]}");
	check_id("GET", ids[0], NULL, 200, "data.tags", "[\"x\",\"y\"]");
	check_id("GET", ids[0], NULL, 200, "data.dailyCostLimit", "4");
	admin_check(&d, "GET " KEYS "/tags", NULL, 200, "data",
		    "[\"x\",\"y\"]");
	admin_check(&d, "GET " KEYS "/tags/details", NULL, 200, "data",
		    "[{\"name\":\"x\",\"count\":2},"
		    "{\"name\":\"y\",\"count\":2}]");
	buf_reset(&body);
	buf_addf(&body,
		 "{\"keyIds\":[\"%s\"],\"updates\":{\"tags\":[\"x\"],"
		 "\"tagOperation\":\"remove\"}}",
		 ids[0]);
	admin_check(&d, "PUT " KEYS "/batch", body.data, 200,
		    "data.successCount", "1");
	check_id("GET", ids[0], NULL, 200, "data.tags", "[\"y\"]");
	buf_reset(&body);
	buf_addf(&body, "{\"keyIds\":[\"%s\",\"%s\"]}", ids[0], ids[1]);
	admin_check(&d, "DELETE " KEYS "/batch", body.data, 200,
		    "data.successCount", "2");
	check_id("GET", ids[0], NULL, 404, "success", "false");
	buf_release(&body);
	mem_free(ids[0]);
	mem_free(ids[1]);
}

static void test_bad_batches(void)
{
	static const struct {
		const char *request, *body, *message;
	} rows[] = {
	    {"POST " KEYS "/batch", "{\"count\":2}", "baseName is required"},
	    {"POST " KEYS "/batch", "{\"baseName\":\"a\"}",
	     "count is required"},
	    {"POST " KEYS "/batch", "{\"baseName\":\"a\",\"count\":501}",
	     "count must be a whole number from 2 to 500"},
	    {"POST " KEYS "/batch",
	     "{\"baseName\":\"a\",\"count\":2,\"isActive\":1}",
	     "isActive must be true or false"},
	    {"PUT " KEYS "/batch", "{\"keyIds\":[]}",
	     "updates must be an object"},
	    {"PUT " KEYS "/batch", "{\"updates\":{}}", "keyIds is required"},
	    {"DELETE " KEYS "/batch", "{\"keyIds\":\"a\"}",
	     "keyIds must be a list"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		admin_check(&d, rows[i].request, rows[i].body, 400, "message",
			    rows[i].message);
}

static void test_own_statistics(void)
{
	struct buf body = BUF_INIT(512);
	char *key, *id;
	int status;
	cJSON *tree =
	    admin_call(&d, "POST", KEYS,
		       "{\"name\":\"mine\",\"dailyCostLimit\":3}", &status);

	key = admin_text(tree, "data.apiKey");
	id = admin_text(tree, "data.id");
	cJSON_Delete(tree);
	buf_addf(&body, "{\"apiKey\":\"%s\"}", key);
	admin_check(&d, "POST /apiStats/api/get-key-id", body.data, 200,
		    "data.id", id);
	admin_check(&d, "POST /apiStats/api/user-stats", body.data, 200,
		    "data.limits.dailyCostLimit", "3");
	admin_check(&d, "POST /apiStats/api/user-stats", body.data, 200,
		    "data.usage.total.requests", "0");
	admin_check(&d, "POST /apiStats/api/user-model-stats", body.data, 200,
		    "data", "[]");
	tree = admin_call(&d, "POST", "/apiStats/api/user-stats", body.data,
			  &status);
	ok(!cJSON_GetObjectItem(cJSON_GetObjectItem(tree, "data"), "apiKey"),
	   "nothing of the key comes back");
	cJSON_Delete(tree);
	check_id("DELETE", id, NULL, 200, "success", "true");
	admin_check(&d, "POST /apiStats/api/user-stats", body.data, 401,
		    "message", "Invalid API key");
	buf_reset(&body);
	buf_addf(&body, "{\"apiId\":\"%s\"}", id);
	admin_check(&d, "POST /apiStats/api/user-stats", body.data, 400,
		    "message", "apiKey is required");
	buf_release(&body);
	mem_free(key);
	mem_free(id);
}

int main(void)
{
	admin_client_start(&d);
	test_activation();
	test_trash();
	test_batch();
	test_bad_batches();
	test_own_statistics();
	app_dir_stop(&d);
	return done_testing();
}
