/*
 * Costs of the store: look-up of a key by hash, settlement per row, opening
 * after a kill, size on disk.  Usage: store_bench DIR [ROWS [random]]; DIR must
 * not exist and is left behind.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/api_key.h"
#include "store/ledger.h"
#include "tests/support/store_dir.h"

static struct store_dir d;

static int64_t cpu_us(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000LL +
	       u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

struct watch {
	int64_t wall, cpu;
};

static struct watch start(void)
{
	return (struct watch){clock_mono_us(), cpu_us()};
}

static void report(struct watch w, const char *what, int64_t ops)
{
	double wall = (double)(clock_mono_us() - w.wall) / (double)ops;
	double cpu = (double)(cpu_us() - w.cpu) / (double)ops;

	printf("%-40s %9.2f us wall %9.2f us cpu\n", what, wall, cpu);
	fflush(stdout);
}

static void check(int rc, const struct err *e)
{
	if (rc == 0)
		return;
	fprintf(stderr, "%s\n", e->message);
	exit(1);
}

static void hash_of(int i, char out[SECRET_HASH_HEX])
{
	char credential[40];
	int n = snprintf(credential, sizeof(credential), "cr_%d", i);

	secret_hash(&d.keys, (struct str){credential, (size_t)n}, out);
}

static void add_keys(int from, int to)
{
	struct watch w = start();
	struct api_key k;
	struct err e;

	for (int i = from; i < to; i++) {
		api_key_init(&k);
		k.name = mem_strdup("a key of the benchmark");
		hash_of(i, k.hash);
		check(store_api_key_put(d.s, &k, &e), &e);
		api_key_release(&k);
		if (i % 1000 == 0)
			store_keep(d.s);
	}
	report(w, "put a key (durable)", to - from);
}

static void look_up(int keys)
{
	enum { OPS = 100000 };
	char hash[SECRET_HASH_HEX], what[64];
	struct api_key k;
	struct watch w;
	struct err e;

	w = start();
	for (int i = 0; i < OPS; i++) {
		hash_of((int)((int64_t)i * 7919 % keys), hash);
		check(store_api_key_find(d.s, hash, &k, &e), &e);
		api_key_release(&k);
	}
	snprintf(what, sizeof(what), "find by hash among %d keys", keys);
	report(w, what, OPS);
}

/* Requests of many keys, five accounts and three models, a hundred a second;
 * request ids are random or begin with the time. */
static struct ledger_row make(int i, bool ordered)
{
	struct ledger_row row = {.outcome = OUTCOME_COMPLETE,
				 .status = 200,
				 .attempts = 1,
				 .started_ms = 1772323200000 + i * 10LL,
				 .duration_ms = 1000,
				 .first_byte_ms = 100,
				 .input = 20000,
				 .output = 500,
				 .cost = 0.01};
	/* Scattered, and every i another. */
	uint64_t mixed = (uint64_t)i * 0x9e3779b97f4a7c15ULL;

	if (ordered)
		snprintf(row.request_id, sizeof(row.request_id),
			 "req_%08d%016" PRIx64, i, mixed);
	else
		snprintf(row.request_id, sizeof(row.request_id),
			 "req_%016" PRIx64 "%08d", mixed, i);
	snprintf(row.key_id, sizeof(row.key_id),
		 "0190a0b0-0000-7000-8000-%012d", i * 7919 % 1000);
	snprintf(row.account_id, sizeof(row.account_id),
		 "0190a0b0-0000-7000-9000-%012d", i % 5);
	snprintf(row.model, sizeof(row.model), "claude-sonnet-4-%d", i % 3);
	snprintf(row.sent_model, sizeof(row.sent_model), "Qwen3-32B-%d", i % 3);
	snprintf(row.endpoint, sizeof(row.endpoint), "/v1/messages");
	snprintf(row.stop_reason, sizeof(row.stop_reason), "tool_use");
	return row;
}

