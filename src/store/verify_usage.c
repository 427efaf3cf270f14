/* Verification: the ledger, its indexes and the counters. */
#include <string.h>

#include "base/hash.h"
#include "store/ledger_codec.h"
#include "store/rank.h"
#include "store/usage_codec.h"
#include "store/verify_impl.h"

enum { NUMBERS = sizeof(struct counter) / sizeof(int64_t), DAY_HOURS = 24 };

/*
 * Counters by group (day, account, model, perhaps key), each multiplied by a
 * number that belongs to the group: two such sums are the same when those of
 * each group are, whatever the counters were split by besides.
 */
struct tally {
	uint64_t sums[NUMBERS];
};

static void tally_add(struct tally *t, const struct usage_key *group,
		      const struct counter *c)
{
	unsigned char bytes[USAGE_KEY_BYTES];
	struct str name = usage_key_encode(group, bytes);
	uint64_t weight = hash64(HASH64_INIT, name) | 1;
	int64_t numbers[NUMBERS];

	memcpy(numbers, c, sizeof(numbers));
	for (size_t i = 0; i < NUMBERS; i++)
		t->sums[i] += weight * (uint64_t)numbers[i];
}

static bool tally_same(const struct tally *a, const struct tally *b)
{
	return memcmp(a->sums, b->sums, sizeof(a->sums)) == 0;
}

struct usage_pass {
	struct verify_report *report;
	/* the ledger */
	struct fold ids, keys, accounts; /* as the indexes should be */
	uint32_t first_day;		 /* of the oldest row */
	int64_t keyless;		 /* rows that belong to no key */
	struct tally rows, later_rows;	 /* all; of the days after the first */
	/* an index */
	struct fold index;
	/* the counters, by day */
	struct tally all, later;  /* of all keys together */
	struct tally of_keys;	  /* of each key, added up */
	struct tally days, hours; /* of whichever key */
	/* of each key by months and altogether: by the counters, and ranks */
	struct rank months, ever, rank_months, rank_ever;
	uint32_t hours_from; /* the first day that has hours */
	int64_t counted;     /* requests in the counters */
};

static void add_row(struct usage_pass *p, const struct ledger_row *row)
{
	struct usage_key group = {.span = USAGE_DAYS};
	struct counter c;

	group.period = usage_period(USAGE_DAYS, row->started_ms);
	memcpy(group.account_id, row->account_id, sizeof(group.account_id));
	memcpy(group.model, row->model, sizeof(group.model));
	counter_of_row(row, &c);
	if (p->report->requests++ == 0)
		p->first_day = group.period;
	tally_add(&p->rows, &group, &c);
	if (group.period > p->first_day)
		tally_add(&p->later_rows, &group, &c);
	p->keyless += !row->key_id[0];
}

static int take_row(void *ctx, DBC *cursor, struct str key, struct str value)
{
	unsigned char bytes[LEDGER_INDEX_BYTES];
	struct usage_pass *p = ctx;
	struct ledger_row row;

	(void)cursor;
	if (ledger_decode(value, &row) < 0) {
		verify_problem(p->report, "ledger.db: a row is damaged");
		return 0;
	}
	fold_add(&p->ids, str_of(row.request_id), key);
	if (row.key_id[0])
		fold_add(&p->keys, ledger_index_key(row.key_id, key, bytes),
			 STR_NONE);
	if (row.account_id[0])
		fold_add(&p->accounts,
			 ledger_index_key(row.account_id, key, bytes),
			 STR_NONE);
	add_row(p, &row);
	return 0;
}

static int take_index(void *ctx, DBC *cursor, struct str key, struct str value)
{
	struct usage_pass *p = ctx;

	(void)cursor;
	fold_add(&p->index, key, value);
	return 0;
}

static int check_index(struct store *s, struct usage_pass *p, enum table t,
		       const struct fold *want)
{
	int rc;

	p->index = (struct fold){0, 0};
	rc = table_each(s, NULL, t, take_index, p);
	if (rc == 0 && !fold_same(&p->index, want))
		verify_problem(p->report,
			       "%s does not match ledger.db: %lld entries for "
			       "%lld rows",
			       table_file(t), (long long)p->index.n,
			       (long long)want->n);
	return rc;
}

static void add_weighted(struct rank *to, const struct rank_key *k,
			 const struct rank *r)
{
	unsigned char bytes[RANK_KEY_BYTES];
	uint64_t weight = hash64(HASH64_INIT, rank_key_encode(k, bytes)) | 1;

	to->requests =
	    (int64_t)((uint64_t)to->requests + weight * (uint64_t)r->requests);
	to->cost_nano = (int64_t)((uint64_t)to->cost_nano +
				  weight * (uint64_t)r->cost_nano);
}

