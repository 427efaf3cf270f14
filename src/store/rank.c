#include "store/rank.h"

#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "store/env.h"
#include "store/txn.h"

enum {
	MAKE_ROWS = 2000, /* of one transaction */
	BULK_BYTES = 1 << 20,
	/* Longer times are looked up by months. */
	DAYS_MOST = 8,
	PLACES_FIRST = 1 << 10
};
static const int64_t day_ms = 86400000;
static const char made[] = "ranks"; /* in TABLE_META */

/* reading ----------------------------------------------------------------- */

/* A key by the bytes of its id in rows, and what it has. */
struct place {
	unsigned char id[RANK_KEY_BYTES];
	size_t n; /* of them; 0: free */
	struct rank sum;
};

/* Open addressing. */
struct sums {
	struct place *places;
	size_t n, cap;
};

static struct place *place_of(struct sums *t, struct str id)
{
	size_t i = hash64(HASH64_INIT, id) & (t->cap - 1);

	while (t->places[i].n && (t->places[i].n != id.n ||
				  memcmp(t->places[i].id, id.p, id.n) != 0))
		i = (i + 1) & (t->cap - 1);
	return &t->places[i];
}

static void grow(struct sums *t)
{
	struct sums more = {.cap = t->cap ? t->cap * 4 : PLACES_FIRST,
			    .n = t->n};

	more.places = mem_array(more.cap, sizeof(*more.places));
	for (size_t i = 0; i < t->cap; i++) {
		const struct place *at = &t->places[i];

		if (at->n)
			*place_of(&more, (struct str){(const char *)at->id,
						      at->n}) = *at;
	}
	mem_free(t->places);
	*t = more;
}

static void add(struct sums *t, struct str id, const struct rank *r)
{
	struct place *at;

	if (2 * t->n >= t->cap)
		grow(t);
	at = place_of(t, id);
	if (!at->n) {
		memcpy(at->id, id.p, id.n);
		at->n = id.n;
		t->n++;
	}
	at->sum.requests += r->requests;
	at->sum.cost_nano += r->cost_nano;
}

struct reading {
	enum rank_span span;
	uint32_t from, to; /* periods, both in it */
	struct sums sums;
};

/* Many rows with each call: there may be a million.  False at the end. */
static bool take(struct reading *r, DBT *bulk)
{
	void *at, *kp, *vp;
	size_t kn, vn;

	DB_MULTIPLE_INIT(at, bulk);
	for (;;) {
		struct unpack key;
		struct rank rank;
		uint32_t period;
		unsigned span;

		DB_MULTIPLE_KEY_NEXT(at, bulk, kp, kn, vp, vn);
		if (!at)
			return true;
		key = (struct unpack){kp, kn, false};
		span = unpack_u8(&key);
		period = unpack_u32_be(&key);
		if (key.bad || key.n > RANK_KEY_BYTES ||
		    rank_decode((struct str){vp, vn}, &rank) < 0)
			continue;
		if (span != (unsigned)r->span || period > r->to)
			return false;
		add(&r->sums, (struct str){(const char *)key.p, key.n}, &rank);
	}
}

static int scan(DBC *c, void *ctx)
{
	struct reading *r = ctx;
	struct rank_key begin = {.span = r->span, .period = r->from};
	DBT key = {.flags = DB_DBT_REALLOC};
	DBT bulk = {.data = mem_alloc(BULK_BYTES),
		    .ulen = BULK_BYTES,
		    .flags = DB_DBT_USERMEM};
	int rc;

	key.data = mem_alloc(RANK_KEY_BYTES);
	key.size = (uint32_t)rank_key_encode(&begin, key.data).n;
	rc = c->get(c, &key, &bulk, DB_SET_RANGE | DB_MULTIPLE_KEY);
	while (rc == 0 && take(r, &bulk))
		rc = c->get(c, &key, &bulk, DB_NEXT | DB_MULTIPLE_KEY);
	mem_free(key.data);
	mem_free(bulk.data);
	return rc == DB_NOTFOUND ? 0 : rc;
}

static int read_ranks(struct store *s, DB_TXN *txn, void *ctx, struct err *e)
{
	struct reading *r = ctx;

	(void)e;
	mem_free(r->sums.places);
	r->sums = (struct sums){NULL, 0, 0};
	return table_with_cursor(s, txn, TABLE_RANKS, scan, r);
}

static bool key_of(const struct place *at, char id[STORE_ID_BYTES])
{
	struct unpack r = {at->id, at->n, false};

	unpack_id(&r, id, STORE_ID_BYTES);
	return unpack_end(&r) == 0;
}

