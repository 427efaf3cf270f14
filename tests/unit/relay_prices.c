/* What a request costs: by its account, by the table, or nobody knows. */
#include "tests/support/tap.h"

#include <string.h>

#include "app/prices.h"
#include "base/mem.h"
#include "tests/support/relay_lab.h"

static struct relay_lab lab;

static void set_price(const char *model, double input, double output)
{
	struct model_price p = {.price = {.input = input, .output = output}};
	struct err e;

	str_put(p.model, sizeof(p.model), str_of(model));
	ok(prices_put(&lab.d.app, &p, 1, &e) == 0, "a price of %s", model);
}

static void ask(struct ledger_row *row)
{
	struct fcgi_reply reply;

	memset(row, 0, sizeof(*row));
	lab_ask(&lab, LAB_PLAIN, &reply);
	ok(lab_row(&lab, &reply, row), "in the ledger");
	fcgi_reply_release(&reply);
}

/* In billionths: USD per million tokens are thousands of them per token. */
static void costs(const struct ledger_row *row, int64_t input, int64_t output)
{
	ok(row->priced && !ledger_row_unpriced(row), "it has a price");
	is_int(row->cost_of.input, row->input * input * 1000, "input");
	is_int(row->cost_of.output, row->output * output * 1000, "output");
	ok(row->cost == (double)ledger_cost_sum(&row->cost_of) / 1e9,
	   "and altogether");
}

static void with_deployment(struct account *a)
{
	mem_free(a->deployment);
	a->deployment = mem_strdup("qwen3-32b");
}

static void with_price(struct account *a)
{
	with_deployment(a);
	a->priced = true;
	a->price = (struct price){.input = 70, .output = 80};
}

static void test_table(void)
{
	struct ledger_row row;

	lab_account_with(&lab, "one", "/ok", with_deployment);
	ask(&row);
	ok(row.input > 0 && row.output > 0, "tokens");
	ok(!row.priced && ledger_row_unpriced(&row) && row.cost == 0,
	   "unknown: nothing, and flagged");
	set_price("claude-*", 3, 15);
	ask(&row);
	costs(&row, 3, 15);
	set_price("qwen3-*", 1, 2);
	ask(&row);
	costs(&row, 1, 2);
	set_price("qwen3-32b", 5, 6);
	ask(&row);
	costs(&row, 5, 6);
	lab_done(&lab, "by the table");
}

static void test_account(void)
{
	struct ledger_row row;

	lab_account_with(&lab, "one", "/ok", with_price);
	ask(&row);
	costs(&row, 70, 80);
	lab_done(&lab, "by the account");
}

/* Limits by cost know the table as well. */
static void test_limit(void)
{
	struct fcgi_reply reply;
	struct ledger_row row;

	set_price("qwen3-32b", 0, 1000000);
	lab_account_with(&lab, "one", "/ok", with_deployment);
	lab.key.daily_cost = 1;
	lab_put_key(&lab);
	ask(&row);
	ok(row.cost > 1, "a dear one");
	lab_ask(&lab, LAB_PLAIN, &reply);
	is_int(fcgi_reply_status(&reply), 402, "more than the day may cost");
	fcgi_reply_release(&reply);
	lab.key.daily_cost = 0;
	lab_put_key(&lab);
	lab_done(&lab, "limits");
}

int main(void)
{
	relay_lab_start(&lab);
	test_table();
	test_account();
	test_limit();
	relay_lab_stop(&lab);
	return done_testing();
}
