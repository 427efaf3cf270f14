#include "tests/support/tap.h"

#include <pthread.h>
#include <string.h>

#include "base/mem.h"
#include "sched/admit.h"
#include "sched/pool.h"

struct data {
	int refs;
};

static int live;

static void *retain(void *p)
{
	__atomic_add_fetch(&((struct data *)p)->refs, 1, __ATOMIC_SEQ_CST);
	return p;
}

static void release(void *p)
{
	struct data *d = p;

	if (__atomic_sub_fetch(&d->refs, 1, __ATOMIC_SEQ_CST) == 0) {
		mem_free(d);
		__atomic_sub_fetch(&live, 1, __ATOMIC_SEQ_CST);
	}
}

static void *new_data(void)
{
	struct data *d = mem_zalloc(sizeof(*d));

	d->refs = 1;
	__atomic_add_fetch(&live, 1, __ATOMIC_SEQ_CST);
	return d;
}

static const struct model_pair opus[] = {
    {"claude-3-opus", "qwen"}, {"claude-*", "any"}, {"Exact", "exact"}};

static void put(struct pool *p, const char *id, struct pool_account a)
{
	a.id = a.name = id;
	a.active = a.schedulable = true;
	a.data = new_data();
	if (!a.models) {
		a.models = opus;
		a.nmodels = 3;
	}
	a.capabilities |= 1;
	pool_put(p, &a);
}

/* The slot's account by its sent model, "" when none. */
static const char *picks(struct pool *p, const char *model,
			 struct pool_lease *lease)
{
	struct buf why = BUF_INIT(1000);
	struct pool_query q = {.model = str_of(model), .capabilities = 1};
	enum pool_result r = pool_pick(p, &q, 5, lease, &why);

	buf_release(&why);
	return r == POOL_PICKED ? lease->sent_model : "";
}

static void test_names(void)
{
	struct pool *p = pool_new(retain, release);
	struct pool_lease l;
	static const char *const rows[][2] = {
	    {"claude-3-opus", "qwen"},
	    {"CLAUDE-3-OPUS", "qwen"},
	    {"claude-x", "any"},
	    {"exact", "exact"},
	    {"gpt", ""},
	};

	put(p, "a", (struct pool_account){.priority = 50});
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		is_text(str_of(picks(p, rows[i][0], &l)), rows[i][1],
			rows[i][0]);
		pool_return(p, &l, 6);
	}
	is_int((int64_t)pool_in_flight(p, "a"), 0, "all returned");
	pool_free(p);
	is_int(live, 0, "nothing left");
}

static const char *name_of(struct pool *p)
{
	static const char *const ids[] = {"a", "b", "c"};

	for (size_t i = 0; i < 3; i++) {
		if (pool_in_flight(p, ids[i]))
			return ids[i];
	}
	return "";
}

static void test_order(void)
{
	struct pool *p = pool_new(retain, release);
	struct pool_lease l[9];
	struct buf turn = BUF_INIT(100);

	put(p, "a", (struct pool_account){.priority = 50});
	put(p, "b", (struct pool_account){.priority = 60});
	put(p, "c", (struct pool_account){.priority = 50});
	picks(p, "claude-x", &l[0]);
	is_text(str_of(name_of(p)), "b", "the larger priority goes first");
	pool_return(p, &l[0], 1);
	pool_remove(p, "b");
	for (int i = 0; i < 4; i++) {
		picks(p, "claude-x", &l[0]);
		buf_adds(&turn, name_of(p));
		pool_return(p, &l[0], 1);
	}
	is_text(buf_str(&turn), "acac", "equals take turns");
	buf_release(&turn);
	put(p, "a", (struct pool_account){.priority = 50, .weight = 2});
	for (int i = 0; i < 9; i++)
		picks(p, "claude-x", &l[i]);
	is_int((int64_t)pool_in_flight(p, "a"), 6, "load follows weight");
	for (int i = 0; i < 9; i++)
		pool_return(p, &l[i], 1);
	pool_free(p);
	is_int(live, 0, "nothing left");
}

