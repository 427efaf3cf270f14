/*
 * Statistics of a large installation.
 *
 *   stats_bench fill DIR [ROWS [KEYS]]   makes DIR: a state with so many
 *                                        requests of 90 days, and keys
 *   stats_bench ask DIR [REPEATS]        times each statistic of the responder
 *                                        that runs on it
 *
 * Half of the requests are those of 1,000 busy keys, the others are spread over
 * all of them.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/control.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "store/account.h"
#include "store/api_key.h"
#include "store/ledger.h"
#include "tests/support/fcgi_client.h"

enum {
	ACCOUNTS = 20,
	MODELS = 8,
	BUSY = 1000,
	BATCH = 4096,
	DAYS = 90,
	THREADS = 32,
	KEEP_BATCHES = 64,
	REPEATS_MAX = 100
};
static const int64_t day_ms = 86400000, fill_cache = 6LL << 30;

static void check(int rc, const struct err *e)
{
	if (rc == 0)
		return;
	fprintf(stderr, "%s\n", e->message);
	exit(1);
}

/* filling ----------------------------------------------------------------- */

struct fill {
	struct store *s;
	struct secret_keys keys;
	char accounts[ACCOUNTS][STORE_ID_BYTES];
	char (*ids)[STORE_ID_BYTES];
	int64_t rows, nkeys, end_ms;
	_Atomic int64_t next_key;
};

static void open_store(struct fill *f, const char *dir)
{
	struct buf path = BUF_INIT(4096);
	struct store_options o = {.keys = &f->keys, .cache_bytes = fill_cache};
	struct err e;

	check(mkdir(dir, 0700), &(struct err){.message = "DIR is there"});
	check(secret_start(&e), &e);
	buf_addf(&path, "%s/master.key", dir);
	check(secret_load(&f->keys, path.data, true, &e), &e);
	buf_reset(&path);
	buf_addf(&path, "%s/db", dir);
	o.dir = path.data;
	check(store_open(&f->s, &o, &e), &e);
	buf_release(&path);
}

static void add_accounts(struct fill *f)
{
	struct err e;

	for (int i = 0; i < ACCOUNTS; i++) {
		struct account a;
		char name[40];

		account_init(&a);
		snprintf(name, sizeof(name), "backend %d", i);
		a.name = mem_strdup(name);
		a.address = mem_strdup("http://127.0.0.1:9");
		check(store_account_put(f->s, &a, &e), &e);
		memcpy(f->accounts[i], a.id, sizeof(a.id));
		account_release(&a);
	}
}

static void add_key(struct fill *f, int64_t i)
{
	struct api_key k;
	char name[60];
	struct err e;

	api_key_init(&k);
	snprintf(name, sizeof(name), "key of person %" PRId64, i);
	k.name = mem_strdup(name);
	k.concurrency_limit = 4;
	secret_hash(&f->keys, str_of(name), k.hash);
	check(store_api_key_put(f->s, &k, &e), &e);
	memcpy(f->ids[i], k.id, sizeof(k.id));
	api_key_release(&k);
}

static void *key_main(void *arg)
{
	struct fill *f = arg;
	int64_t i;

	while ((i = atomic_fetch_add(&f->next_key, 1)) < f->nkeys)
		add_key(f, i);
	return NULL;
}

/* Each waits for the disk, all of them together. */
static void add_keys(struct fill *f)
{
	pthread_t threads[THREADS];

	f->ids = mem_array((size_t)f->nkeys, sizeof(*f->ids));
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, key_main, f);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	store_keep(f->s);
}

static struct ledger_row make(const struct fill *f, int64_t i)
{
	struct ledger_row row = {.outcome = OUTCOME_COMPLETE,
				 .status = 200,
				 .attempts = 1,
				 .stream = true,
				 .duration_ms = 1000,
				 .first_byte_ms = 100,
				 .input = 20000,
				 .output = 500,
				 .cache_read = 15000};
	struct price price = {0.2, 0.6, 0.02, 0};
	/* Scattered, and every i another. */
	uint64_t mixed = (uint64_t)i * 0x9e3779b97f4a7c15ULL >> 20;
	int64_t people = mixed % 2 && f->nkeys > BUSY ? BUSY : f->nkeys;
	int64_t key = (int64_t)(mixed / 2 % (uint64_t)people);