static void rank_counter(struct usage_pass *p, const struct usage_key *u,
			 const struct counter *c)
{
	int64_t at_ms = u->period * (int64_t)86400000;
	struct rank_key k = {.span = RANK_EVER};
	struct rank r = {c->requests, c->cost_nano};

	memcpy(k.key_id, u->key_id, sizeof(k.key_id));
	add_weighted(&p->ever, &k, &r);
	k.span = RANK_MONTH;
	k.period = rank_period(RANK_MONTH, at_ms);
	add_weighted(&p->months, &k, &r);
}

static int take_rank(void *ctx, DBC *cursor, struct str key, struct str value)
{
	struct usage_pass *p = ctx;
	struct rank_key k;
	struct rank r;

	(void)cursor;
	if (rank_key_decode(key, &k) < 0 || rank_decode(value, &r) < 0)
		verify_problem(p->report, "ranks.db: a row is damaged");
	else if (k.span == RANK_EVER)
		add_weighted(&p->rank_ever, &k, &r);
	else if (k.span == RANK_MONTH)
		add_weighted(&p->rank_months, &k, &r);
	return 0;
}

static bool same_rank(const struct rank *a, const struct rank *b)
{
	return a->requests == b->requests && a->cost_nano == b->cost_nano;
}

static void add_counter(struct usage_pass *p, struct usage_key *k,
			const struct counter *c)
{
	bool hours = k->span == USAGE_HOURS, all = !k->key_id[0];

	if (hours) {
		k->span = USAGE_DAYS;
		k->period /= DAY_HOURS;
		if (k->period >= p->hours_from)
			tally_add(&p->hours, k, c);
		return;
	}
	if (k->period >= p->hours_from)
		tally_add(&p->days, k, c);
	if (!all) {
		rank_counter(p, k, c);
		memset(k->key_id, 0, sizeof(k->key_id));
		tally_add(&p->of_keys, k, c);
		return;
	}
	tally_add(&p->all, k, c);
	p->counted += c->requests;
	if (k->period > p->first_day)
		tally_add(&p->later, k, c);
}

static int take_counter(void *ctx, DBC *cursor, struct str key,
			struct str value)
{
	struct usage_pass *p = ctx;
	struct usage_key k;
	struct counter c;

	(void)cursor;
	if (usage_key_decode(key, &k) < 0 || counter_decode(value, &c) < 0) {
		verify_problem(p->report, "usage.db: a counter is damaged");
		return 0;
	}
	p->report->counters++;
	add_counter(p, &k, &c);
	return 0;
}

/* Counters of older releases do not say what was unpriced, but rows do. */
static bool tally_same_rows(const struct tally *rows, const struct tally *sums)
{
	return memcmp(rows->sums, sums->sums,
		      (NUMBERS - 1) * sizeof(rows->sums[0])) == 0;
}

/* Rows are removed after some time, the oldest first; counters stay. */
static bool rows_counted(const struct usage_pass *p)
{
	if (p->counted == p->report->requests)
		return tally_same_rows(&p->rows, &p->all);
	return tally_same_rows(&p->later_rows, &p->later);
}

static void judge(const struct usage_pass *p)
{
	if (!p->keyless && !tally_same(&p->all, &p->of_keys))
		verify_problem(p->report, "usage.db: the counters of the keys "
					  "are not those of all together");
	if (!tally_same(&p->days, &p->hours))
		verify_problem(p->report, "usage.db: the counters of the hours "
					  "are not those of the days");
	if (!same_rank(&p->months, &p->rank_months) ||
	    !same_rank(&p->ever, &p->rank_ever))
		verify_problem(p->report, "ranks.db does not match usage.db");
	if (!rows_counted(p))
		verify_problem(p->report,
			       "usage.db: the counters are not the sums of "
			       "ledger.db");
}

int verify_usage(struct store *s, struct verify_report *r)
{
	struct usage_pass p = {.report = r, .hours_from = s->hours_from};
	int rc = table_each(s, NULL, TABLE_LEDGER, take_row, &p);

	if (rc == 0)
		rc = check_index(s, &p, TABLE_LEDGER_BY_ID, &p.ids);
	if (rc == 0)
		rc = check_index(s, &p, TABLE_LEDGER_BY_KEY, &p.keys);
	if (rc == 0)
		rc = check_index(s, &p, TABLE_LEDGER_BY_ACCOUNT, &p.accounts);
	if (rc == 0)
		rc = table_each(s, NULL, TABLE_USAGE, take_counter, &p);
	if (rc == 0)
		rc = table_each(s, NULL, TABLE_RANKS, take_rank, &p);
	if (rc == 0)
		judge(&p);
	return rc;
}
