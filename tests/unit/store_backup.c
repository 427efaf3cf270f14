/*
 * Copies of a store in use: what was settled before the copy began is in it,
 * it is whole, and the store goes on.  And what a verification finds.
 */
#include "tests/support/tap.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/account.h"
#include "store/api_key.h"
#include "store/backup.h"
#include "store/env.h"
#include "store/txn.h"
#include "store/usage_codec.h"
#include "store/verify.h"
#include "tests/support/store_dir.h"
#include "tests/support/store_rows.h"

enum { BATCH = 8, ROUNDS = 6, ROWS_BETWEEN = 400, ROWS_MAX = 200000 };

static struct store_dir d;
static char copy[300], fresh[300], old[300];

static void verify_at(const char *dir, struct verify_report *r, int want)
{
	struct store_options o = {
	    .dir = dir, .keys = &d.keys, .cache_bytes = 8 << 20};
	struct err e = {0};

	verify_report_init(r);
	is_int(store_verify(&o, r, &e), want, "verified: %s", e.message);
	if (r->problems)
		diag("%s", r->text.data);
}

/* traffic ----------------------------------------------------------------- */

static struct {
	atomic_int settled; /* rows that store_settle() has taken */
	atomic_bool stop, failed;
} traffic;

static void settle_rows(int first, int n)
{
	struct ledger_row rows[BATCH];
	struct err e;

	for (int i = 0; i < n; i++) {
		rows[i] = row_make(first + i);
		if (store_inflight_add(d.s, &rows[i], &e) < 0)
			traffic.failed = true;
	}
	if (store_settle(d.s, rows, (size_t)n, &e) < 0)
		traffic.failed = true;
}

static void *settle_main(void *arg)
{
	(void)arg;
	for (int i = traffic.settled; !traffic.stop && i < ROWS_MAX;
	     i += BATCH) {
		settle_rows(i, BATCH);
		traffic.settled = i + BATCH;
		if (i % (BATCH * 64) == 0)
			store_keep(d.s);
	}
	return NULL;
}

static void *configure_main(void *arg)
{
	struct err e;

	(void)arg;
	while (!traffic.stop) {
		struct api_key k;
		char hash[SECRET_HASH_HEX];

		api_key_init(&k);
		k.name = mem_strdup("one of many");
		secret_hex(hash, SECRET_HASH_HEX - 1);
		memcpy(k.hash, hash, sizeof(k.hash));
		if (store_api_key_put(d.s, &k, &e) < 0)
			traffic.failed = true;
		api_key_release(&k);
	}
	return NULL;
}

struct seen {
	unsigned char *rows;
	int n;
};

static int see(void *ctx, const struct ledger_row *row)
{
	struct seen *seen = ctx;
	long i = strtol(row->request_id + 4, NULL, 10);

	if (i >= 0 && i < ROWS_MAX)
		seen->n += seen->rows[i]++ == 0;
	return 0;
}

/* Every row below n is in the copy. */
static void has_rows(int n)
{
	struct store_dir at = {.keys = d.keys};
	struct usage_totals rows, counters;
	struct seen seen = {mem_zalloc(ROWS_MAX), 0};
	int missing = 0;
	struct err e;

	memcpy(at.dir, copy, sizeof(at.dir));
	store_dir_open(&at);
	if (store_ledger_each(at.s, &(struct ledger_query){.before_ms = 0}, see,
			      &seen, &e) < 0)
		missing = n;
	for (int i = 0; i < n; i++)
		missing += !seen.rows[i];
	is_int(missing, 0, "of %d rows that were settled before, none is lost",
	       n);
	rows = rows_sum(at.s);
	counters = counters_sum(at.s);
	ok(totals_same(&rows, &counters), "the counters are those of the rows");
	store_dir_close(&at);
	mem_free(seen.rows);
}

static void wait_for_rows(int n)
{
	while (traffic.settled < n && !traffic.failed)
		usleep(1000);
}

