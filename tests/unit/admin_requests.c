/* The ledger for administrators: page by page, with every filter, one row by
 * its id, and what failed counted by class. */
#include "tests/support/tap.h"

#include <stdio.h>
#include <string.h>

#include "app/accounts.h"
#include "base/clock.h"
#include "base/mem.h"
#include "store/ledger.h"
#include "tests/support/admin_client.h"

static struct app_dir d;
static struct account account;
static const char key_id[] = "01990000-0000-7000-8000-000000000001";
static int64_t now_ms;

/* req_0 is the oldest; 3 and 4 are of one millisecond. */
static const struct row {
	const char *model, *error;
	enum ledger_outcome outcome;
	int status, ago_ms;
	bool of_key;
} rows[] = {
    {"old", "", OUTCOME_COMPLETE, 200, 7200000, true},
    {"m", "api_error", OUTCOME_ERROR, 502, 5000, true},
    {"m", "rate_limit_error", OUTCOME_ERROR, 429, 4000, false},
    {"m", "rate_limit_error", OUTCOME_ERROR, 429, 3000, true},
    {"m", "", OUTCOME_COMPLETE, 200, 3000, true},
    {"m", "", OUTCOME_ABORTED, 499, 2000, false},
    {"m", "api_error", OUTCOME_ERROR, 200, 1000, true},
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static void settle(void)
{
	for (int i = 0; i < ROWS; i++) {
		struct ledger_row row = {.started_ms = now_ms - rows[i].ago_ms,
					 .status = rows[i].status,
					 .outcome = rows[i].outcome,
					 .input = 10};
		struct err e;

		snprintf(row.request_id, sizeof(row.request_id), "req_%d", i);
		if (rows[i].of_key)
			str_put(row.key_id, sizeof(row.key_id), str_of(key_id));
		if (i > 1)
			memcpy(row.account_id, account.id,
			       sizeof(row.account_id));
		str_put(row.model, sizeof(row.model), str_of(rows[i].model));
		str_put(row.error, sizeof(row.error), str_of(rows[i].error));
		ok(store_settle(d.app.store, &row, 1, &e) == 0, "settled");
	}
}

/* The numbers of the requests, page after page: "6 5 | 4 3 | ". */
static void check_list(const char *query, const char *want)
{
	struct buf seen = BUF_INIT(1000), page = BUF_INIT(1000);
	bool more = true;
	int status;

	buf_addf(&page, "/admin/request-details?%s", query);
	for (int n = 0; more && n < 2 * ROWS; n++) {
		cJSON *tree = admin_call(&d, "GET", page.data, NULL, &status);
		char *next = admin_text(tree, "data.nextCursor");
		const cJSON *row,
		    *list = cJSON_GetObjectItem(
			cJSON_GetObjectItem(tree, "data"), "records");

		is_int(status, 200, "%s", page.data);
		cJSON_ArrayForEach(row, list)
		{
			buf_addf(
			    &seen, "%s ",
			    cJSON_GetObjectItem(row, "requestId")->valuestring +
				4);
		}
		more = next && strcmp(next, "null") != 0;
		buf_adds(&seen, more ? "| " : "");
		buf_reset(&page);
		buf_addf(&page, "/admin/request-details?%s&cursor=%s", query,
			 next ? next : "");
		mem_free(next);
		cJSON_Delete(tree);
	}
	is_text(buf_str(&seen), want, query);
	buf_release(&seen);
	buf_release(&page);
}

static void test_filters(void)
{
	struct buf query = BUF_INIT(200);
	char iso[CLOCK_ISO_BYTES];

	check_list("limit=2", "6 5 | 4 3 | 2 1 | 0 ");
	check_list("limit=3", "6 5 4 | 3 2 1 | 0 ");
	check_list("limit=7", "6 5 4 3 2 1 0 ");
	check_list("outcome=error&limit=2", "6 3 | 2 1 | ");
	check_list("outcome=aborted,complete", "5 4 0 ");
	check_list("status=429", "3 2 ");
	check_list("status=5xx", "1 ");
	check_list("status=4xx&error=rate_limit_error", "3 2 ");
	check_list("model=old", "0 ");
	check_list("model=none", "");
	buf_addf(&query, "keyId=%s&limit=2", key_id);
	check_list(query.data, "6 4 | 3 1 | 0 ");
	buf_addf(&query, "&accountId=%s", account.id);
	check_list(query.data, "6 4 | 3 ");
	buf_reset(&query);
	buf_addf(&query, "accountId=%s", account.id);
	check_list(query.data, "6 5 4 3 2 ");
	check_list("keyId=01990000-0000-7000-8000-000000000001-and-more-of-it",
		   "");
	clock_iso(now_ms - 3000, iso);
	buf_reset(&query);
	buf_addf(&query, "startDate=%s", iso);
	check_list(query.data, "6 5 4 3 ");
	buf_reset(&query);
	buf_addf(&query, "endDate=%s", iso);
	check_list(query.data, "4 3 2 1 0 ");
	buf_reset(&query);
	buf_addf(&query, "before=%lld", (long long)now_ms - 3000);
	check_list(query.data, "2 1 0 ");
	buf_release(&query);
}

static void check_refusal(const char *query, const char *message)
{
	char request[200];

	snprintf(request, sizeof(request), "GET /admin/%s", query);
	admin_check(&d, request, NULL, 400, "message", message);
}

static void test_refusals(void)
{
	check_refusal("request-details?outcome=complete,odd",
		      "outcome must be of complete, error, aborted, "
		      "interrupted");
	check_refusal("request-details?status=6xx",
		      "status must be like 429 or 4xx");
	check_refusal("request-details?status=42",
		      "status must be like 429 or 4xx");
	check_refusal("request-details?cursor=12",
		      "cursor must be a nextCursor of this list");
	check_refusal("request-details?cursor=-1.req_1",
		      "cursor must be a nextCursor of this list");
	check_refusal("request-details?startDate=soon",
		      "startDate must be an ISO date");
	check_refusal("request-errors?steps=101",
		      "steps must be a whole number from 1 to 100");
	check_refusal("request-errors?startDate=2026-01-02T00:00:00Z&"
		      "endDate=2026-01-01T00:00:00Z",
		      "startDate must be before endDate");
}

static void test_one(void)
{
	admin_check(&d, "GET /admin/request-details/req_3", NULL, 200,
		    "data.accountName", "mine");
	admin_check(&d, "GET /admin/request-details/req_3", NULL, 200,
		    "data.apiKeyName", "");
	admin_check(&d, "GET /admin/request-details/req_none", NULL, 404,
		    "success", "false");
	admin_check(&d,
		    "GET /admin/request-details/req_123456789012345678901234567"
		    "890",
		    NULL, 404, "success", "false");
}

static void test_csv(void)
{
	struct fcgi_call call = {
	    .uri = "/admin/request-details?format=csv&status=429",
	    .headers = {admin_authorization()}};
	struct fcgi_reply reply;
	struct str body;

	fcgi_client_call(d.socket, &call, &reply);
	is_int(fcgi_reply_status(&reply), 200, "csv");
	body = fcgi_reply_body(&reply);
	ok(str_find(body, STR("\r\n\"req_3\",")) != SIZE_MAX &&
	       str_find(body, STR("\r\n\"req_2\",")) != SIZE_MAX &&
	       str_find(body, STR("\"req_1\"")) == SIZE_MAX,
	   "of what was asked for");
	fcgi_reply_release(&reply);
}

static void test_errors(void)
{
	static const char all[] = "GET /admin/request-errors?steps=2";

	admin_check(&d, all, NULL, 200, "data.requests", "7");
	admin_check(&d, all, NULL, 200, "data.errors", "4");
	admin_check(&d, all, NULL, 200, "data.partial", "false");
	admin_check(&d, all, NULL, 200, "data.classes.0.lastRequestId",
		    "req_6");
	admin_check(&d, all, NULL, 200, "data.classes.0.status", "200");
	admin_check(&d, all, NULL, 200, "data.classes.1.error",
		    "rate_limit_error");
	admin_check(&d, all, NULL, 200, "data.classes.1.requests", "2");
	admin_check(&d, all, NULL, 200, "data.classes.1.steps", "[0,2]");
	admin_check(&d, all, NULL, 200, "data.classes.2.status", "502");
	admin_check(&d, all, NULL, 200, "data.classes.3", "absent");
	admin_check(&d, "GET /admin/request-errors?outcome=aborted", NULL, 200,
		    "data.classes.0.status", "499");
	admin_check(&d, "GET /admin/request-errors?model=old", NULL, 200,
		    "data.requests", "1");
	admin_check(&d, "GET /admin/request-errors?status=429", NULL, 200,
		    "data.errors", "2");
	admin_check(&d, "GET /admin/request-errors?model=old", NULL, 200,
		    "data.classes", "[]");
}

int main(void)
{
	struct err e;

	admin_client_start(&d);
	account_init(&account);
	account.name = mem_strdup("mine");
	account.address = mem_strdup("http://127.0.0.1:1");
	ok(accounts_put(&d.app, &account, &e) == 0, "an account");
	now_ms = clock_wall_ms();
	settle();
	test_filters();
	test_refusals();
	test_one();
	test_csv();
	test_errors();
	account_release(&account);
	app_dir_stop(&d);
	return done_testing();
}
