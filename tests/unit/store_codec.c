/* Decoders: exact layouts, versions to come, and bytes that are damaged. */
#include "tests/support/tap.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "store/account_codec.h"
#include "store/admin_codec.h"
#include "store/api_key_codec.h"
#include "store/learned_codec.h"
#include "store/ledger_codec.h"
#include "store/usage_codec.h"
#include "tests/support/store_rows.h"

static const struct secret_keys keys;

/* The bytes of a row of version 1: what is on disk must stay readable. */
static const unsigned char row_v1[] =
    "\x01\x01\x05"				/* version, error, flags */
    "\x11\x02\0\0\x02\0\0\0"			/* status 529, attempts */
    "\x00\x10\x5e\xa9\x9c\x01\0\0"		/* started */
    "\x2c\x01\0\0\0\0\0\0"			/* duration 300 */
    "\xff\xff\xff\xff\xff\xff\xff\xff"		/* no first byte */
    "\x01\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0"	/* input, output */
    "\x03\0\0\0\0\0\0\0\x04\0\0\0\0\0\0\0"	/* cache read, write */
    "\x05\0\0\0\0\0\0\0\0\0\0\0\0\0\xe0\x3f"	/* thinking, cost 0.5 */
    "tk\0u\x01\x23\x45\x67\x89\xab\x7d\xef\x80" /* ids of key, account */
    "\1\2\3\4\5\6\7"
    "\x05req_1\x01m\x01s\x01/\x00\x04oops";

static const char account_v1[] = "01234567-89ab-7def-8001-020304050607";

static void test_row_layout(void)
{
	struct str bytes = {(const char *)row_v1, sizeof(row_v1) - 1};
	unsigned char again[LEDGER_RECORD_BYTES];
	struct ledger_row row;

	ok(ledger_decode(bytes, &row) == 0, "a row of version 1 is read");
	ok(row.outcome == OUTCOME_ERROR && row.stream && !row.estimated &&
	       row.priced && row.status == 529 && row.attempts == 2,
	   "its small fields");
	is_int(row.started_ms, 0x019ca95e1000, "its time");
	ok(row.duration_ms == 300 && row.first_byte_ms == -1 &&
	       row.input == 1 && row.output == 2 && row.cache_read == 3 &&
	       row.cache_write == 4 && row.thinking == 5 && row.cost == 0.5,
	   "its numbers");
	ok(!strcmp(row.request_id, "req_1") && !strcmp(row.key_id, "k") &&
	       !strcmp(row.account_id, account_v1) && !strcmp(row.model, "m") &&
	       !strcmp(row.sent_model, "s") && !strcmp(row.endpoint, "/") &&
	       !row.stop_reason[0] && !strcmp(row.error, "oops"),
	   "its texts");
	is_str(ledger_encode(&row, again), bytes, "and written the same");
}

static void test_row_trail(void)
{
	unsigned char bytes[LEDGER_RECORD_BYTES], bad[LEDGER_RECORD_BYTES];
	struct ledger_row row = row_make(7), got;
	struct str text = ledger_encode(&row, bytes);
	size_t plain = text.n;

	str_put(row.trail, sizeof(row.trail), STR("a: failed (500)"));
	text = ledger_encode(&row, bytes);
	is_int((int64_t)(text.n - plain), 16, "a trail takes its length");
	is_int(bytes[0], 2, "and makes a row of version 2");
	ok(ledger_decode(text, &got) == 0 && !strcmp(got.trail, row.trail) &&
	       !strcmp(got.error, row.error),
	   "which is read");
	memcpy(bad, bytes, plain);
	bad[plain] = 0;
	ok(ledger_decode((struct str){(char *)bad, plain + 1}, &got) < 0,
	   "an empty trail is none");
	memset(row.trail, 'x', sizeof(row.trail) - 1);
	text = ledger_encode(&row, bytes);
	ok(ledger_decode(text, &got) == 0 && !strcmp(got.trail, row.trail),
	   "the longest one");
}