static void one_copy(int round)
{
	struct verify_report r;
	struct err e = {0};
	int64_t bytes;
	int before;

	wait_for_rows((round + 1) * ROWS_BETWEEN);
	before = traffic.settled;
	is_int(store_backup(d.s, copy, &bytes, &e), 0, "copied: %s", e.message);
	ok(bytes > 100000, "%d bytes", (int)bytes);
	verify_at(copy, &r, 0);
	is_int(r.problems, 0, "the copy is whole");
	ok(r.requests >= before, "%d requests, %d before", (int)r.requests,
	   before);
	verify_report_release(&r);
	has_rows(before);
	files_remove_dir(copy);
}

static void test_traffic(void)
{
	pthread_t settler, configurer;

	pthread_create(&settler, NULL, settle_main, NULL);
	pthread_create(&configurer, NULL, configure_main, NULL);
	for (int round = 0; round < ROUNDS; round++)
		one_copy(round);
	traffic.stop = true;
	pthread_join(settler, NULL);
	pthread_join(configurer, NULL);
	ok(!traffic.failed, "nothing failed meanwhile");
}

/* refusals ---------------------------------------------------------------- */

static void test_refusals(void)
{
	struct verify_report r;
	struct err e;
	int64_t bytes;

	is_int(store_backup(d.s, d.dir, &bytes, &e), -1, "into a folder");
	is_int(e.kind, ERR_CONFLICT, "that is there");
	is_int(store_backup(d.s, "/nowhere/at/all", &bytes, &e), -1, "nowhere");
	is_int(e.kind, ERR_BAD_REQUEST, "is said to be the request's fault");
	d.s->backing_up = true;
	is_int(store_backup(d.s, copy, &bytes, &e), -1, "two at once");
	is_int(e.kind, ERR_CONFLICT, "is refused");
	d.s->backing_up = false;
	ok(access(copy, F_OK) < 0, "and leaves nothing");
	verify_at(d.dir, &r, -1);
	verify_report_release(&r);
	verify_at("/nowhere", &r, -1);
	verify_report_release(&r);
}

static void test_replace(void)
{
	struct usage_totals before = rows_sum(d.s), after;
	struct err e = {0};
	int64_t bytes;

	is_int(store_backup(d.s, copy, &bytes, &e), 0, "copied");
	is_int(store_copy(copy, fresh, &e), 0, "and again: %s", e.message);
	is_int(store_replace(fresh, d.dir, old, &e), -1, "a store in use");
	is_int(e.kind, ERR_UNAVAILABLE, "is not replaced");
	settle_rows(traffic.settled, BATCH);
	store_dir_close(&d);
	is_int(store_replace(fresh, d.dir, old, &e), 0, "one at rest is: %s",
	       e.message);
	ok(access(fresh, F_OK) < 0 && store_is_at(old), "what was there stays");
	store_dir_open(&d);
	after = rows_sum(d.s);
	ok(totals_same(&before, &after), "the state of the copy is back");
	files_remove_dir(old);
	files_remove_dir(copy);
	/* Into nothing. */
	is_int(store_backup(d.s, copy, &bytes, &e), 0, "copied");
	is_int(store_replace(copy, fresh, old, &e), 0, "put where nothing was");
	ok(store_is_at(fresh) && access(old, F_OK) < 0, "is there");
	files_remove_dir(fresh);
}

/* findings ---------------------------------------------------------------- */

static struct str some_key; /* of the first record of a table */
static unsigned char key_bytes[600];

static int take_first(void *ctx, DBC *cursor, struct str key, struct str value)
{
	(void)ctx;
	(void)cursor;
	(void)value;
	memcpy(key_bytes, key.p, key.n);
	some_key = (struct str){(char *)key_bytes, key.n};
	return 1;
}

static int drop_first(struct store *s, DB_TXN *txn, void *ctx, struct err *e)
{
	enum table t = *(const enum table *)ctx;

	(void)e;
	table_each(s, NULL, t, take_first, NULL);
	return table_delete(s, txn, t, some_key);
}

