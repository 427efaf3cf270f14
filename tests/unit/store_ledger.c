/* Settlements: rows, exactly once, order, indexes, counters, last use. */
#include "tests/support/tap.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "store/account.h"
#include "store/api_key.h"
#include "tests/support/store_dir.h"
#include "tests/support/store_rows.h"

enum { ROWS = 300 };
static const int64_t hour_ms = 3600 * 1000;

static struct ledger_row rows[ROWS];

static void settle_all(struct store_dir *d)
{
	struct err e;
	int bad = 0;

	for (int i = 0; i < ROWS; i++)
		rows[i] = row_make(i);
	for (int i = 0; i < ROWS; i += 25)
		bad += store_settle(d->s, rows + i, 25, &e) < 0;
	is_int(bad, 0, "%d rows are settled in batches", ROWS);
	ok(store_settle(d->s, rows, 0, &e) == 0, "a batch may be empty");
}

static void test_find(struct store_dir *d)
{
	struct ledger_row got;
	struct err e;
	int same = 0;

	for (int i = 0; i < ROWS; i++)
		same += store_ledger_find(d->s, rows[i].request_id, &got, &e) ==
			    0 &&
			row_same(&got, &rows[i]);
	is_int(same, ROWS, "each row is found and has every field");
	ok(store_ledger_find(d->s, "req_none", &got, &e) < 0 &&
	       e.kind == ERR_NOT_FOUND,
	   "another is not found");
}

struct walk {
	int expect, step, seen, wrong, stop_at;
};

/* Rows come backwards: expect, expect - step, ... */
static int walk(void *ctx, const struct ledger_row *row)
{
	struct walk *w = ctx;

	w->wrong += w->expect < 0 || !row_same(row, &rows[w->expect]);
	w->expect -= w->step;
	w->seen++;
	return w->stop_at && w->seen == w->stop_at;
}

static void test_order(struct store_dir *d)
{
	struct walk w = {.expect = ROWS - 1, .step = 1};
	struct err e;

	ok(store_ledger_each(d->s, &(struct ledger_query){.before_ms = 0}, walk,
			     &w, &e) == 0 &&
	       w.seen == ROWS && !w.wrong,
	   "all rows, newest first");
	w = (struct walk){.expect = 99, .step = 1};
	ok(store_ledger_each(
	       d->s, &(struct ledger_query){.before_ms = rows[100].started_ms},
	       walk, &w, &e) == 0 &&
	       w.seen == 100 && !w.wrong,
	   "all rows before a time");
	w = (struct walk){.expect = ROWS - 1, .step = 1, .stop_at = 70};
	ok(store_ledger_each(d->s, &(struct ledger_query){.before_ms = 0}, walk,
			     &w, &e) == 0 &&
	       w.seen == 70 && !w.wrong,
	   "until the function says stop");
	w = (struct walk){.expect = -1};
	ok(store_ledger_each(
	       d->s, &(struct ledger_query){.before_ms = rows[0].started_ms},
	       walk, &w, &e) == 0 &&
	       w.seen == 0,
	   "nothing before the first");
}

static void expect_rows(struct store_dir *d, struct ledger_query q,
			struct walk w, int want)
{
	struct err e;

	ok(store_ledger_each(d->s, &q, walk, &w, &e) == 0 && !w.wrong,
	   "rows of %s and %s", q.key_id ? q.key_id : "any key",
	   q.account_id ? q.account_id : "any account");
	is_int(w.seen, want, "so many");
}

static void test_indexes(struct store_dir *d)
{
	expect_rows(d, (struct ledger_query){.key_id = "key-1"},
		    (struct walk){.expect = ROWS - 2, .step = 3}, ROWS / 3);
	expect_rows(d, (struct ledger_query){.account_id = "account-0"},
		    (struct walk){.expect = ROWS - 2, .step = 2}, ROWS / 2);
	expect_rows(d,
		    (struct ledger_query){.account_id = "account-0",
					  .before_ms = rows[100].started_ms},
		    (struct walk){.expect = 98, .step = 2}, 50);
	expect_rows(
	    d,
	    (struct ledger_query){.key_id = "key-1", .account_id = "account-0"},
	    (struct walk){.expect = ROWS - 2, .step = 6}, ROWS / 6);
	expect_rows(d, (struct ledger_query){.key_id = "key-"},
		    (struct walk){.expect = -1}, 0);
}