/* Also where the trail is empty; a row without reasons stays as it was. */
static void test_row_why(void)
{
	unsigned char bytes[LEDGER_RECORD_BYTES], bad[LEDGER_RECORD_BYTES];
	struct ledger_row row = row_make(7), got;
	struct str text = ledger_encode(&row, bytes);
	size_t plain = text.n;

	str_put(row.why, sizeof(row.why), STR("a (its turn)"));
	text = ledger_encode(&row, bytes);
	is_int((int64_t)(text.n - plain), 1 + 2 + 12, "reasons take their own");
	is_int(bytes[0], 3, "and make a row of version 3");
	ok(ledger_decode(text, &got) == 0 && !strcmp(got.why, row.why) &&
	       !got.trail[0],
	   "which is read");
	memcpy(bad, bytes, plain);
	memset(bad + plain, 0, 3);
	ok(ledger_decode((struct str){(char *)bad, plain + 3}, &got) < 0,
	   "empty reasons are none");
	memset(row.why, 'x', sizeof(row.why) - 1);
	memset(row.trail, 'y', sizeof(row.trail) - 1);
	text = ledger_encode(&row, bytes);
	ok(ledger_decode(text, &got) == 0 && !strcmp(got.why, row.why) &&
	       !strcmp(got.trail, row.trail),
	   "the longest ones");
}

/* Behind all else, whether or not that is there. */
static void test_row_message(void)
{
	unsigned char bytes[LEDGER_RECORD_BYTES], bad[LEDGER_RECORD_BYTES];
	struct ledger_row row = row_make(7), got;
	struct str text;
	size_t plain;

	row.cost_of = (struct ledger_cost){1, 2, 3, INT64_MAX};
	plain = ledger_encode(&row, bytes).n;
	str_put(row.message, sizeof(row.message), STR("too long"));
	text = ledger_encode(&row, bytes);
	is_int((int64_t)(text.n - plain), 2 + 8, "a message takes its own");
	is_int(bytes[0], 5, "and makes a row of version 5");
	ok(ledger_decode(text, &got) == 0 &&
	       !strcmp(got.message, row.message) &&
	       got.cost_of.cache_write == INT64_MAX,
	   "which is read");
	memcpy(bad, bytes, plain);
	memset(bad + plain, 0, 2);
	ok(ledger_decode((struct str){(char *)bad, plain + 2}, &got) < 0,
	   "an empty message is none");
	memset(row.message, 'm', sizeof(row.message) - 1);
	memset(row.why, 'x', sizeof(row.why) - 1);
	memset(row.trail, 'y', sizeof(row.trail) - 1);
	memset(row.model, 'z', sizeof(row.model) - 1);
	memset(row.sent_model, 's', sizeof(row.sent_model) - 1);
	memset(row.error, 'e', sizeof(row.error) - 1);
	text = ledger_encode(&row, bytes);
	ok(ledger_decode(text, &got) == 0 &&
	       !strcmp(got.message, row.message) && !strcmp(got.why, row.why),
	   "the longest one, with the longest of all else");
}

static void test_row_damage(void)
{
	unsigned char bytes[LEDGER_RECORD_BYTES], bad[LEDGER_RECORD_BYTES + 1];
	struct ledger_row row = row_make(7), got;
	struct str good = ledger_encode(&row, bytes);
	size_t refused = 0;

	for (size_t n = 0; n < good.n; n++)
		refused += ledger_decode(str_sub(good, 0, n), &got) < 0;
	is_int((int64_t)refused, (int64_t)good.n, "no row that was cut");
	memcpy(bad, bytes, good.n);
	bad[good.n] = 0;
	ok(ledger_decode((struct str){(char *)bad, good.n + 1}, &got) < 0,
	   "nor one with more behind it");
	memcpy(bad, bytes, good.n);
	bad[0] = 3;
	ok(ledger_decode((struct str){(char *)bad, good.n}, &got) < 0,
	   "nor one of a later version");
	bad[0] = 1;
	bad[1] = OUTCOMES;
	ok(ledger_decode((struct str){(char *)bad, good.n}, &got) < 0,
	   "nor one of an unknown outcome");
	row.cost = NAN;
	good = ledger_encode(&row, bytes);
	ok(ledger_decode(good, &got) == 0 && got.cost == 0,
	   "a cost that is no number counts as none");
}

