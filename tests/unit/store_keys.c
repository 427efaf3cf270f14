/* All keys in memory, and which of them were used most. */
#include "tests/support/tap.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/api_key.h"
#include "store/env.h"
#include "store/ledger.h"
#include "store/rank.h"
#include "store/txn.h"
#include "store/verify.h"
#include "tests/support/store_dir.h"

enum { KEYS = 30 };

static struct store_dir d;
static char ids[KEYS][STORE_ID_BYTES];
static const int64_t day_ms = 86400000;

static void put_key(int i, const char *name)
{
	struct api_key k;
	struct err e;

	api_key_init(&k);
	k.name = mem_strdup(name);
	memset(k.hash, 'a' + i % 26, SECRET_HASH_HEX - 1);
	k.hash[0] = (char)('0' + i / 26);
	memcpy(k.id, ids[i], sizeof(k.id));
	k.created_ms = ids[i][0] ? 1000 + i : 0;
	ok(store_api_key_put(d.s, &k, &e) == 0, "key %d", i);
	memcpy(ids[i], k.id, sizeof(k.id));
	api_key_release(&k);
}

/* What is in memory is what is on the disk, in the same order. */
static void same(const char *name)
{
	const struct api_key *all;
	struct api_key *list;
	size_t nall, n, wrong = 0;
	struct err e;

	ok(store_api_key_list(d.s, &list, &n, &e) == 0, "read");
	ok(store_api_keys_borrow(d.s, &all, &nall, &e) == 0, "borrowed");
	is_int((int64_t)nall, (int64_t)n, "%s: as many", name);
	for (size_t i = 0; i < n && i < nall; i++)
		wrong += strcmp(all[i].id, list[i].id) != 0 ||
			 strcmp(all[i].name, list[i].name) != 0;
	is_int((int64_t)wrong, 0, "%s: the same", name);
	store_api_keys_return(d.s);
	api_key_list_free(list, n);
}

static void test_book(void)
{
	struct err e;

	for (int i = 0; i < KEYS / 2; i++)
		put_key(i, "early");
	same("at first");
	for (int i = KEYS / 2; i < KEYS; i++)
		put_key(i, "late");
	same("new ones");
	put_key(3, "another name");
	put_key(KEYS - 1, "moved by its time");
	same("changed ones");
	ok(store_api_key_delete(d.s, ids[7], &e) == 0, "deleted");
	ok(store_api_key_delete(d.s, ids[7], &e) < 0, "once");
	same("without one");
	store_dir_close(&d);
	store_dir_open(&d);
	same("opened again");
}

static void settle(int key, int n, int64_t at_ms)
{
	static int number;
	struct err e;

	for (int i = 0; i < n; i++) {
		struct ledger_row row = {.status = 200,
					 .input = 10,
					 .started_ms = at_ms,
					 .cost = 0.5};

		snprintf(row.request_id, sizeof(row.request_id), "req_%d",
			 number++);
		memcpy(row.key_id, ids[key], STORE_ID_BYTES);
		snprintf(row.model, sizeof(row.model), "m%d", i % 3);
		if (store_settle(d.s, &row, 1, &e) < 0)
			ok(false, "settled: %s", e.message);
	}
}

static int64_t bound_of(const struct key_usage *list, size_t n, int key)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(list[i].key_id, ids[key]) == 0)
			return list[i].requests;
	}
	return 0;
}

static double cost_of(const struct key_usage *list, size_t n, int key)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(list[i].key_id, ids[key]) == 0)
			return list[i].cost;
	}
	return -1;
}

static void pops(struct key_usage *list, size_t n)
{
	int64_t before = INT64_MAX;
	size_t wrong = 0;

	while (n) {
		struct key_usage next = key_usage_pop(list, &n);

		wrong += next.requests > before;
		before = next.requests;
	}
	is_int((int64_t)wrong, 0, "each less than the one before");
}

/* Of yesterday, this month or before, and ever. */
static void test_ranks(const char *name)
{
	int64_t now_ms = clock_wall_ms(), today = now_ms / day_ms * day_ms;
	struct key_usage *list;
	struct err e;
	size_t n;

	ok(store_usage_bounds(d.s, today, today + day_ms, &list, &n, &e) == 0,
	   "%s: of today", name);
	is_int((int64_t)n, 2, "keys that were used today");
	ok(n && strcmp(list[0].key_id, ids[1]) == 0 && list[0].requests == 5,
	   "the busiest first");
	is_int(bound_of(list, n, 2), 2, "the other one");
	mem_free(list);
	ok(store_usage_bounds(d.s, now_ms - 100 * day_ms, today + day_ms, &list,
			      &n, &e) == 0,
	   "%s: of 100 days", name);
	is_int(bound_of(list, n, 1), 5, "by months: today's");
	is_int(bound_of(list, n, 4), 9, "and older ones");
	is_int(bound_of(list, n, 5), 0, "but not of a year ago");
	pops(list, n);
	mem_free(list);
	ok(store_usage_ever(d.s, &list, &n, &e) == 0, "%s: ever", name);
	is_int(bound_of(list, n, 5), 3, "all of it");
	is_int((int64_t)n, 4, "so many keys");
	ok(cost_of(list, n, 4) == 4.5, "and the cost");
	mem_free(list);
}