static void expect_usage(struct store_dir *d, const struct usage_query *q,
			 const char *name)
{
	struct usage_totals want = {0}, got;
	int64_t end = q->to_ms ? q->to_ms : INT64_MAX;
	struct err e;

	for (int i = 0; i < ROWS; i++) {
		const struct ledger_row *r = &rows[i];

		if (r->started_ms < q->from_ms || r->started_ms >= end ||
		    (q->key_id && *q->key_id && strcmp(q->key_id, r->key_id)) ||
		    (q->account_id && strcmp(q->account_id, r->account_id)) ||
		    (q->model && strcmp(q->model, r->model)))
			continue;
		want.requests++;
		want.errors += r->outcome == OUTCOME_ERROR;
		want.input += r->input;
		want.output += r->output;
		want.cache_read += r->cache_read;
		want.cache_write += r->cache_write;
		want.cost += r->cost;
	}
	ok(store_usage_sum(d->s, q, &got, &e) == 0 && totals_same(&got, &want),
	   "usage: %s (%d requests)", name, (int)want.requests);
}

static void test_usage(struct store_dir *d)
{
	int64_t t = rows[0].started_ms;
	struct usage_query q = {0};

	expect_usage(d, &q, "everything");
	q.key_id = "key-2";
	expect_usage(d, &q, "of a key");
	q.account_id = "account-1";
	q.model = "claude-1";
	expect_usage(d, &q, "of a key, an account and a model");
	q.model = "claude-0";
	expect_usage(d, &q, "of a model that the account does not serve");
	q = (struct usage_query){.key_id = "", .model = "claude-0"};
	expect_usage(d, &q, "of a model");
	q.from_ms = t + 5 * hour_ms;
	expect_usage(d, &q, "from an hour on");
	q.to_ms = t + 9 * hour_ms;
	expect_usage(d, &q, "some hours of a day");
	q.to_ms = t + 47 * hour_ms;
	expect_usage(d, &q, "hours at both ends and no day");
	q.from_ms = t + 24 * hour_ms;
	q.to_ms = t + 48 * hour_ms;
	expect_usage(d, &q, "a whole day");
	q.from_ms = t + 23 * hour_ms;
	q.to_ms = t + 49 * hour_ms;
	expect_usage(d, &q, "hours, a day, hours");
	q.from_ms = q.to_ms = t + 24 * hour_ms;
	expect_usage(d, &q, "no time at all");
}

static void test_once(struct store_dir *d)
{
	struct usage_totals before = counters_sum(d->s), after;
	struct ledger_row twice[2] = {row_make(1000), row_make(1000)};
	struct ledger_row got;
	struct err e;

	ok(store_settle(d->s, rows, 25, &e) == 0, "rows settled again");
	after = counters_sum(d->s);
	ok(totals_same(&before, &after), "count once");
	twice[1].input = 7;
	ok(store_settle(d->s, twice, 2, &e) == 0, "one batch with a request "
						  "twice");
	after = counters_sum(d->s);
	is_int(after.requests, before.requests + 1, "counts it once");
	ok(store_ledger_find(d->s, twice[0].request_id, &got, &e) == 0 &&
	       got.input == twice[0].input,
	   "the first one counts");
	before = rows_sum(d->s);
	ok(totals_same(&before, &after), "ledger and counters agree");
}

static void test_last_used(struct store_dir *d)
{
	struct ledger_row early = row_make(1);
	int64_t ms;
	struct err e;

	ok(store_api_key_last_used(d->s, "key-1", &ms, &e) == 0, "last use");
	is_int(ms, row_make(1000).started_ms, "of a key");
	ok(store_account_last_used(d->s, "account-1", &ms, &e) == 0, "and");
	is_int(ms, rows[ROWS - 1].started_ms, "of an account");
	ok(store_api_key_last_used(d->s, "key-9", &ms, &e) == 0 && ms == 0,
	   "never");
	snprintf(early.request_id, sizeof(early.request_id), "req_late");
	ok(store_settle(d->s, &early, 1, &e) == 0, "a late settlement");
	ok(store_api_key_last_used(d->s, "key-1", &ms, &e) == 0, "does not");
	is_int(ms, row_make(1000).started_ms, "set it back");
}