static void list_sums(const struct sums *t, struct key_usage **out, size_t *n)
{
	struct key_usage *list = mem_array(t->n, sizeof(*list));

	*n = 0;
	for (size_t i = 0; i < t->cap; i++) {
		const struct place *at = &t->places[i];

		if (!at->n || !key_of(at, list[*n].key_id))
			continue;
		list[*n].requests = at->sum.requests;
		list[(*n)++].cost = (double)at->sum.cost_nano / 1e9;
	}
	*out = list;
}

static int read_sums(struct store *s, struct reading *r, struct key_usage **out,
		     size_t *n, struct err *e)
{
	int rc = store_read(s, read_ranks, r, e);

	if (rc == 0)
		list_sums(&r->sums, out, n);
	mem_free(r->sums.places);
	return rc;
}

/* Puts the element into its place below i, of a heap otherwise in order. */
static void sift(struct key_usage *heap, size_t n, size_t i)
{
	for (;;) {
		size_t child = 2 * i + 1;
		struct key_usage moved;

		if (child >= n)
			return;
		if (child + 1 < n &&
		    heap[child + 1].requests > heap[child].requests)
			child++;
		if (heap[i].requests >= heap[child].requests)
			return;
		moved = heap[i];
		heap[i] = heap[child];
		heap[child] = moved;
		i = child;
	}
}

struct key_usage key_usage_pop(struct key_usage *list, size_t *n)
{
	struct key_usage top = list[0];

	list[0] = list[--*n];
	sift(list, *n, 0);
	return top;
}

int store_usage_bounds(struct store *s, int64_t from_ms, int64_t to_ms,
		       struct key_usage **out, size_t *n, struct err *e)
{
	int64_t oldest_ms = clock_wall_ms() - (RANK_DAYS - 1) * day_ms;
	int64_t last_ms = to_ms > 0 ? to_ms - 1 : INT64_MAX / 2;
	bool days = from_ms > oldest_ms && to_ms > 0 &&
		    to_ms - from_ms <= DAYS_MOST * day_ms;
	struct reading r = {.span = days ? RANK_DAY : RANK_MONTH};

	r.from = rank_period(r.span, from_ms);
	r.to = to_ms > 0 ? rank_period(r.span, last_ms) : UINT32_MAX;
	if (read_sums(s, &r, out, n, e) < 0)
		return -1;
	for (size_t i = *n / 2; i-- > 0;)
		sift(*out, *n, i);
	return 0;
}

int store_usage_ever(struct store *s, struct key_usage **out, size_t *n,
		     struct err *e)
{
	struct reading r = {.span = RANK_EVER};

	return read_sums(s, &r, out, n, e);
}

/* making ------------------------------------------------------------------ */

/* Days of one key after another, from the counters. */
struct making {
	unsigned char from[USAGE_KEY_BYTES]; /* go on at this counter */
	size_t nfrom;
	bool ended;
};

enum { SPANS = 3 };
static const enum rank_span spans[SPANS] = {RANK_DAY, RANK_MONTH, RANK_EVER};

struct pending {
	bool on;
	struct rank_key key;
	struct rank sum;
};

static int add_rank(struct store *s, DB_TXN *txn, const struct rank_key *k,
		    const struct rank *c)
{
	unsigned char kb[RANK_KEY_BYTES], rb[RANK_BYTES];
	struct str key = rank_key_encode(k, kb);
	struct rank sum = {0, 0};
	DBT value = {0};
	int rc = table_get(s, txn, TABLE_RANKS, key, &value);

	if (rc == 0 && rank_decode(dbt_str(&value), &sum) < 0)
		sum = (struct rank){0, 0};
	mem_free(value.data);
	if (rc != 0 && rc != DB_NOTFOUND)
		return rc;
	sum.requests += c->requests;
	sum.cost_nano += c->cost_nano;
	return table_put(s, txn, TABLE_RANKS, key, rank_encode(&sum, rb), 0);
}

/* Rows of a key come together: what is added to one rank is written once. */
static int flush(struct store *s, DB_TXN *txn, struct pending *p)
{
	int rc = p->on ? add_rank(s, txn, &p->key, &p->sum) : 0;

	p->on = false;
	return rc;
}

static int add_pending(struct store *s, DB_TXN *txn, struct pending *p,
		       const struct rank_key *k, const struct counter *c)
{
	int rc = 0;

	if (p->on && (p->key.period != k->period ||
		      strcmp(p->key.key_id, k->key_id) != 0))
		rc = flush(s, txn, p);
	if (!p->on)
		*p = (struct pending){.on = true, .key = *k};
	p->sum.requests += c->requests;
	p->sum.cost_nano += c->cost_nano;
	return rc;
}

