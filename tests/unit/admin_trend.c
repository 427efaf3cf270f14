/* Usage over time, as JSON and as CSV. */
#include "tests/support/tap.h"

#include <stdio.h>
#include <string.h>

#include "app/accounts.h"
#include "base/clock.h"
#include "base/mem.h"
#include "store/account.h"
#include "store/api_key.h"
#include "store/ledger.h"
#include "tests/support/admin_client.h"

enum { HOUR = 3600000 };

static struct app_dir d;
static struct account accounts[2];
static struct api_key keys[2];

static void settle(int key, int account, int64_t started_ms, int64_t input)
{
	static int n;
	struct ledger_row row = {.started_ms = started_ms,
				 .status = 200,
				 .input = input,
				 .output = 2,
				 .cache_read = 1,
				 .cost = 0.5,
				 .first_byte_ms = 1};
	struct err e;

	snprintf(row.request_id, sizeof(row.request_id), "req_%d", n++);
	memcpy(row.key_id, keys[key].id, sizeof(row.key_id));
	memcpy(row.account_id, accounts[account].id, sizeof(row.account_id));
	str_put(row.model, sizeof(row.model), STR("claude-x"));
	ok(store_settle(d.app.store, &row, 1, &e) == 0, "settled");
}

static void prepare(void)
{
	static const char *const names[2] = {"=big", "small"};
	struct err e;

	for (int i = 0; i < 2; i++) {
		account_init(&accounts[i]);
		mem_free(accounts[i].name);
		accounts[i].name = mem_strdup(names[i]);
		accounts[i].address = mem_strdup("http://127.0.0.1:1");
		accounts_put(&d.app, &accounts[i], &e);
		api_key_init(&keys[i]);
		keys[i].name = mem_strdup(names[i]);
		memset(keys[i].hash, 'a' + i, SECRET_HASH_HEX - 1);
		store_api_key_put(d.app.store, &keys[i], &e);
	}
}

static void check_text(const char *uri, const char *want, const char *name)
{
	struct fcgi_call call = {.uri = uri,
				 .headers = {admin_authorization()}};
	struct fcgi_reply reply;

	fcgi_client_call(d.socket, &call, &reply);
	is_int(fcgi_reply_status(&reply), 200, "%s", uri);
	is_str(fcgi_reply_header(&reply, "content-type"),
	       STR("text/csv; charset=utf-8"), "%s: type", name);
	is_str(fcgi_reply_body(&reply), str_of(want), "%s", name);
	fcgi_reply_release(&reply);
}

static void test_hours(int64_t noon_ms)
{
	char uri[256], path[128], from[CLOCK_ISO_BYTES], to[CLOCK_ISO_BYTES];
	struct buf want = BUF_INIT(4096);

	clock_iso(noon_ms, from);
	clock_iso(noon_ms + 2 * HOUR, to);
	snprintf(uri, sizeof(uri),
		 "GET /admin/usage-trend?granularity=hour&startDate=%s&"
		 "endDate=%s",
		 from, to);
	admin_check(&d, uri, NULL, 200, "granularity", "hour");
	admin_check(&d, uri, NULL, 200, "data.0.requests", "2");
	admin_check(&d, uri, NULL, 200, "data.0.inputTokens", "30");
	admin_check(&d, uri, NULL, 200, "data.0.totalTokens", "36");
	admin_check(&d, uri, NULL, 200, "data.1.requests", "1");
	admin_check(&d, uri, NULL, 200, "data.1.cost", "0.5");
	admin_check(&d, uri, NULL, 200, "data.0.hour", from);
	snprintf(path, sizeof(path), "data.0.accounts.%s.requests",
		 accounts[0].id);
	snprintf(uri, sizeof(uri),
		 "GET /admin/account-usage-trend?granularity=hour&"
		 "startDate=%s&endDate=%s",
		 from, to);
	admin_check(&d, uri, NULL, 200, path, "1");
	admin_check(&d, uri, NULL, 200, "totalAccounts", "2");
	snprintf(path, sizeof(path), "[\"%s\",\"%s\"]", accounts[0].id,
		 accounts[1].id);
	admin_check(&d, uri, NULL, 200, "topAccounts", path);
	snprintf(uri, sizeof(uri),
		 "/admin/api-keys-usage-trend?granularity=hour&startDate=%s&"
		 "endDate=%s&format=csv",
		 from, from);
	check_text(uri, "", "an empty span");
	buf_release(&want);
}

