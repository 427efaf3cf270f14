/* Who changed what, and who logged in. */
#include "tests/support/tap.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/audit.h"
#include "tests/support/admin_client.h"

#define SECRET "sk-never-in-the-audit"

static struct app_dir d;

/* The record at a place of the list, 0 being the newest. */
static void check_record(size_t at, const char *member, const char *want)
{
	char path[64];

	snprintf(path, sizeof(path), "data.records.%zu.%s", at, member);
	admin_check(&d, "GET /admin/audit", NULL, 200, path, want);
}

static void log_in(const char *password, int status)
{
	char body[128];
	struct fcgi_call call = {.method = "POST",
				 .uri = "/web/auth/login",
				 .headers = {"Content-Type: application/json"},
				 .body = body};

	snprintf(body, sizeof(body),
		 "{\"username\":\"root\",\"password\":\"%s\"}", password);
	admin_check_call(&d, &call, status, "success",
			 status == 200 ? "true" : "false");
}

static void test_logins(void)
{
	log_in("correct horse", 200);
	check_record(0, "actor", "root");
	check_record(0, "status", "200");
	check_record(0, "path", "/web/auth/login");
	check_record(0, "fields", "username, password");
	check_record(0, "remote", "127.0.0.1");
	log_in("wrong horse", 401);
	check_record(0, "status", "401");
	check_record(0, "actor", "root");
	check_record(2, "id", "absent");
}

static void test_changes(void)
{
	int status;
	char *id, path[96];
	cJSON *made =
	    admin_call(&d, "POST", "/admin/api-keys",
		       "{\"name\":\"laptop\",\"dailyCostLimit\":3}", &status);

	is_int(status, 200, "a key is made");
	id = admin_text(made, "data.id");
	check_record(0, "name", "laptop");
	check_record(0, "method", "POST");
	check_record(0, "fields", "name, dailyCostLimit");
	snprintf(path, sizeof(path), "PUT /admin/api-keys/%s", id);
	admin_check(&d, path, "{\"concurrencyLimit\":-1}", 400, "success",
		    "false");
	check_record(0, "method", "POST");
	admin_check(&d, path, "{\"concurrencyLimit\":4}", 200, "success",
		    "true");
	check_record(0, "path", path + strlen("PUT "));
	check_record(0, "fields", "concurrencyLimit");
	mem_free(id);
	cJSON_Delete(made);
}

/* It is tested on a loop, and the answer comes from there. */
static void test_account(void)
{
	admin_check(&d, "POST /admin/openai-accounts",
		    "{\"name\":\"a\",\"baseApi\":\"http://127.0.0.1:1\","
		    "\"apiKey\":\"" SECRET "\"}",
		    200, "success", "true");
	check_record(0, "path", "/admin/openai-accounts");
	check_record(0, "fields", "name, baseApi, apiKey");
}

static void test_secrets(void)
{
	int status;
	cJSON *all = admin_call(&d, "GET", "/admin/audit", NULL, &status);
	char *text = json_print(all);

	ok(!strstr(text, SECRET) && !strstr(text, "horse"),
	   "no value of a secret");
	mem_free(text);
	cJSON_Delete(all);
}

static void test_pages(void)
{
	int status;
	cJSON *first =
	    admin_call(&d, "GET", "/admin/audit?limit=2", NULL, &status);
	char *next = admin_text(first, "data.nextBefore");
	char path[96];

	snprintf(path, sizeof(path), "GET /admin/audit?limit=2&before=%s",
		 next);
	admin_check(&d, path, NULL, 200, "data.records.0.name", "laptop");
	admin_check(&d, path, NULL, 200, "data.records.1.status", "401");
	admin_check(&d, "GET /admin/audit?limit=0", NULL, 400, "success",
		    "false");
	mem_free(next);
	cJSON_Delete(first);
}

/* The query's records by one of their members, in a row. */
static void check_found(const char *query, const char *member, const char *want)
{
	struct buf uri = BUF_INIT(200), got = BUF_INIT(500);
	const cJSON *data, *row;
	cJSON *all;
	int status;

	buf_addf(&uri, "/admin/audit?%s", query);
	all = admin_call(&d, "GET", uri.data, NULL, &status);
	data = cJSON_GetObjectItem(all, "data");
	cJSON_ArrayForEach(row, cJSON_GetObjectItem(data, "records"))
	{
		buf_addf(&got, "%s ", json_string_or(row, member, "?"));
	}
	is_str(buf_str(&got), str_of(want), "%s", query);
	buf_release(&uri);
	buf_release(&got);
	cJSON_Delete(all);
}