static void test_uses(void)
{
	struct key_use *list;
	struct err e;
	size_t n;
	int64_t at_ms;

	ok(store_api_keys_used(d.s, &list, &n, &e) == 0, "when they were used");
	is_int((int64_t)n, 4, "so many");
	ok(store_api_key_last_used(d.s, ids[4], &at_ms, &e) == 0 && at_ms > 0 &&
	       key_use_of(list, n, ids[4]) == at_ms,
	   "as each by itself");
	is_int(key_use_of(list, n, ids[9]), 0, "never");
	mem_free(list);
}

static int forget(struct store *s, DB_TXN *txn, void *ctx, struct err *e)
{
	(void)ctx;
	(void)e;
	return table_delete(s, txn, TABLE_META, STR("ranks"));
}

static void is_whole(void)
{
	struct store_options o = {
	    .dir = d.dir, .keys = &d.keys, .cache_bytes = 8 << 20};
	struct verify_report r;
	struct err e = {0};

	verify_report_init(&r);
	store_dir_close(&d);
	is_int(store_verify(&o, &r, &e), 0, "verified: %s", e.message);
	is_int(r.problems, 0, "whole: %s", r.text.data ? r.text.data : "");
	verify_report_release(&r);
	store_dir_open(&d);
}

static int64_t requests(int key, int64_t from_ms, int64_t to_ms)
{
	struct usage_query q = {ids[key], "", "", from_ms, to_ms};
	struct usage_totals t = {.requests = -1};
	struct err e;

	store_usage_sum(d.s, &q, &t, &e);
	return t.requests;
}

static int count_hours(void *ctx, DBC *cursor, struct str key, struct str value)
{
	struct usage_key k;

	(void)cursor;
	(void)value;
	*(int *)ctx += usage_key_decode(key, &k) == 0 && k.span == USAGE_HOURS;
	return 0;
}

static int hours(void)
{
	int n = 0;

	table_each(d.s, NULL, TABLE_USAGE, count_hours, &n);
	return n;
}

/* Those of a key and of all keys, of every account and model. */
static void test_hours(int64_t now_ms)
{
	/* A day that has nothing else, at whatever hour this runs. */
	int64_t old_ms = (now_ms / day_ms - 92) * day_ms, hour_ms = 3600000;
	int before = hours();
	struct err e;

	settle(6, 4, old_ms + 3 * hour_ms);
	settle(6, 2, old_ms + 20 * hour_ms);
	is_int(requests(6, old_ms, old_ms + 4 * hour_ms), 4, "of some hours");
	is_int(hours() - before, 3 + 2 + 3 + 2, "counters of hours");
	for (int i = 0; i < 4; i++)
		ok(store_usage_prune(d.s, now_ms, old_ms + 3 * day_ms, &e) == 0,
		   "pruned");
	/* Today's: of two keys, and of all of them. */
	is_int(hours(), 3 + 2 + 3, "those that are older are gone");
	is_int(requests(6, old_ms, old_ms + day_ms), 6, "days stay");
	is_int(requests(6, old_ms, old_ms + 4 * hour_ms), 0,
	       "less than half a day is nothing now");
	is_int(requests(6, old_ms + 4 * hour_ms, old_ms + day_ms), 6,
	       "and the rest of it the day");
	is_int(requests(1, now_ms - now_ms % day_ms, now_ms), 5,
	       "hours of today are there");
	is_whole();
	is_int(requests(6, old_ms, old_ms + 4 * hour_ms), 0,
	       "and it is known after a start");
}

int main(void)
{
	int64_t now_ms = clock_wall_ms();
	struct err e;

	store_dir_make(&d);
	store_dir_open(&d);
	test_book();
	settle(1, 5, now_ms);
	settle(2, 2, now_ms);
	settle(4, 9, now_ms - 90 * day_ms);
	settle(5, 3, now_ms - 400 * day_ms);
	test_ranks("as settled");
	test_uses();
	is_whole();
	/* As an older release left it: they are made anew. */
	ok(store_write(d.s, WRITE_DURABLE, forget, NULL, &e) == 0, "forgotten");
	is_whole();
	test_ranks("made anew");
	ok(store_usage_prune(d.s, now_ms + 20 * day_ms, 0, &e) == 0, "pruned");
	{
		struct key_usage *list;
		size_t n;

		ok(store_usage_bounds(d.s, now_ms - day_ms, now_ms, &list, &n,
				      &e) == 0 &&
		       n == 0,
		   "days go");
		mem_free(list);
	}
	is_whole();
	test_hours(now_ms);
	store_dir_remove(&d);
	return done_testing();
}