static void test_days(void)
{
	char uri[160], path[128];

	snprintf(uri, sizeof(uri), "GET /admin/usage-trend?days=2&keyId=%s",
		 keys[0].id);
	admin_check(&d, uri, NULL, 200, "granularity", "day");
	admin_check(&d, uri, NULL, 200, "data.1.requests", "1");
	admin_check(&d, uri, NULL, 200, "data.1.inputTokens", "7");
	snprintf(path, sizeof(path), "data.1.apiKeys.%s.name", keys[0].id);
	admin_check(&d, "GET /admin/api-keys-usage-trend?days=2", NULL, 200,
		    path, "=big");
}

static void test_csv(void)
{
	char want[512];
	int64_t day_ms = clock_day_start(clock_wall_ms());
	char iso[CLOCK_ISO_BYTES];
	struct fcgi_call call = {
	    .uri = "/admin/api-keys-usage-trend?days=1&format=csv",
	    .headers = {admin_authorization()}};
	struct fcgi_reply reply;
	struct str body;

	clock_iso(day_ms, iso);
	fcgi_client_call(d.socket, &call, &reply);
	body = fcgi_reply_body(&reply);
	snprintf(want, sizeof(want),
		 "\"requests\",\"errors\",\"tokens\",\"inputTokens\","
		 "\"outputTokens\",\"cacheCreateTokens\",\"cacheReadTokens\","
		 "\"allTokens\",\"cost\",\"unpriced\",\"name\",\"date\","
		 "\"label\",\"id\""
		 "\r\n1,0,9,7,2,0,1,10,0.5,1,\"'=big\",");
	ok(str_starts(body, str_of(want)), "rows, and no formula: %.*s",
	   STR_ARG(body));
	is_str(fcgi_reply_header(&reply, "content-disposition"),
	       STR("attachment; filename=\"keys.csv\""), "a file");
	fcgi_reply_release(&reply);
}

static void test_refused(void)
{
	static const struct {
		const char *query, *message;
	} rows[] = {
	    {"granularity=week", "granularity must be day or hour"},
	    {"days=0", "days must be a whole number from 1 to 744"},
	    {"startDate=x",
	     "startDate must be a date such as 2026-01-31T12:00:00Z"},
	    {"startDate=2026-01-02T00:00:00Z&endDate=2026-01-01T00:00:00Z",
	     "startDate must not be after endDate"},
	    {"granularity=hour&days=60",
	     "the time asked for has more than 744 hours"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char request[200];

		snprintf(request, sizeof(request), "GET /admin/usage-trend?%s",
			 rows[i].query);
		admin_check(&d, request, NULL, 400, "message", rows[i].message);
	}
}

int main(void)
{
	int64_t now_ms = clock_wall_ms();
	int64_t noon_ms = (now_ms - INT64_C(10) * 24 * HOUR) / HOUR * HOUR;

	admin_client_start(&d);
	prepare();
	settle(0, 0, noon_ms, 10);
	settle(1, 1, noon_ms + 1, 20);
	settle(0, 0, noon_ms + HOUR, 5);
	settle(0, 0, now_ms, 7);
	test_hours(noon_ms);
	test_days();
	test_csv();
	test_refused();
	for (int i = 0; i < 2; i++) {
		account_release(&accounts[i]);
		api_key_release(&keys[i]);
	}
	app_dir_stop(&d);
	return done_testing();
}