static void test_prune(struct store_dir *d)
{
	struct usage_totals before = counters_sum(d->s), after;
	struct ledger_query q = {.key_id = "key-1",
				 .before_ms = rows[ROWS - 1].started_ms};
	struct walk w = {.expect = ROWS - 2, .step = 3};
	struct ledger_row got;
	size_t n = 0;
	struct err e;

	ok(store_ledger_prune(d->s, rows[250].started_ms, 10, &n, &e) == 0,
	   "the oldest rows are removed");
	is_int((int64_t)n, 10, "at most so many");
	ok(store_ledger_prune(d->s, rows[250].started_ms, 100000, &n, &e) == 0,
	   "then all before a time");
	is_int((int64_t)n, 240 + 1, "and no others"); /* and req_late */
	ok(store_ledger_find(d->s, rows[249].request_id, &got, &e) < 0 &&
	       e.kind == ERR_NOT_FOUND &&
	       store_ledger_find(d->s, rows[250].request_id, &got, &e) == 0,
	   "the border is where it should be");
	ok(store_ledger_each(d->s, &q, walk, &w, &e) == 0 && !w.wrong,
	   "the indexes know");
	is_int(w.seen, 17, "what is left of a key");
	after = counters_sum(d->s);
	ok(totals_same(&before, &after), "the counters stay");
	ok(store_ledger_prune(d->s, 0, 10, &n, &e) == 0 && n == 0,
	   "nothing is before the beginning of time");
}

static void test_extremes(struct store_dir *d)
{
	struct ledger_row row = row_make(2000), got;
	struct err e;

	memset(row.request_id, 'r', sizeof(row.request_id) - 1);
	memset(row.key_id, 'k', sizeof(row.key_id) - 1);
	memset(row.account_id, 'a', sizeof(row.account_id) - 1);
	memset(row.model, 'm', sizeof(row.model) - 1);
	memset(row.sent_model, 's', sizeof(row.sent_model) - 1);
	memset(row.endpoint, 'e', sizeof(row.endpoint) - 1);
	memset(row.stop_reason, 'x', sizeof(row.stop_reason) - 1);
	memset(row.error, 'y', sizeof(row.error) - 1);
	row.input = INT64_MAX;
	row.output = INT64_MIN;
	row.cost = 1e300;
	ok(store_settle(d->s, &row, 1, &e) == 0 &&
	       store_ledger_find(d->s, row.request_id, &got, &e) == 0 &&
	       row_same(&got, &row),
	   "every field may be full");
	snprintf(row.request_id, sizeof(row.request_id), "req_again");
	ok(store_settle(d->s, &row, 1, &e) == 0, "sums may not overflow");
	is_int(counters_sum(d->s).input, INT64_MAX, "they stop at the end");
	ok(store_settle(d->s, &row, 5000, &e) < 0 && e.kind == ERR_TOO_LARGE,
	   "a batch has a ceiling");
}

static void test_inflight(struct store_dir *d)
{
	struct ledger_row open_ = row_make(3000), done = row_make(3001), got;
	struct err e;

	ok(store_inflight_add(d->s, &open_, &e) == 0 &&
	       store_inflight_add(d->s, &done, &e) == 0 &&
	       store_settle(d->s, &done, 1, &e) == 0,
	   "two marks, one settled");
	ok(store_ledger_find(d->s, open_.request_id, &got, &e) < 0,
	   "a mark is no row");
	store_dir_close(d);
	store_dir_open(d);
	ok(store_ledger_find(d->s, open_.request_id, &got, &e) == 0 &&
	       got.outcome == OUTCOME_INTERRUPTED && got.input == open_.input,
	   "what was in flight is interrupted after opening again");
	ok(store_ledger_find(d->s, done.request_id, &got, &e) == 0 &&
	       row_same(&got, &done),
	   "what was settled is not");
	store_dir_close(d);
	store_dir_open(d);
	ok(store_ledger_find(d->s, open_.request_id, &got, &e) == 0, "once");
	ok(rows_sum(d->s).requests == counters_sum(d->s).requests,
	   "ledger and counters agree");
}

int main(void)
{
	struct store_dir d;

	store_dir_make(&d);
	store_dir_open(&d);
	settle_all(&d);
	test_find(&d);
	test_order(&d);
	test_indexes(&d);
	test_usage(&d);
	test_once(&d);
	test_last_used(&d);
	test_inflight(&d);
	test_prune(&d);
	test_extremes(&d);
	store_dir_remove(&d);
	return done_testing();
}
