/* GET /metrics, and the counting behind it. */
#include "tests/support/tap.h"

#include <stdio.h>
#include <string.h>

#include "app/accounts.h"
#include "app/metrics.h"
#include "base/mem.h"
#include "store/account.h"
#include "tests/support/admin_client.h"

static struct app_dir d;

static struct ledger_row row_of(const char *account, const char *model,
				enum ledger_outcome outcome)
{
	struct ledger_row row = {.outcome = outcome,
				 .input = 7,
				 .output = 2,
				 .cache_read = 4,
				 .cost = 0.25,
				 .first_byte_ms = 200,
				 .duration_ms = 3000};

	str_put(row.account_id, sizeof(row.account_id), str_of(account));
	str_put(row.sent_model, sizeof(row.sent_model), str_of(model));
	return row;
}

static void page(struct fcgi_reply *reply)
{
	struct fcgi_call call = {.uri = "/metrics",
				 .headers = {admin_authorization()}};

	fcgi_client_call(d.socket, &call, reply);
}

static void has(const struct fcgi_reply *reply, const char *lines)
{
	ok(str_find(fcgi_reply_body(reply), str_of(lines)) != SIZE_MAX,
	   "has %.*s", STR_ARG(str_trim(str_of(lines))));
}

static void test_page(void)
{
	struct fcgi_reply reply;
	struct ledger_row row;
	struct account a;
	struct err e;

	account_init(&a);
	mem_free(a.name);
	a.name = mem_strdup("Qwen \"32B\" \\ a");
	a.address = mem_strdup("http://127.0.0.1:1");
	ok(accounts_put(&d.app, &a, &e) == 0, "an account");
	row = row_of(a.id, "qwen", OUTCOME_COMPLETE);
	for (int i = 0; i < 3; i++)
		metrics_count(d.app.metrics, &row, 700);
	row = row_of(a.id, "qwen", OUTCOME_ABORTED);
	row.first_byte_ms = -1;
	metrics_count(d.app.metrics, &row, -1);
	page(&reply);
	is_int(fcgi_reply_status(&reply), 200, "status");
	is_str(fcgi_reply_header(&reply, "content-type"),
	       STR("text/plain; version=0.0.4; charset=utf-8"), "type");
	has(&reply, "\nllmrelay_requests_total{account=\"Qwen \\\"32B\\\" "
		    "\\\\ a\",model=\"qwen\",outcome=\"complete\"} 3\n");
	has(&reply, "outcome=\"aborted\"} 1\n");
	has(&reply, "model=\"qwen\",kind=\"input\"} 28\n");
	has(&reply, "model=\"qwen\",kind=\"cache_read\"} 16\n");
	has(&reply,
	    "llmrelay_cost_usd_total{account=\"Qwen \\\"32B\\\" \\\\ a\","
	    "model=\"qwen\"} 1\n");
	has(&reply, "llmrelay_overhead_seconds_bucket{le=\"0.0005\"} 0\n");
	has(&reply, "llmrelay_overhead_seconds_bucket{le=\"0.001\"} 3\n");
	has(&reply, "llmrelay_overhead_seconds_count 3\n");
	has(&reply, "llmrelay_time_to_first_token_seconds_sum 0.6\n");
	has(&reply,
	    "llmrelay_request_duration_seconds_bucket{le=\"+Inf\"} 4\n");
	has(&reply, "llmrelay_account_cooling{account=\"Qwen");
	has(&reply, "\nllmrelay_in_flight 0\n");
	has(&reply, "\nllmrelay_waiting 0\n");
	has(&reply, "\nllmrelay_conversation_bytes 0\n");
	fcgi_reply_release(&reply);
	account_release(&a);
}

static void count_series(void *ctx, const struct metric_series *s)
{
	int64_t *n = ctx;

	n[0]++;
	if (strcmp(s->model, "other") == 0)
		n[1] += s->requests[OUTCOME_COMPLETE];
}

/* Names of models may come from clients: there is an end to them. */
static void test_ceiling(void)
{
	struct metrics *m = metrics_new();
	int64_t n[2] = {0, 0};
	char model[32];

	for (int i = 0; i < METRIC_SERIES + 500; i++) {
		struct ledger_row row;

		snprintf(model, sizeof(model), "m%d", i);
		row = row_of("a", model, OUTCOME_COMPLETE);
		metrics_count(m, &row, 1);
	}
	metrics_each(m, count_series, n);
	is_int(n[0], METRIC_SERIES + 1, "so many series");
	is_int(n[1], 500, "the rest is other");
	metrics_free(m);
}

int main(void)
{
	struct fcgi_reply reply;
	struct fcgi_call call = {.uri = "/metrics"};

	admin_client_start(&d);
	fcgi_client_call(d.socket, &call, &reply);
	is_int(fcgi_reply_status(&reply), 401, "not for everybody");
	fcgi_reply_release(&reply);
	test_page();
	test_ceiling();
	app_dir_stop(&d);
	return done_testing();
}