static void test_filters(void)
{
	check_found("outcome=refused", "path", "/web/auth/login ");
	check_found("outcome=done&search=LOGIN", "actor", "root ");
	check_found("search=laptop", "method", "POST ");
	check_found("search=dailycost", "name", "laptop ");
	check_found("search=nothing", "id", "");
	check_found("actor=root", "path", "/web/auth/login /web/auth/login ");
	check_found("actor=roo", "id", "");
	check_found("startDate=2999-01-01T00:00:00Z", "id", "");
	check_found("endDate=2001-01-01T00:00:00Z", "id", "");
	check_found("startDate=2001-01-01T00:00:00Z&search=laptop&limit=1",
		    "name", "laptop ");
	admin_check(&d, "GET /admin/audit?outcome=odd", NULL, 400, "message",
		    "outcome must be done or refused");
	admin_check(&d, "GET /admin/audit?endDate=soon", NULL, 400, "message",
		    "endDate must be an ISO date");
	admin_check(&d, "GET /admin/audit?search=laptop", NULL, 200,
		    "data.nextBefore", "null");
	admin_check(&d, "GET /admin/audit?limit=5", NULL, 200,
		    "data.nextBefore", "null");
}

/* Those that match may lie deep; what is old the keeper takes away. */
static void test_deep(void)
{
	const int64_t first = (clock_wall_ms() - 3600000) * 1000;
	struct audit_entry deep = {.id = first, .actor = "deep"};
	char when[CLOCK_ISO_BYTES], next[24];
	struct err e;

	ok(store_audit_add(d.app.store, &deep, &e) == 0, "an old one");
	for (int i = 1; i <= 1100; i++) {
		struct audit_entry a = {.id = first + i, .actor = "many"};

		if (store_audit_add(d.app.store, &a, &e) < 0)
			ok(false, "%s", e.message);
	}
	check_found("actor=deep", "actor", "deep ");
	clock_iso(first / 1000, when);
	admin_check(&d, "GET /admin/audit?actor=deep", NULL, 200,
		    "data.lookedBackTo", when);
	snprintf(next, sizeof(next), "%lld", (long long)first + 101);
	admin_check(&d, "GET /admin/audit?actor=many&limit=1000", NULL, 200,
		    "data.nextBefore", next);
}

static void test_csv(void)
{
	struct fcgi_call call = {.uri = "/admin/audit?format=csv&limit=1",
				 .headers = {admin_authorization()}};
	struct fcgi_reply reply;

	fcgi_client_call(d.socket, &call, &reply);
	ok(str_starts(
	       fcgi_reply_body(&reply),
	       STR("\"id\",\"timestamp\",\"actor\",\"remote\",\"method\","
		   "\"path\",\"name\",\"fields\",\"status\"\r\n")),
	   "a table");
	fcgi_reply_release(&reply);
}

static void test_store(void)
{
	struct audit_entry a = {.id = 1000000, .actor = "old"}, b = a, *list;
	struct err e;
	size_t n;

	ok(store_audit_add(d.app.store, &a, &e) == 0 &&
	       store_audit_add(d.app.store, &b, &e) == 0,
	   "two at the same time");
	is_int(b.id, a.id + 1, "each has a place");
	ok(store_audit_list(d.app.store, b.id, 9, &list, &n, &e) == 0 &&
	       n == 1 && strcmp(list[0].actor, "old") == 0,
	   "what is before");
	mem_free(list);
	ok(store_audit_prune(d.app.store, 1001, 1000, &n, &e) == 0 && n == 2,
	   "old ones go");
	ok(store_audit_list(d.app.store, 0, 1000, &list, &n, &e) == 0 && n == 5,
	   "and no others");
	mem_free(list);
}

/* A price goes by the name of its model. */
static void test_price(void)
{
	admin_check(&d, "POST /admin/prices", "{\"model\":\"m-1\",\"input\":2}",
		    200, "success", "true");
	check_record(0, "name", "m-1");
	check_record(0, "fields", "model, input");
}

int main(void)
{
	admin_client_start(&d);
	test_logins();
	test_changes();
	test_account();
	test_secrets();
	test_pages();
	test_csv();
	test_filters();
	test_store();
	test_deep();
	test_price();
	app_dir_stop(&d);
	return done_testing();
}