	row.started_ms =
	    f->end_ms - (int64_t)((double)(f->rows - i) / (double)f->rows *
				  (double)(DAYS * day_ms));
	secret_timed_id(row.request_id + 4, 24, row.started_ms);
	memcpy(row.request_id, "req_", 4);
	memcpy(row.key_id, f->ids[key], STORE_ID_BYTES);
	memcpy(row.account_id, f->accounts[mixed % ACCOUNTS], STORE_ID_BYTES);
	/* A key has its model. */
	snprintf(row.model, sizeof(row.model), "claude-model-%d",
		 (int)(key % MODELS));
	snprintf(row.sent_model, sizeof(row.sent_model), "Qwen3-32B");
	snprintf(row.endpoint, sizeof(row.endpoint), "/v1/messages");
	snprintf(row.stop_reason, sizeof(row.stop_reason), "tool_use");
	if (mixed % 97 == 0) {
		row.outcome = OUTCOME_ERROR;
		row.status = 529;
		snprintf(row.error, sizeof(row.error), "overloaded_error");
	}
	price_row(&row, &price);
	return row;
}

static void add_rows(struct fill *f)
{
	struct ledger_row *rows = mem_array(BATCH, sizeof(*rows));
	struct err e;

	for (int64_t i = 0; i < f->rows; i += BATCH) {
		size_t n = 0;

		while (n < BATCH && i + (int64_t)n < f->rows) {
			rows[n] = make(f, i + (int64_t)n);
			n++;
		}
		check(store_settle(f->s, rows, n, &e), &e);
		if (i / BATCH % KEEP_BATCHES == 0)
			store_keep(f->s);
		if (i / BATCH % 250 == 0)
			fprintf(stderr, "%" PRId64 " rows\n", i);
	}
	mem_free(rows);
}

static int fill(const char *dir, int64_t rows, int64_t keys)
{
	struct fill f = {
	    .rows = rows, .nkeys = keys, .end_ms = clock_wall_ms()};
	int64_t start_ms = clock_mono_ms();

	open_store(&f, dir);
	add_accounts(&f);
	add_keys(&f);
	printf("%" PRId64 " keys: %.1f s\n", keys,
	       (double)(clock_mono_ms() - start_ms) / 1e3);
	fflush(stdout);
	start_ms = clock_mono_ms();
	add_rows(&f);
	printf("%" PRId64 " rows: %.1f s\n", rows,
	       (double)(clock_mono_ms() - start_ms) / 1e3);
	store_close(f.s);
	mem_free(f.ids);
	return 0;
}

/* asking ------------------------------------------------------------------ */

struct asker {
	struct control control;
	char token[100];
	char *key, *account, *request; /* ids that are there */
	int repeats;
};

/* KEY, ACCOUNT and REQUEST are replaced by ids. */
static const char *const questions[] = {
    "/admin/dashboard",
    "/admin/usage-trend?days=30",
    "/admin/usage-trend?granularity=hour&days=1",
    "/admin/usage-trend?days=30&keyId=KEY",
    "/admin/usage-trend?days=30&accountId=ACCOUNT",
    "/admin/account-usage-trend?days=7",
    "/admin/account-usage-trend?days=30",
    "/admin/account-usage-trend?granularity=hour&days=1",
    "/admin/api-keys-usage-trend?days=7",
    "/admin/api-keys-usage-trend?days=30",
    "/admin/api-keys-usage-trend?granularity=hour&days=1",
    "/admin/model-stats",
    "/admin/model-stats?period=monthly",
    "/admin/model-stats?period=all",
    "/admin/model-stats?period=all&keyId=KEY",
    "/admin/usage-costs?period=7days",
    "/admin/usage-costs?period=all",
    "/admin/api-keys?pageSize=20",
    "/admin/api-keys?pageSize=20&sortBy=lastUsedAt",
    "/admin/api-keys?pageSize=20&sortBy=cost",
    "/admin/api-keys?search=person%2077",
    "/admin/api-keys/tags",
    "/admin/api-keys/KEY",
    "/admin/azure-openai-accounts",
    "/admin/openai-accounts",
    "/admin/api-keys/KEY/usage-records",
    "/admin/accounts/ACCOUNT/usage-records",
    "/admin/request-details",
    "/admin/request-details?outcome=error",
    "/admin/request-details?keyId=KEY",
    "/admin/request-details?accountId=ACCOUNT&outcome=error",
    "/admin/request-details?model=nothing",
    "/admin/request-details/REQUEST",
    "/admin/request-errors",
    "/admin/requests/live",
    "/admin/temp-unavailable",
    "/admin/model-routes",
    "/admin/audit",
    "/metrics",
};

