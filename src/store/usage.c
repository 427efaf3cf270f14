#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/env.h"
#include "store/txn.h"
#include "store/usage_codec.h"

enum { HOURS_PER_DAY = 24 };

/* Periods [from, to) of one span. */
struct stretch {
	enum usage_span span;
	uint32_t from, to;
};

struct sum {
	const struct usage_query *query;
	struct stretch stretches[3];
	size_t n;
	struct counter total;
	struct by_model *models; /* NULL: the total is enough */
};

/* Counters of models; the last place is for those that have none. */
struct by_model {
	struct {
		char name[LEDGER_NAME_BYTES];
		struct counter counter;
	} entries[USAGE_MODELS + 1];
	size_t n;
};

static void add_stretch(struct sum *sum, enum usage_span span, uint32_t from,
			uint32_t to)
{
	if (from < to)
		sum->stretches[sum->n++] = (struct stretch){span, from, to};
}

/* Hours of a day whose counters may be gone become the nearer end of the day:
 * neighbouring times then still have no day in common and none between. */
static uint32_t round_old(uint32_t hour, uint32_t hours_from)
{
	if (hour / HOURS_PER_DAY >= hours_from)
		return hour;
	return (hour + HOURS_PER_DAY / 2) / HOURS_PER_DAY * HOURS_PER_DAY;
}

/*
 * Whole days are read from the rows of days, what stands before and behind
 * them from the rows of hours: at most 46 hours, however long the time.
 */
static void split(struct sum *sum, uint32_t hours_from)
{
	const struct usage_query *q = sum->query;
	int64_t hour_ms = 3600 * 1000;
	int64_t last_ms = q->to_ms > 0 && q->to_ms < INT64_MAX - hour_ms
			      ? q->to_ms + hour_ms - 1
			      : INT64_MAX;
	uint32_t from =
	    round_old(usage_period(USAGE_HOURS, q->from_ms), hours_from);
	uint32_t to = round_old(usage_period(USAGE_HOURS, last_ms), hours_from);
	uint32_t first_day = from / HOURS_PER_DAY + (from % HOURS_PER_DAY != 0);
	uint32_t end_day = to / HOURS_PER_DAY;

	sum->n = 0;
	if (first_day >= end_day) {
		add_stretch(sum, USAGE_HOURS, from, to);
		return;
	}
	add_stretch(sum, USAGE_HOURS, from, first_day * HOURS_PER_DAY);
	add_stretch(sum, USAGE_DAYS, first_day, end_day);
	/* An open end has no hours behind it. */
	if (last_ms < INT64_MAX)
		add_stretch(sum, USAGE_HOURS, end_day * HOURS_PER_DAY, to);
}

static bool wanted(const char *want, const char *have)
{
	return !want || !want[0] || strcmp(want, have) == 0;
}

static struct counter *counter_of(struct by_model *m, const char *name)
{
	size_t i = 0;

	while (i < m->n && strcmp(m->entries[i].name, name) != 0)
		i++;
	if (i == m->n && i < USAGE_MODELS) {
		str_put(m->entries[i].name, LEDGER_NAME_BYTES, str_of(name));
		m->n++;
	}
	return &m->entries[i].counter;
}

/* Adds the counter under the cursor; false behind the end of the stretch. */
static bool add_here(struct sum *sum, const struct usage_key *begin,
		     uint32_t end, const DBT *key, const DBT *value)
{
	struct usage_key k;
	struct counter c;

	if (usage_key_decode(dbt_str(key), &k) < 0)
		return true;
	if (strcmp(k.key_id, begin->key_id) != 0 || k.span != begin->span ||
	    k.period >= end)
		return false;
	if (wanted(sum->query->account_id, k.account_id) &&
	    wanted(sum->query->model, k.model) &&
	    counter_decode(dbt_str(value), &c) == 0) {
		counter_add(&sum->total, &c);
		if (sum->models)
			counter_add(counter_of(sum->models, k.model), &c);
	}
	return true;
}

static int add_periods(struct sum *sum, DBC *c, const struct stretch *stretch)
{
	DBT key = {.flags = DB_DBT_REALLOC}, value = {.flags = DB_DBT_REALLOC};
	struct usage_key begin = {.span = stretch->span,
				  .period = stretch->from};
	const char *id = sum->query->key_id ? sum->query->key_id : "";
	struct str at;
	int rc;

	memcpy(begin.key_id, id, strnlen(id, sizeof(begin.key_id) - 1));
	key.data = mem_alloc(USAGE_KEY_BYTES);
	at = usage_key_begin(&begin, key.data);
	key.size = (uint32_t)at.n;
	rc = c->get(c, &key, &value, DB_SET_RANGE);
	while (rc == 0 && add_here(sum, &begin, stretch->to, &key, &value))
		rc = c->get(c, &key, &value, DB_NEXT);
	mem_free(key.data);
	mem_free(value.data);
	return rc == DB_NOTFOUND ? 0 : rc;
}

static int add_up(struct store *s, DB_TXN *txn, void *ctx, struct err *e)
{
	struct sum *sum = ctx;
	DB *db = s->table[TABLE_USAGE];
	DBC *c;
	int rc = db->cursor(db, txn, &c, 0);

	(void)e;
	if (rc != 0)
		return rc;
	memset(&sum->total, 0, sizeof(sum->total));
	if (sum->models)
		memset(sum->models, 0, sizeof(*sum->models));
	for (size_t i = 0; rc == 0 && i < sum->n; i++)
		rc = add_periods(sum, c, &sum->stretches[i]);
	c->close(c);
	return rc;
}

int store_usage_sum(struct store *s, const struct usage_query *q,
		    struct usage_totals *out, struct err *e)
{
	struct sum sum = {.query = q};

	split(&sum, s->hours_from);
	if (store_read(s, add_up, &sum, e) < 0)
		return -1;
	counter_totals(&sum.total, out);
	return 0;
}

static int more_requests(const void *a, const void *b)
{
	const struct usage_model *x = a, *y = b;
	int c = (y->totals.requests > x->totals.requests) -
		(y->totals.requests < x->totals.requests);

	return c ? c : strcmp(x->model, y->model);
}

static size_t list_models(const struct by_model *m, struct usage_model *list)
{
	size_t n = 0;

	for (size_t i = 0; i <= m->n && i <= USAGE_MODELS; i++) {
		if (m->entries[i].counter.requests == 0)
			continue;
		memcpy(list[n].model, m->entries[i].name, LEDGER_NAME_BYTES);
		counter_totals(&m->entries[i].counter, &list[n++].totals);
	}
	qsort(list, n, sizeof(*list), more_requests);
	return n;
}

int store_usage_models(struct store *s, const struct usage_query *q,
		       struct usage_model **out, size_t *n, struct err *e)
{
	struct sum sum = {.query = q};
	int rc;

	split(&sum, s->hours_from);
	sum.models = mem_alloc(sizeof(*sum.models));
	rc = store_read(s, add_up, &sum, e);
	if (rc == 0) {
		*out = mem_array(sum.models->n + 1, sizeof(**out));
		*n = list_models(sum.models, *out);
	}
	mem_free(sum.models);
	return rc;
}
