#include "store/usage_codec.h"

#include <math.h>
#include <string.h>

enum { COUNTER_VERSION = 1, COUNTER_WITH_COSTS = 2 };
enum { HOUR_MS = 3600 * 1000, DAY_MS = 24 * HOUR_MS };

static const size_t numbers[] = {
    offsetof(struct counter, requests),
    offsetof(struct counter, errors),
    offsetof(struct counter, input),
    offsetof(struct counter, output),
    offsetof(struct counter, cache_read),
    offsetof(struct counter, cache_write),
    offsetof(struct counter, cost_nano),
    offsetof(struct counter, cost_of.input),
    offsetof(struct counter, cost_of.output),
    offsetof(struct counter, cost_of.cache_read),
    offsetof(struct counter, cost_of.cache_write),
    offsetof(struct counter, unpriced),
};
enum { NUMBERS_FIRST = 7 }; /* of the first version */
static const size_t nnumbers = sizeof(numbers) / sizeof(numbers[0]);
_Static_assert(sizeof(numbers) / sizeof(numbers[0]) ==
		   sizeof(struct counter) / sizeof(int64_t),
	       "every number of a counter");

static int64_t add(int64_t a, int64_t b)
{
	int64_t sum;

	if (!__builtin_add_overflow(a, b, &sum))
		return sum;
	return b > 0 ? INT64_MAX : INT64_MIN;
}

void counter_add(struct counter *to, const struct counter *more)
{
	for (size_t i = 0; i < nnumbers; i++) {
		int64_t *a = (int64_t *)((char *)to + numbers[i]);
		const char *b = (const char *)more + numbers[i];

		*a = add(*a, *(const int64_t *)b);
	}
}

void counter_of_row(const struct ledger_row *row, struct counter *out)
{
	double nano = row->cost * 1e9;
	int64_t sum = ledger_cost_sum(&row->cost_of);

	*out = (struct counter){
	    .requests = 1,
	    .errors = row->outcome == OUTCOME_ERROR ||
		      row->outcome == OUTCOME_INTERRUPTED,
	    .input = row->input,
	    .output = row->output,
	    .cache_read = row->cache_read,
	    .cache_write = row->cache_write,
	    .cost_nano = sum		     ? sum
			 : fabs(nano) < 9e18 ? (int64_t)llround(nano)
					     : 0,
	    .cost_of = row->cost_of,
	    .unpriced = ledger_row_unpriced(row),
	};
}

void counter_totals(const struct counter *c, struct usage_totals *out)
{
	*out = (struct usage_totals){
	    .requests = c->requests,
	    .errors = c->errors,
	    .input = c->input,
	    .output = c->output,
	    .cache_read = c->cache_read,
	    .cache_write = c->cache_write,
	    .cost = (double)c->cost_nano / 1e9,
	    .cost_input = (double)c->cost_of.input / 1e9,
	    .cost_output = (double)c->cost_of.output / 1e9,
	    .cost_cache_read = (double)c->cost_of.cache_read / 1e9,
	    .cost_cache_write = (double)c->cost_of.cache_write / 1e9,
	    .unpriced = c->unpriced,
	};
}

static int64_t number(const struct counter *c, size_t i)
{
	return *(const int64_t *)((const char *)c + numbers[i]);
}

/* One way to write a counter: the shortest. */
static size_t count_numbers(const struct counter *c)
{
	for (size_t i = NUMBERS_FIRST; i < nnumbers; i++) {
		if (number(c, i))
			return nnumbers;
	}
	return NUMBERS_FIRST;
}

struct str counter_encode(const struct counter *c,
			  unsigned char out[COUNTER_BYTES])
{
	struct pack w = {out, 0, COUNTER_BYTES};

	size_t n = count_numbers(c);

	pack_u8(&w, n == nnumbers ? COUNTER_WITH_COSTS : COUNTER_VERSION);
	for (size_t i = 0; i < n; i++)
		pack_i64(&w, number(c, i));
	return pack_str(&w);
}

int counter_decode(struct str bytes, struct counter *out)
{
	struct unpack r = {(const unsigned char *)bytes.p, bytes.n, false};
	struct counter c = {0};
	unsigned version = unpack_u8(&r);
	size_t n = version == COUNTER_WITH_COSTS ? nnumbers : NUMBERS_FIRST;

	if (version != COUNTER_VERSION && version != COUNTER_WITH_COSTS)
		return -1;
	for (size_t i = 0; i < n; i++)
		*(int64_t *)((char *)&c + numbers[i]) = unpack_i64(&r);
	if (unpack_end(&r) < 0 || count_numbers(&c) != n)
		return -1;
	*out = c;
	return 0;
}

static void pack_begin(struct pack *w, const struct usage_key *k)
{
	pack_id(w, k->key_id, sizeof(k->key_id));
	pack_u8(w, k->span);
	pack_u32_be(w, k->period);
}

struct str usage_key_encode(const struct usage_key *k,
			    unsigned char out[USAGE_KEY_BYTES])
{
	struct pack w = {out, 0, USAGE_KEY_BYTES};

	pack_begin(&w, k);
	pack_id(&w, k->account_id, sizeof(k->account_id));
	pack_textz(&w, k->model, sizeof(k->model));
	return pack_str(&w);
}

struct str usage_key_begin(const struct usage_key *k,
			   unsigned char out[USAGE_KEY_BYTES])
{
	struct pack w = {out, 0, USAGE_KEY_BYTES};

	pack_begin(&w, k);
	return pack_str(&w);
}

int usage_key_decode(struct str bytes, struct usage_key *out)
{
	struct unpack r = {(const unsigned char *)bytes.p, bytes.n, false};
	struct usage_key k;
	unsigned span;

	memset(&k, 0, sizeof(k));
	unpack_id(&r, k.key_id, sizeof(k.key_id));
	span = unpack_u8(&r);
	k.span = span == USAGE_DAYS ? USAGE_DAYS : USAGE_HOURS;
	k.period = unpack_u32_be(&r);
	unpack_id(&r, k.account_id, sizeof(k.account_id));
	unpack_textz(&r, k.model, sizeof(k.model));
	if (unpack_end(&r) < 0 || span != (unsigned)k.span)
		return -1;
	*out = k;
	return 0;
}

uint32_t usage_period(enum usage_span span, int64_t wall_ms)
{
	int64_t n = wall_ms / (span == USAGE_DAYS ? DAY_MS : HOUR_MS);

	if (n < 0)
		return 0;
	return n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
}