static void add_uri(struct buf *out, const struct asker *a,
		    const char *question)
{
	const struct {
		const char *word, *id;
	} words[] = {
	    {"KEY", a->key}, {"ACCOUNT", a->account}, {"REQUEST", a->request}};

	buf_adds(out, question);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t at = str_find(buf_str(out), str_of(words[i].word));
		char *rest;

		if (at == SIZE_MAX)
			continue;
		rest = mem_strdup(out->data + at + strlen(words[i].word));
		out->len = at;
		buf_adds(out, words[i].id);
		buf_adds(out, rest);
		mem_free(rest);
	}
}

/* Microseconds; the body's size in *bytes. */
static int64_t ask_once(const struct asker *a, const char *uri, size_t *bytes)
{
	struct fcgi_call call = {.uri = uri, .headers = {a->token}};
	int64_t start_us = clock_mono_us();
	struct fcgi_reply reply;

	fcgi_client_call(a->control.socket, &call, &reply);
	start_us = clock_mono_us() - start_us;
	*bytes = fcgi_reply_body(&reply).n;
	if (fcgi_reply_status(&reply) != 200)
		printf("%s: status %d\n", uri, fcgi_reply_status(&reply));
	fcgi_reply_release(&reply);
	return start_us;
}

static int by_time(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void ask_one(const struct asker *a, const char *question)
{
	struct buf uri = BUF_INIT(1024);
	int64_t times[REPEATS_MAX], first;
	size_t bytes;

	add_uri(&uri, a, question);
	first = ask_once(a, uri.data, &bytes);
	for (int i = 0; i < a->repeats; i++)
		times[i] = ask_once(a, uri.data, &bytes);
	qsort(times, (size_t)a->repeats, sizeof(times[0]), by_time);
	printf("%-58s %9.1f %9.1f %9zu\n", question, (double)first / 1e3,
	       (double)times[a->repeats / 2] / 1e3, bytes);
	fflush(stdout);
	buf_release(&uri);
}

/* The id that stands first in a list of records. */
static char *first_id(const struct asker *a, const char *uri,
		      const char *member)
{
	struct fcgi_call call = {.uri = uri, .headers = {a->token}};
	struct fcgi_reply reply;
	cJSON *tree, *o;
	struct err e;
	char *id;

	fcgi_client_call(a->control.socket, &call, &reply);
	tree = json_parse(fcgi_reply_body(&reply), &e);
	o = cJSON_GetObjectItemCaseSensitive(tree, "data");
	o = cJSON_GetObjectItemCaseSensitive(o, "records");
	id = mem_strdup(json_string_or(cJSON_GetArrayItem(o, 0), member, ""));
	cJSON_Delete(tree);
	fcgi_reply_release(&reply);
	return id;
}

static void print_memory(const struct asker *a)
{
	char path[64], line[200];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%" PRId64 "/status",
		 a->control.pid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f)) {
		if (strncmp(line, "VmRSS", 5) == 0 ||
		    strncmp(line, "VmHWM", 5) == 0)
			fputs(line, stdout);
	}
	if (f)
		fclose(f);
}

static int ask(const char *dir, int repeats)
{
	static const char one[] = "/admin/request-details?limit=1";
	struct asker a = {.repeats = repeats};
	struct err e;

	if (control_read(dir, &a.control, &e) != CONTROL_THERE) {
		fprintf(stderr, "no responder runs on %s\n", dir);
		return 1;
	}
	snprintf(a.token, sizeof(a.token), "x-admin-token: %s",
		 a.control.token);
	print_memory(&a);
	a.key = first_id(&a, one, "keyId");
	a.account = first_id(&a, one, "accountId");
	a.request = first_id(&a, one, "requestId");
	printf("%-58s %9s %9s %9s\n", "", "first ms", "median ms", "bytes");
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++)
		ask_one(&a, questions[i]);
	print_memory(&a);
	mem_free(a.key);
	mem_free(a.account);
	mem_free(a.request);
	control_release(&a.control);
	return 0;
}

static int64_t number(int argc, char **argv, int i, int64_t or_)
{
	int64_t n = or_;

	if (argc > i)
		str_to_i64(str_of(argv[i]), 1, 1000000000, &n);
	return n;
}

int main(int argc, char **argv)
{
	int64_t repeats = number(argc, argv, 3, 5);

	if (argc > 2 && strcmp(argv[1], "fill") == 0)
		return fill(argv[2], number(argc, argv, 3, 10000000),
			    number(argc, argv, 4, 100000));
	if (argc > 2 && strcmp(argv[1], "ask") == 0)
		return ask(argv[2], (int)(repeats < REPEATS_MAX ? repeats
								: REPEATS_MAX));
	fputs("usage: stats_bench fill DIR [ROWS [KEYS]]\n"
	      "       stats_bench ask DIR [REPEATS]\n",
	      stderr);
	return 2;
}