static void test_ids(void)
{
	static const char *const texts[] = {
	    "", "x", "01234567-89ab-7def-8001-02030405060",
	    "01234567-89AB-7def-8001-020304050607",
	    "0123456--89ab-7def-8001-020304050607"};
	static const char as_text[] = "t01234567-89ab-7def-8001-020304050607";
	struct unpack r = {(const unsigned char *)as_text, sizeof(as_text),
			   false};
	char got[STORE_ID_BYTES];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		unsigned char bytes[STORE_ID_BYTES + 1];
		struct pack w = {bytes, 0, sizeof(bytes)};
		struct unpack back = {bytes, 0, false};

		pack_id(&w, texts[i], STORE_ID_BYTES);
		back.n = w.n;
		unpack_id(&back, got, sizeof(got));
		ok(bytes[0] == 't' && unpack_end(&back) == 0 &&
		       !strcmp(got, texts[i]),
		   "no UUID: \"%s\"", texts[i]);
	}
	unpack_id(&r, got, sizeof(got));
	ok(r.bad, "a UUID has one form only");
}

static void test_key_order(void)
{
	unsigned char a[LEDGER_KEY_BYTES], b[LEDGER_KEY_BYTES];
	struct str x = ledger_key(255, "req_z", a);
	struct str y = ledger_key(256, "req_a", b);

	is_str(x,
	       STR("\0\0\0\0\0\0\0\xff"
		   "req_z"),
	       "a key of the ledger");
	ok(memcmp(x.p, y.p, 8) < 0, "keys sort by time");
}

static void test_counter(void)
{
	struct counter c = {1, 2, 3, -4, 5, 6, 7000000000, {0}, 0}, got;
	unsigned char bytes[COUNTER_BYTES];
	struct str text = counter_encode(&c, bytes);

	ok(counter_decode(text, &got) == 0 && !memcmp(&got, &c, sizeof(c)),
	   "a counter is read back");
	is_int(bytes[0], 1, "its version stands first");
	is_int((int64_t)text.n, 57, "its size");
	bytes[0] = 9;
	ok(counter_decode(text, &got) < 0, "another version is refused");
	bytes[0] = 1;
	ok(counter_decode(str_sub(text, 0, 56), &got) < 0, "a cut one too");
}

static void test_counter_costs(void)
{
	struct counter c = {1, 2, 3, -4, 5, 6, 10, {1, 2, 3, 4}, 5}, got;
	unsigned char bytes[COUNTER_BYTES];
	struct str text = counter_encode(&c, bytes);

	is_int(bytes[0], 2, "the second version has costs by kind");
	is_int((int64_t)text.n, 97, "its size");
	ok(counter_decode(text, &got) == 0 && !memcmp(&got, &c, sizeof(c)),
	   "it is read back");
	memset(bytes + 57, 0, 40);
	ok(counter_decode(text, &got) < 0, "without them it is the first");
	c.unpriced = 0;
	c.cost_of = (struct ledger_cost){0, 0, 0, 0};
	text = counter_encode(&c, bytes);
	is_int((int64_t)text.n, 57, "as older releases write it");
}

static void test_row_costs(void)
{
	unsigned char a[LEDGER_RECORD_BYTES], b[LEDGER_RECORD_BYTES];
	struct ledger_row row = row_make(7), got;
	struct str plain = ledger_encode(&row, a), text;

	is_int(a[0], 1, "a row without costs by kind is as before");
	row.cost_of = (struct ledger_cost){7, 0, -1, 9};
	text = ledger_encode(&row, b);
	is_int(b[0], 4, "with them it is of the fourth version");
	is_int((int64_t)(text.n - plain.n), 35,
	       "larger by an empty trail, no "
	       "reasons and the costs");
	ok(ledger_decode(text, &got) == 0 && row_same(&row, &got) &&
	       got.cost_of.input == 7 && got.cost_of.cache_read == -1 &&
	       got.cost_of.cache_write == 9,
	   "it is read back");
	memset(b + text.n - 32, 0, 32);
	ok(ledger_decode(text, &got) < 0, "one way to write a row");
	row.cost_of = (struct ledger_cost){0, 0, 0, 0};
	row.trail[0] = 'x';
	ledger_encode(&row, b);
	is_int(b[0], 2, "a trail alone is of the second");
}

