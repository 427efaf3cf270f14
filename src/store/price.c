#include "store/price.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "store/fields.h"
#include "store/ledger.h"
#include "store/records.h"

static const char what[] = "The price";

#define FIELD(name, type, field)                                               \
	{                                                                      \
		name, type, offsetof(struct model_price, field),               \
		    sizeof(((struct model_price *)0)->field)                   \
	}

static const struct field rows[] = {
    FIELD("model", FIELD_CHARS, model),
    FIELD("input", FIELD_REAL, price.input),
    FIELD("output", FIELD_REAL, price.output),
    FIELD("cacheRead", FIELD_REAL, price.cache_read),
    FIELD("cacheWrite", FIELD_REAL, price.cache_write),
    FIELD("updatedMs", FIELD_INT, updated_ms),
};
static const size_t nrows = sizeof(rows) / sizeof(rows[0]);

/* USD per million tokens are thousands of billionths per token. */
static int64_t nano(int64_t tokens, double price)
{
	double v = (double)tokens * price * 1e3;

	return fabs(v) < 9e18 ? (int64_t)llround(v) : 0;
}

void price_row(struct ledger_row *row, const struct price *p)
{
	struct ledger_cost *c = &row->cost_of;

	row->priced = true;
	c->input = nano(row->input, p->input);
	c->output = nano(row->output, p->output);
	c->cache_read = nano(row->cache_read, p->cache_read);
	c->cache_write = nano(row->cache_write, p->cache_write);
	row->cost = (double)ledger_cost_sum(c) / 1e9;
}

struct put {
	struct model_price *list;
	size_t n;
	int64_t now_ms;
};

static int put_one(struct store *s, DB_TXN *txn, const struct model_price *p,
		   struct err *e)
{
	struct buf text = BUF_INIT(RECORD_MAX_BYTES);
	cJSON *o = cJSON_CreateObject();
	int rc;

	fields_write(o, rows, nrows, p);
	rc = record_print(o, &text, e) < 0 ? STORE_REFUSED : 0;
	if (rc == 0)
		rc = table_put(s, txn, TABLE_PRICES, str_of(p->model),
			       buf_str(&text), 0);
	buf_release(&text);
	return rc;
}

static int count_one(void *ctx, DBC *cursor, struct str key, struct str value)
{
	(void)cursor;
	(void)key;
	(void)value;
	++*(size_t *)ctx;
	return 0;
}

static int put(struct store *s, DB_TXN *txn, void *ctx, struct err *e)
{
	struct put *p = ctx;
	size_t all = 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < p->n; i++) {
		p->list[i].updated_ms = p->now_ms;
		rc = put_one(s, txn, &p->list[i], e);
	}
	if (rc == 0)
		rc = table_each(s, txn, TABLE_PRICES, count_one, &all);
	if (rc == 0 && all > PRICES_MAX) {
		err_set(e, ERR_TOO_LARGE, "There may be %d prices at most",
			PRICES_MAX);
		rc = STORE_REFUSED;
	}
	return rc;
}

int store_price_put(struct store *s, struct model_price *list, size_t n,
		    struct err *e)
{
	struct put p = {list, n, clock_wall_ms()};

	return store_write(s, WRITE_DURABLE, put, &p, e);
}

int store_price_delete(struct store *s, const char *model, struct err *e)
{
	return record_delete(s, TABLE_PRICES, str_of(model), what, e);
}

static int decode(struct store *s, struct str text, void *out, struct err *e)
{
	cJSON *o = record_parse(text, e);

	(void)s;
	memset(out, 0, sizeof(struct model_price));
	if (!o)
		return -1;
	fields_read(o, rows, nrows, out);
	cJSON_Delete(o);
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct model_price *x = a, *y = b;

	return strcmp(x->model, y->model);
}

int store_price_list(struct store *s, struct model_price **out, size_t *n,
		     struct err *e)
{
	static const struct record_kind kind = {.table = TABLE_PRICES,
						.size =
						    sizeof(struct model_price),
						.decode = decode,
						.compare = compare};
	void *list;

	if (record_list(s, &kind, &list, n, e) < 0)
		return -1;
	*out = list;
	return 0;
}
