/* Requests of one key or account page by page; accounts that are left alone. */
#include "tests/support/tap.h"

#include <stdio.h>
#include <string.h>

#include "app/accounts.h"
#include "base/clock.h"
#include "base/mem.h"
#include "store/ledger.h"
#include "tests/support/admin_client.h"

enum { ROWS = 7 };

static struct app_dir d;
static struct account account;
static const char key_id[] = "01990000-0000-7000-8000-000000000001";

/* All of one millisecond. */
static void settle(int64_t started_ms)
{
	for (int i = 0; i < ROWS; i++) {
		struct ledger_row row = {.started_ms = started_ms,
					 .status = 200,
					 .duration_ms = i,
					 .input = 10,
					 .output = 2};
		struct err e;

		snprintf(row.request_id, sizeof(row.request_id), "req_%d", i);
		str_put(row.key_id, sizeof(row.key_id), str_of(key_id));
		memcpy(row.account_id, account.id, sizeof(row.account_id));
		str_put(row.model, sizeof(row.model),
			i % 2 ? STR("odd") : STR("even"));
		ok(store_settle(d.app.store, &row, 1, &e) == 0, "settled");
	}
}

static void add_ids(struct buf *seen, const cJSON *tree)
{
	for (int i = 0; i < ROWS; i++) {
		char path[64], *id;

		snprintf(path, sizeof(path), "data.records.%d.requestId", i);
		id = admin_text(tree, path);
		if (id && id[0] == 'r')
			buf_addf(seen, "%s ", id);
		mem_free(id);
	}
}

/* Every page after the other; what was on them. */
static void read_all(const char *uri, int pages, const char *want)
{
	struct buf seen = BUF_INIT(1000), page = BUF_INIT(1000);
	bool more = true;
	int n = 0, status;

	buf_adds(&page, uri);
	while (more && n < 2 * ROWS) {
		cJSON *tree = admin_call(&d, "GET", page.data, NULL, &status);
		char *next = admin_text(tree, "data.pagination.nextCursor");

		is_int(status, 200, "%s", page.data);
		add_ids(&seen, tree);
		more = next && strcmp(next, "null") != 0;
		buf_reset(&page);
		buf_addf(&page, "%s&cursor=%s", uri, next ? next : "");
		mem_free(next);
		cJSON_Delete(tree);
		n++;
	}
	is_int(n, pages, "pages");
	is_text(buf_str(&seen), want, "each row once, the newest first");
	buf_release(&seen);
	buf_release(&page);
}

static void test_pages(void)
{
	struct buf uri = BUF_INIT(200);

	buf_addf(&uri, "/admin/api-keys/%s/usage-records?pageSize=2", key_id);
	read_all(uri.data, 4, "req_6 req_5 req_4 req_3 req_2 req_1 req_0 ");
	buf_adds(&uri, "&model=odd");
	read_all(uri.data, 2, "req_5 req_3 req_1 ");
	buf_reset(&uri);
	buf_addf(&uri, "/admin/accounts/%s/usage-records?pageSize=5",
		 account.id);
	read_all(uri.data, 2, "req_6 req_5 req_4 req_3 req_2 req_1 req_0 ");
	buf_adds(&uri, "&startDate=2100-01-01T00:00:00Z");
	read_all(uri.data, 1, "");
	buf_reset(&uri);
	buf_addf(&uri,
		 "/admin/accounts/%s/usage-records?pageSize=7&"
		 "endDate=2001-01-01T00:00:00Z",
		 account.id);
	read_all(uri.data, 1, "");
	buf_release(&uri);
}

static void test_shape(void)
{
	char uri[200];

	snprintf(uri, sizeof(uri), "GET /admin/api-keys/%s/usage-records",
		 key_id);
	admin_check(&d, uri, NULL, 200, "data.records.0.accountName", "mine");
	admin_check(&d, uri, NULL, 200, "data.records.6.responseTime", "0");
	admin_check(&d, uri, NULL, 200, "data.records.0.totalTokens", "12");
	admin_check(&d, uri, NULL, 200, "data.summary.requests", "7");
	admin_check(&d, uri, NULL, 200, "data.pagination",
		    "{\"pageSize\":50,\"totalRecords\":7,\"hasNextPage\":false,"
		    "\"nextCursor\":null}");
	snprintf(uri, sizeof(uri),
		 "GET /admin/api-keys/%s/usage-records?cursor=5x.req_1",
		 key_id);
	admin_check(&d, uri, NULL, 400, "message",
		    "cursor must be a nextCursor of this list");
	snprintf(uri, sizeof(uri),
		 "GET /admin/api-keys/%s/usage-records?pageSize=201", key_id);
	admin_check(&d, uri, NULL, 400, "success", "false");
	snprintf(uri, sizeof(uri),
		 "GET /admin/api-keys/%s/usage-records?startDate=soon", key_id);
	admin_check(&d, uri, NULL, 400, "message",
		    "startDate must be an ISO date");
}

static void test_csv(void)
{
	char uri[200];
	struct fcgi_call call = {.uri = uri,
				 .headers = {admin_authorization()}};
	struct fcgi_reply reply;

	snprintf(uri, sizeof(uri),
		 "/admin/accounts/%s/usage-records?format=csv&pageSize=1",
		 account.id);
	fcgi_client_call(d.socket, &call, &reply);
	is_int(fcgi_reply_status(&reply), 200, "csv");
	ok(str_starts(fcgi_reply_body(&reply),
		      STR("\"requestId\",\"timestamp\",\"keyId\",")),
	   "a row of names");
	ok(str_find(fcgi_reply_body(&reply), STR("\r\n\"req_6\",")) != SIZE_MAX,
	   "and one of values");
	fcgi_reply_release(&reply);
}

static void test_unavailable(void)
{
	struct pool_query q = {.model = STR("m")};
	struct buf why = BUF_INIT(100);
	struct pool_lease l;
	char path[128];

	admin_check(&d, "GET /admin/temp-unavailable", NULL, 200, "data", "{}");
	pool_pick(d.app.pool, &q, clock_mono_ms(), &l, &why);
	pool_report(d.app.pool, &l, HEALTH_UNAUTHORIZED, 0, "status 401",
		    clock_mono_ms());
	pool_return(d.app.pool, &l, clock_mono_ms());
	snprintf(path, sizeof(path), "data.azure-openai:%s", account.id);
	{
		struct buf want = BUF_INIT(500);

		buf_addf(&want,
			 "{\"accountId\":\"%s\",\"accountName\":\"mine\","
			 "\"accountType\":\"azure-openai\","
			 "\"errorType\":\"auth_error\","
			 "\"reason\":\"status 401\",\"failures\":1,"
			 "\"remainingSeconds\":null,\"expiresAt\":null}",
			 account.id);
		admin_check(&d, "GET /admin/temp-unavailable", NULL, 200, path,
			    want.data);
		buf_release(&want);
	}
	buf_release(&why);
}

int main(void)
{
	struct err e;

	admin_client_start(&d);
	account_init(&account);
	account.name = mem_strdup("mine");
	account.address = mem_strdup("http://127.0.0.1:1");
	ok(accounts_put(&d.app, &account, &e) == 0, "an account");
	settle(clock_wall_ms());
	test_pages();
	test_shape();
	test_csv();
	test_unavailable();
	account_release(&account);
	app_dir_stop(&d);
	return done_testing();
}