static void test_reasons(void)
{
	struct pool *p = pool_new(retain, release);
	struct pool_lease l, none;
	struct buf why = BUF_INIT(1000);
	const char *tried[] = {"b"};
	struct pool_query q = {
	    .model = STR("claude-x"), .tried = tried, .ntried = 1};
	struct pool_account off = {.id = "c",
				   .name = "c",
				   .active = true,
				   .models = opus,
				   .nmodels = 3};

	put(p, "a", (struct pool_account){.max_concurrent = 1});
	put(p, "b", (struct pool_account){.priority = 1});
	off.data = new_data();
	pool_put(p, &off);
	pool_pick(p, &q, 1, &l, &why);
	ok(l.slot != NULL, "a is picked");
	buf_reset(&why);
	ok(pool_pick(p, &q, 1, &none, &why) == POOL_NONE_USABLE, "then none");
	is_text(buf_str(&why),
		"a: full (1 in flight); b: failed this request; "
		"c: not schedulable",
		"every account says why");
	buf_reset(&why);
	q.capabilities = 8;
	ok(pool_pick(p, &q, 1, &none, &why) == POOL_INCAPABLE, "incapable");
	q.model = STR("gpt");
	ok(pool_pick(p, &q, 1, &none, &why) == POOL_UNKNOWN_MODEL, "unknown");
	pool_remove(p, "a");
	ok(l.data != NULL, "a lease outlives its account");
	pool_return(p, &l, 2);
	pool_return(p, &l, 2);
	buf_release(&why);
	pool_free(p);
	is_int(live, 0, "nothing left");
}

enum { THREADS = 8, ROUNDS = 20000 };

static void *hammer(void *arg)
{
	struct pool *p = arg;
	struct pool_lease l;

	for (int i = 0; i < ROUNDS; i++) {
		picks(p, "claude-x", &l);
		pool_return(p, &l, i);
		if (i % 1000 == 0)
			put(p, "b", (struct pool_account){.priority = 50});
	}
	return NULL;
}

/* Looking takes no lease and no turn; who is full is seen all the same. */
static void test_look(void)
{
	struct pool_query q = {.model = STR("claude-3-opus"),
			       .capabilities = 1};
	struct pool *p = pool_new(retain, release);
	struct pool_view v[3];
	struct pool_lease l;

	put(p, "low", (struct pool_account){.priority = 1});
	put(p, "full",
	    (struct pool_account){.priority = 9, .max_concurrent = 1});
	put(p, "mid", (struct pool_account){.priority = 5});
	put(p, "other",
	    (struct pool_account){
		.priority = 99, .models = &opus[2], .nmodels = 1});
	pool_put(p, &(struct pool_account){.id = "off",
					   .name = "off",
					   .active = true,
					   .priority = 99,
					   .data = new_data()});
	picks(p, "claude-3-opus", &l);
	is_int((int64_t)pool_look(p, &q, v, 3), 3, "three are seen");
	ok(v[0].data == l.data, "the full one first");
	is_text(str_of(v[0].sent_model), "qwen", "as it would be sent");
	is_int((int64_t)pool_in_flight(p, "mid"), 0, "nothing is leased");
	for (int i = 0; i < 3; i++)
		pool_unview(p, &v[i]);
	is_int((int64_t)pool_look(p, &q, v, 1), 1, "one is enough");
	ok(v[0].data == l.data, "the first one");
	pool_unview(p, &v[0]);
	pool_unview(p, &v[0]);
	q.capabilities = 2;
	is_int((int64_t)pool_look(p, &q, v, 3), 0, "nobody can");
	q.model = STR("gpt-4");
	is_int((int64_t)pool_look(p, &q, v, 3), 0, "nobody knows it");
	pool_return(p, &l, 1);
	pool_free(p);
	is_int(live, 0, "every reference was given back");
}

/* What a key with this binding gets: the account's sent model, or -result. */
static void binds(struct pool *p, const char *binding, const char *model,
		  enum pool_result want, const char *sent)
{
	struct pool_query q = {.model = str_of(model), .binding = binding};
	struct buf why = BUF_INIT(1000);
	struct pool_view v;
	struct pool_lease l;
	size_t seen;