static int raise_first(struct store *s, DB_TXN *txn, void *ctx, struct err *e)
{
	struct counter c = {.requests = 1000};
	unsigned char bytes[COUNTER_BYTES];

	(void)e;
	(void)ctx;
	table_each(s, NULL, TABLE_USAGE, take_first, NULL);
	return table_put(s, txn, TABLE_USAGE, some_key,
			 counter_encode(&c, bytes), 0);
}

/* A copy with one thing changed, and what is said of it. */
static void finds(store_fn change, enum table t, const char *want)
{
	struct store_dir at = {.keys = d.keys};
	struct verify_report r;
	struct err e = {0};
	int64_t bytes;

	is_int(store_backup(d.s, copy, &bytes, &e), 0, "a copy");
	memcpy(at.dir, copy, sizeof(at.dir));
	store_dir_open(&at);
	is_int(store_write(at.s, WRITE_DURABLE, change, &t, &e), 0, "changed");
	store_dir_close(&at);
	verify_at(copy, &r, 0);
	ok(r.text.len && strstr(r.text.data, want), "found: %s", want);
	verify_report_release(&r);
	files_remove_dir(copy);
}

static void spoil(const char *file)
{
	char path[500], rubbish[3000];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", copy, file);
	fd = open(path, O_WRONLY);
	memset(rubbish, 0x5a, sizeof(rubbish));
	ok(pwrite(fd, rubbish, sizeof(rubbish), 4096 + 20) ==
	       (ssize_t)sizeof(rubbish),
	   "rubbish in %s", file);
	close(fd);
}

static void test_pages(void)
{
	struct store_dir at = {.keys = d.keys};
	struct verify_report r;
	struct err e = {0};
	int64_t bytes;

	is_int(store_backup(d.s, copy, &bytes, &e), 0, "a copy");
	/* Else the log would mend it. */
	memcpy(at.dir, copy, sizeof(at.dir));
	store_dir_open(&at);
	store_dir_close(&at);
	spoil("ledger_by_key.db");
	log_init(-1, LOG_ERROR);
	verify_at(copy, &r, 0);
	log_init(2, LOG_ERROR);
	ok(r.text.len &&
	       strstr(r.text.data, "ledger_by_key.db is damaged: ") != NULL,
	   "a damaged page is found");
	verify_report_release(&r);
	files_remove_dir(copy);
}

static void test_keys(void)
{
	struct secret_keys right = d.keys;
	struct verify_report r;
	struct err e = {0};
	int64_t bytes;

	is_int(store_backup(d.s, copy, &bytes, &e), 0, "a copy");
	secret_random(&d.keys, sizeof(d.keys));
	verify_at(copy, &r, -1);
	verify_report_release(&r);
	d.keys = right;
	files_remove_dir(copy);
}

static void test_findings(void)
{
	finds(drop_first, TABLE_LEDGER_BY_KEY,
	      "ledger_by_key.db does not match ledger.db");
	finds(drop_first, TABLE_LEDGER_BY_ID,
	      "ledger_by_id.db does not match ledger.db");
	finds(drop_first, TABLE_LEDGER_BY_ACCOUNT,
	      "ledger_by_account.db does not match ledger.db");
	finds(drop_first, TABLE_LEDGER,
	      "ledger_by_id.db does not match ledger.db");
	finds(drop_first, TABLE_USAGE, "usage.db: the counters of the keys");
	finds(raise_first, TABLE_USAGE, "usage.db: the counters of the keys");
	test_pages();
	test_keys();
}

int main(void)
{
	struct verify_report r;

	store_dir_make(&d);
	snprintf(copy, sizeof(copy), "%s/copy", d.root);
	snprintf(fresh, sizeof(fresh), "%s/fresh", d.root);
	snprintf(old, sizeof(old), "%s/old", d.root);
	store_dir_open(&d);
	test_traffic();
	test_refusals();
	test_replace();
	test_findings();
	store_dir_close(&d);
	verify_at(d.dir, &r, 0);
	is_int(r.problems, 0, "the store itself is whole");
	verify_report_release(&r);
	store_dir_remove(&d);
	return done_testing();
}