static int add_day(struct store *s, DB_TXN *txn, struct pending pending[SPANS],
		   const struct usage_key *u, const struct counter *c)
{
	uint32_t today = rank_period(RANK_DAY, clock_wall_ms());
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < SPANS; i++) {
		struct rank_key k = {.span = spans[i]};

		if (k.span == RANK_DAY && u->period + RANK_DAYS < today)
			continue;
		k.period = rank_period(k.span, u->period * day_ms);
		memcpy(k.key_id, u->key_id, sizeof(k.key_id));
		rc = add_pending(s, txn, &pending[i], &k, c);
	}
	return rc;
}

static int make_rows(struct store *s, DB_TXN *txn, DBC *c, struct making *m)
{
	DBT key = {.flags = DB_DBT_REALLOC}, value = {.flags = DB_DBT_REALLOC};
	struct pending pending[SPANS] = {{.on = false}};
	uint32_t flags = DB_FIRST;
	int rc = 0, end = 0;

	if (m->nfrom) {
		key.data = mem_alloc(USAGE_KEY_BYTES);
		memcpy(key.data, m->from, m->nfrom);
		key.size = (uint32_t)m->nfrom;
		flags = DB_SET_RANGE;
	}
	for (int i = 0; rc == 0 && i <= MAKE_ROWS; i++, flags = DB_NEXT) {
		struct usage_key u;
		struct counter sum;

		rc = c->get(c, &key, &value, flags);
		if (rc != 0 || i == MAKE_ROWS)
			break;
		if (usage_key_decode(dbt_str(&key), &u) < 0 ||
		    counter_decode(dbt_str(&value), &sum) < 0 ||
		    u.span != USAGE_DAYS || !u.key_id[0])
			continue;
		rc = add_day(s, txn, pending, &u, &sum);
	}
	m->ended = rc == DB_NOTFOUND;
	if (rc == 0) {
		memcpy(m->from, key.data, key.size);
		m->nfrom = key.size;
	}
	mem_free(key.data);
	mem_free(value.data);
	for (size_t i = 0; end == 0 && i < SPANS; i++)
		end = flush(s, txn, &pending[i]);
	return rc == 0 || m->ended ? end : rc;
}

static int make_some(struct store *s, DB_TXN *txn, void *ctx, struct err *e)
{
	struct making *m = ctx;
	struct making before = *m;
	DB *db = s->table[TABLE_USAGE];
	DBC *c;
	int rc = db->cursor(db, txn, &c, 0), end;

	(void)e;
	if (rc != 0)
		return rc;
	rc = make_rows(s, txn, c, m);
	end = c->close(c);
	if (rc == 0)
		rc = end;
	if (rc != 0)
		*m = before; /* it may be called again */
	return rc;
}

static int drop_row(void *ctx, DBC *cursor, struct str key, struct str value)
{
	int *left = ctx;

	(void)key;
	(void)value;
	return --*left < 0 ? 1 : cursor->del(cursor, 0);
}

/* What a making that was interrupted left. */
static int drop_some(struct store *s, DB_TXN *txn, void *ctx, struct err *e)
{
	int rc;

	(void)e;
	*(int *)ctx = MAKE_ROWS;
	rc = table_each(s, txn, TABLE_RANKS, drop_row, ctx);
	return rc == 1 ? 0 : rc;
}

static int is_made(struct store *s, DB_TXN *txn, void *ctx, struct err *e)
{
	DBT value = {0};
	int rc = table_get(s, txn, TABLE_META, str_of(made), &value);

	(void)e;
	mem_free(value.data);
	*(bool *)ctx = rc == 0;
	return rc == DB_NOTFOUND ? 0 : rc;
}

static int mark_made(struct store *s, DB_TXN *txn, void *ctx, struct err *e)
{
	(void)ctx;
	(void)e;
	return table_put(s, txn, TABLE_META, str_of(made), STR("1"), 0);
}

int rank_make(struct store *s, struct err *e)
{
	struct making m = {.nfrom = 0};
	bool there;
	int left = -1;

	if (store_read(s, is_made, &there, e) < 0)
		return -1;
	if (there)
		return 0;
	while (left < 0) {
		if (store_write(s, WRITE_BATCH, drop_some, &left, e) < 0)
			return -1;
	}
	while (!m.ended) {
		if (store_write(s, WRITE_BATCH, make_some, &m, e) < 0)
			return -1;
	}
	return store_write(s, WRITE_DURABLE, mark_made, NULL, e);
}