	is_int(pool_pick(p, &q, 1, &l, &why), want, "%s for %s", model,
	       binding ? binding : "nobody");
	is_text(str_of(l.slot ? l.sent_model : ""), sent, "its account");
	pool_return(p, &l, 1);
	seen = pool_look(p, &q, &v, 1);
	is_int((int64_t)seen, want == POOL_PICKED, "looked at likewise");
	if (seen)
		pool_unview(p, &v);
	is_int(pool_serves(p, q.model, binding), want == POOL_PICKED,
	       "and served");
	buf_release(&why);
}

static const struct model_pair mine[] = {
    {"m", "shared"}, {"m", "dedicated"}, {"m", "grouped"}, {"o", "o"}};
static const char *const groups[] = {"g1", "g2"};

static void note_name(void *ctx, const char *name)
{
	buf_addf(ctx, "%s ", name);
}

static void lists(struct pool *p, const char *binding, const char *want)
{
	struct buf names = BUF_INIT(100);

	pool_models(p, binding, note_name, &names);
	is_text(buf_str(&names), want, "names");
	buf_release(&names);
}

static void test_bindings(void)
{
	struct pool *p = pool_new(retain, release);

	put(p, "d",
	    (struct pool_account){.models = &mine[1],
				  .nmodels = 1,
				  .priority = 90,
				  .access = POOL_DEDICATED});
	put(p, "g",
	    (struct pool_account){.models = &mine[2],
				  .nmodels = 2,
				  .priority = 99,
				  .access = POOL_GROUP,
				  .groups = groups,
				  .ngroups = 2});
	binds(p, NULL, "m", POOL_RESERVED, "");
	put(p, "s", (struct pool_account){.models = mine, .nmodels = 1});
	binds(p, NULL, "m", POOL_PICKED, "shared");
	binds(p, "", "m", POOL_PICKED, "shared");
	binds(p, "s", "m", POOL_PICKED, "shared");
	binds(p, "d", "m", POOL_PICKED, "dedicated");
	binds(p, "group:g1", "m", POOL_PICKED, "grouped");
	binds(p, "group:g2", "m", POOL_PICKED, "grouped");
	binds(p, "group:g3", "m", POOL_NONE_USABLE, "");
	binds(p, "group:", "m", POOL_NONE_USABLE, "");
	binds(p, "g", "m", POOL_NONE_USABLE, "");
	binds(p, "gone", "m", POOL_NONE_USABLE, "");
	binds(p, "d", "o", POOL_RESERVED, "");
	binds(p, NULL, "o", POOL_RESERVED, "");
	binds(p, NULL, "nothing", POOL_UNKNOWN_MODEL, "");
	lists(p, NULL, "m ");
	lists(p, "group:g1", "m o ");
	pool_free(p);
	is_int(live, 0, "nothing left");
}

/* Nobody else steps in for an account that a key is bound to. */
static void test_bound_is_out(void)
{
	struct pool *p = pool_new(retain, release);
	struct pool_query q = {.model = STR("claude-x"), .binding = "d"};
	struct buf why = BUF_INIT(1000);
	struct pool_lease l, none;

	put(p, "s", (struct pool_account){.priority = 50});
	put(p, "d",
	    (struct pool_account){.max_concurrent = 1,
				  .access = POOL_DEDICATED});
	pool_pick(p, &q, 1, &l, &why);
	buf_reset(&why);
	is_int(pool_pick(p, &q, 1, &none, &why), POOL_NONE_USABLE, "full");
	is_text(buf_str(&why), "d: full (1 in flight)", "says its account");
	is_int(none.wait_ms, 5000, "for a while");
	pool_report(p, &l, HEALTH_UNAUTHORIZED, 0, "no", 1);
	pool_return(p, &l, 1);
	is_int(pool_pick(p, &q, 2, &l, &why), POOL_PICKED,
	       "the only one is never parked");
	pool_return(p, &l, 2);
	pool_remove(p, "d");
	buf_reset(&why);
	is_int(pool_pick(p, &q, 3, &none, &why), POOL_NONE_USABLE, "gone");
	is_text(buf_str(&why),
		"the account or group that this API key is bound to has no "
		"account for it",
		"says so");
	is_int(none.wait_ms, -1, "for good");
	buf_release(&why);
	pool_free(p);
	is_int(live, 0, "nothing left");
}