static int settle(int from, int n, int batch, bool ordered, const char *what)
{
	struct ledger_row *rows = mem_array((size_t)batch, sizeof(*rows));
	struct watch w = start();
	struct err e;

	for (int i = from; i < from + n; i += batch) {
		for (int k = 0; k < batch; k++)
			rows[k] = make(i + k, ordered);
		check(store_settle(d.s, rows, (size_t)batch, &e), &e);
		if (i % 1000 < batch)
			store_keep(d.s);
	}
	report(w, what, n);
	mem_free(rows);
	return from + n;
}

static void marks(int n)
{
	struct ledger_row row = make(1, false);
	struct watch w = start();
	struct err e;

	for (int i = 0; i < n; i++) {
		snprintf(row.request_id, sizeof(row.request_id), "req_mark%d",
			 i % 100);
		check(store_inflight_add(d.s, &row, &e), &e);
	}
	report(w, "add a mark", n);
}

/* A child settles until it is killed; then the store is opened. */
static int open_after_kill(int from)
{
	struct watch w;
	int fds[2], status;
	char c;
	pid_t pid;

	store_dir_close(&d);
	if (pipe(fds) < 0)
		exit(1);
	pid = fork();
	if (pid == 0) {
		store_dir_open(&d);
		settle(from, 5000, 50, true, "child");
		if (write(fds[1], "x", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	if (read(fds[0], &c, 1) != 1)
		exit(1);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	w = start();
	store_dir_open(&d);
	report(w, "open after a kill", 1);
	return from + 5000;
}

static void sum(void)
{
	struct usage_query q = {.from_ms = 1772323200000};
	struct usage_totals t;
	struct watch w = start();
	struct err e;

	for (int i = 0; i < 1000; i++)
		check(store_usage_sum(d.s, &q, &t, &e), &e);
	report(w, "usage of everything", 1000);
	q.key_id = "0190a0b0-0000-7000-8000-000000000007";
	w = start();
	for (int i = 0; i < 1000; i++)
		check(store_usage_sum(d.s, &q, &t, &e), &e);
	report(w, "usage of a key", 1000);
}

static int ignore(void *ctx, const struct ledger_row *row)
{
	(void)row;
	return ++*(int *)ctx == 50;
}

static void page(void)
{
	struct ledger_query q = {.key_id =
				     "0190a0b0-0000-7000-8000-000000000007"};
	struct watch w = start();
	struct err e;

	for (int i = 0; i < 1000; i++) {
		int n = 0;

		check(store_ledger_each(d.s, &q, ignore, &n, &e), &e);
	}
	report(w, "a page of 50 rows of a key", 1000);
}

static int every(void *ctx, const struct ledger_row *row)
{
	(void)row;
	++*(int *)ctx;
	return 0;
}

/* What a list with a filter does until enough rows match. */
static void walk(const char *key_id, const char *what)
{
	struct ledger_query q = {.key_id = key_id};
	struct watch w = start();
	struct err e;
	int n = 0;

	check(store_ledger_each(d.s, &q, every, &n, &e), &e);
	report(w, what, n ? n : 1);
}

int main(int argc, char **argv)
{
	int total = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 100000;
	bool ordered = argc <= 3;
	int n = 0;

	if (argc < 2)
		return 2;
	store_dir_make(&d);
	snprintf(d.dir, sizeof(d.dir), "%s", argv[1]);
	store_dir_open(&d);
	add_keys(0, 1000);
	look_up(1000);
	marks(20000);
	n = settle(n, 5000, 1, true, "settle a row, batches of 1");
	n = settle(n, 20000, 50, false, "settle a row, batches of 50, random");
	n = settle(n, total - n, 50, ordered, "settle a row, batches of 50");
	n = open_after_kill(n);
	sum();
	page();
	walk(NULL, "look at a row");
	walk("0190a0b0-0000-7000-8000-000000000007", "look at a row of a key");
	store_dir_close(&d);
	printf("%d rows: %.1f MB, %.0f bytes a row\n", n,
	       (double)store_dir_bytes(&d) / 1e6,
	       (double)store_dir_bytes(&d) / n);
	store_dir_open(&d);
	add_keys(1000, 100000);
	look_up(100000);
	store_dir_close(&d);
	rmdir(d.root);
	return 0;
}