static void test_usage_key(void)
{
	struct usage_key k = {.key_id = "k",
			      .span = USAGE_HOURS,
			      .period = 0x01020304,
			      .account_id = "",
			      .model = "m"},
			 got;
	unsigned char bytes[USAGE_KEY_BYTES];
	struct str text = usage_key_encode(&k, bytes);

	is_str(text, STR("tk\0h\1\2\3\4t\0m\0"), "a key of a counter");
	ok(usage_key_decode(text, &got) == 0 && got.span == USAGE_HOURS &&
	       got.period == k.period && !strcmp(got.key_id, "k") &&
	       !got.account_id[0] && !strcmp(got.model, "m"),
	   "is read back");
	bytes[3] = 'x';
	ok(usage_key_decode(text, &got) < 0, "another span is refused");
	is_int(usage_period(USAGE_DAYS, -1), 0, "time begins in 1970");
	is_int(usage_period(USAGE_DAYS, 86400000LL * 3 - 1), 2, "days");
	is_int(usage_period(USAGE_HOURS, INT64_MAX), UINT32_MAX, "and ends");
}

static void test_json_versions(void)
{
	struct account a;
	struct api_key k;
	struct err e;

	ok(account_decode(STR("{\"v\":1,\"id\":\"i\",\"name\":\"n\",\"later\":"
			      "[1,{}],\"priority\":\"no\",\"weight\":1e300}"),
			  &keys, &a, &e) == 0 &&
	       !strcmp(a.id, "i") && !strcmp(a.name, "n") && a.priority == 50 &&
	       a.weight == 1 && a.capabilities == CAP_ALL && a.active,
	   "unknown and odd members are left out, defaults stay");
	account_release(&a);
	ok(account_decode(STR("{\"v\":2}"), &keys, &a, &e) < 0 &&
	       e.kind == ERR_INTERNAL && strstr(e.message, "newer"),
	   "a later version is refused");
	ok(api_key_decode(STR("{\"v\":1,\"tags\":[1,\"t\"],\"id\":"
			      "\"0123456789012345678901234567890123456789\"}"),
			  &k, &e) == 0 &&
	       k.ntags == 1 && !strcmp(k.tags[0], "t") && !k.id[0],
	   "what does not fit is left out");
	api_key_release(&k);
}

static const char *const damaged[] = {
    "",
    "{",
    "[]",
    "null",
    "1",
    "{}",
    "{\"v\":null}",
    "{\"v\":\"1\"}",
    "{\"v\":1} x",
    "{\"v\":1,\"a\":\"\\ud800\"",
    "{\"v\":0}",
    "{\"v\":-1}",
    "{\"v\":1e999}",
    "\xff\xfe",
    "{\"v\":1,\"id\":\"\xff\"}",
};

static void test_json_damage(void)
{
	size_t n = sizeof(damaged) / sizeof(damaged[0]);

	for (size_t i = 0; i < n; i++) {
		struct str text = str_of(damaged[i]);
		char hash[SECRET_HASH_HEX];
		struct admin_session v;
		struct account a;
		struct api_key k;
		struct admin m;

		ok(account_decode(text, &keys, &a, NULL) < 0 &&
		       api_key_decode(text, &k, NULL) < 0 &&
		       admin_decode(text, &m, NULL) < 0 &&
		       session_decode(text, &v, NULL) < 0 &&
		       api_key_hash_of(text, hash) < 0,
		   "damaged record %zu is refused", i);
	}
}