/* What became of one request at the only account. */
static void report(struct pool *p, enum health_event event, int64_t now_ms)
{
	struct pool_lease lease;

	picks(p, "Exact", &lease);
	pool_report(p, &lease, event, 0, "because", now_ms);
	pool_return(p, &lease, now_ms);
}

static void changed(struct pool *p, int64_t now_ms, int want, const char *name)
{
	struct pool_change c[4];
	size_t n = pool_changes(p, now_ms, c, 4);

	/* 0: nothing, 1: down, 2: in use again */
	is_int(n == 0 ? 0 : c[0].down ? 1 : 2, want, "%s", name);
	if (n && c[0].down)
		is_text(str_of(c[0].reason), "because", name);
	for (size_t i = 0; i < n; i++)
		pool_unview(p, &c[i].view);
}

static void test_changes(void)
{
	struct pool *p = pool_new(retain, release);

	put(p, "a", (struct pool_account){.priority = 1});
	changed(p, 5, 0, "at first");
	report(p, HEALTH_FAILED, 5);
	report(p, HEALTH_FAILED, 5);
	changed(p, 5, 0, "it may be nothing");
	report(p, HEALTH_FAILED, 5);
	changed(p, 5, 1, "it went");
	changed(p, 5, 0, "that was told");
	changed(p, 5 + HEALTH_PAUSE_MAX_MS, 0, "the pause is over");
	pool_reset(p, "a");
	changed(p, 5, 2, "it was reset");
	report(p, HEALTH_UNAUTHORIZED, 5);
	changed(p, 5, 1, "its key is refused");
	put(p, "a", (struct pool_account){.priority = 2});
	changed(p, 5, 2, "it was changed");
	pool_remove(p, "a");
	changed(p, 5, 0, "it is no more");
	pool_free(p);
	is_int(live, 0, "changes: all is released");
}

static void test_threads(void)
{
	struct pool *p = pool_new(retain, release);
	pthread_t t[THREADS];

	put(p, "a", (struct pool_account){.priority = 50});
	for (int i = 0; i < THREADS; i++)
		pthread_create(&t[i], NULL, hammer, p);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	ok(pool_in_flight(p, "a") == 0 && pool_in_flight(p, "b") == 0,
	   "no lease is lost between threads");
	pool_free(p);
}

static bool is_in(struct admit *a, const char *key_id, int64_t limit,
		  struct admit_lease *lease, struct err *e)
{
	struct admit_waiter w = {.lease = lease};

	return admit_enter(a, key_id, limit, 0, &w, e) == ADMIT_IN;
}

static void test_admit(void)
{
	struct admit *a = admit_new();
	struct admit_lease l[3];
	struct err e = {0};

	ok(is_in(a, "k", 2, &l[0], &e), "first");
	ok(is_in(a, "k", 2, &l[1], &e), "second");
	ok(!is_in(a, "k", 2, &l[2], &e), "third is refused");
	ok(e.kind == ERR_RATE_LIMIT && e.retry_after_ms > 0,
	   "with retry-after");
	is_text(str_of(e.message),
		"This API key has 2 requests in flight and its concurrency "
		"limit is 2",
		"and the figures");
	admit_leave(a, &l[2]);
	admit_leave(a, &l[0]);
	admit_leave(a, &l[0]);
	is_int(admit_in_flight(a, "k"), 1, "one left, returned once");
	ok(is_in(a, "k", 2, &l[2], &e), "room again");
	ok(is_in(a, "other", 0, &l[0], &e), "no limit");
	admit_free(a);
}

int main(void)
{
	test_names();
	test_order();
	test_reasons();
	test_bindings();
	test_bound_is_out();
	test_look();
	test_changes();
	test_threads();
	test_admit();
	return done_testing();
}