static void test_learned(void)
{
	struct learned_model models[2] = {
	    {.model = "qwen3-32b",
	     .context_window = 32768,
	     .usage = "continuous",
	     .token_scale = 0.875,
	     .token_samples = 32,
	     .refusals = {{"top_k", 1700000000000}, {"user", 5}},
	     .nrefusals = 2,
	     .updated_ms = 1700000000001},
	    {.model = "\xe6\xa8\xa1", .usage = ""},
	};
	struct learned l = {.account_id = "i", .identity = "d", models, 2};
	struct buf text = BUF_INIT(10000);
	struct learned got;
	struct err e;

	ok(learned_encode(&l, &text, &e) == 0 &&
	       learned_decode(buf_str(&text), &got, &e) == 0 &&
	       got.nmodels == 2 && !strcmp(got.account_id, "i") &&
	       !strcmp(got.identity, "d") &&
	       !memcmp(got.models, models, sizeof(models)),
	   "what was learned is read back");
	learned_release(&got);
	ok(learned_decode(STR("{\"v\":1,\"models\":[{\"model\":1,\"usage\":"
			      "\"0123456789012345678901234567890123456789\","
			      "\"refused\":[1]},2],\"identity\":{}}"),
			  &got, &e) == 0 &&
	       got.nmodels == 2 && !got.models[0].usage[0] &&
	       got.models[0].nrefusals == 1,
	   "what does not fit is left out");
	learned_release(&got);
	ok(learned_decode(STR("{\"v\":2}"), &got, &e) < 0 &&
	       e.kind == ERR_INTERNAL,
	   "a later version is refused");
	buf_release(&text);
}

static void test_moved_secret(void)
{
	struct account a, got;
	struct buf text = BUF_INIT(10000);
	struct err e;
	char *id;

	account_init(&a);
	memcpy(a.id, "one", 4);
	a.api_key = mem_strdup("secret");
	ok(account_encode(&a, &keys, &text, &e) == 0, "an account is sealed");
	id = memmem(text.data, text.len, "\"one\"", 5);
	ok(id != NULL, "its id is in the text");
	memcpy(id, "\"two\"", 5);
	ok(account_decode(buf_str(&text), &keys, &got, &e) < 0 &&
	       e.kind == ERR_INTERNAL,
	   "a sealed credential is worth nothing in another record");
	account_release(&a);
	buf_release(&text);
}

/* A small generator with a fixed beginning, so that a failure comes again. */
static uint64_t state = 88172645463325252ULL;

static uint64_t next(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* Whatever decodes from changed bytes is written as the same bytes again. */
static void test_random(void)
{
	unsigned char bytes[LEDGER_RECORD_BYTES], again[LEDGER_RECORD_BYTES];
	struct ledger_row row = row_make(11), got;
	struct str good = ledger_encode(&row, bytes);
	unsigned char bad[LEDGER_RECORD_BYTES];
	int wrong = 0, decoded = 0;

	for (int i = 0; i < 20000; i++) {
		struct str text = {(char *)bad, good.n};

		memcpy(bad, bytes, good.n);
		for (uint64_t k = next() % 4; k != UINT64_MAX; k--)
			bad[next() % good.n] = (unsigned char)next();
		text.n -= next() % 8 ? 0 : next() % good.n;
		if (ledger_decode(text, &got) < 0)
			continue;
		decoded++;
		wrong += !str_eq(ledger_encode(&got, again), text);
	}
	ok(decoded > 100, "some changed rows decode (%d)", decoded);
	is_int(wrong, 0, "none of them to something else");
}

static void test_random_json(void)
{
	static const char good[] =
	    "{\"v\":1,\"id\":\"i\",\"name\":\"n\",\"models\":[[\"a\",null],"
	    "[\"b\",\"c\"]],\"headers\":[[\"h\",\"v\"]],\"sealedKey\":\"QUFB\","
	    "\"priority\":12,\"active\":false,\"priceInput\":0.5}";
	char bad[sizeof(good)];
	struct account a;
	int decoded = 0;

	for (int i = 0; i < 20000; i++) {
		memcpy(bad, good, sizeof(good));
		for (uint64_t k = next() % 3; k != UINT64_MAX; k--)
			bad[next() % (sizeof(good) - 1)] = (char)next();
		if (account_decode(str_of(bad), &keys, &a, NULL) < 0)
			continue;
		decoded++;
		account_release(&a);
	}
	ok(decoded >= 0, "changed texts do no harm (%d decoded)", decoded);
}

int main(void)
{
	struct err e;

	if (secret_start(&e) < 0)
		return 1;
	test_row_layout();
	test_row_trail();
	test_row_why();
	test_row_message();
	test_row_damage();
	test_ids();
	test_key_order();
	test_counter();
	test_counter_costs();
	test_row_costs();
	test_usage_key();
	test_json_versions();
	test_json_damage();
	test_learned();
	test_moved_secret();
	test_random();
	test_random_json();
	return done_testing();
}
