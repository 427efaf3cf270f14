/* What is told of a choice among accounts: exact words for each reason. */
#include "tests/support/tap.h"

#include "sched/pool.h"

enum { VISION = 1, MESSAGES = 2, TEXT = 4000 };

static struct buf said;

static void *retain(void *p)
{
	return p;
}

static void release(void *p)
{
	(void)p;
}

static const struct model_pair claude[] = {{"claude-x", "qwen"}};
static const struct model_pair other[] = {{"gpt", "gpt"}};

/* An account that may serve claude-x, with what edit says instead. */
static void put(struct pool *p, const char *name, struct pool_account a)
{
	a.id = a.name = name;
	a.active = true;
	a.schedulable = !a.schedulable;
	a.capabilities ^= VISION;
	a.serves ^= MESSAGES;
	a.priority += 50;
	if (!a.models)
		a.models = claude;
	a.nmodels = 1;
	a.data = &said;
	pool_put(p, &a);
}

static struct pool_query query(uint64_t session)
{
	return (struct pool_query){.model = STR("claude-x"),
				   .capabilities = VISION,
				   .face = MESSAGES,
				   .session = session,
				   .choice = &said};
}

static void check(struct pool *p, const struct pool_query *q,
		  struct pool_lease *lease, const char *want, const char *name)
{
	struct buf why = BUF_INIT(TEXT);

	buf_reset(&said);
	pool_pick(p, q, 1000, lease, &why);
	is_text(buf_str(&said), want, name);
	buf_release(&why);
}

static void test_every_reason(void)
{
	struct pool *p = pool_new(retain, release);
	struct pool_query q = query(0);
	struct pool_lease l, full;
	const char *tried[] = {"failed"};

	put(p, "full", (struct pool_account){.max_concurrent = 1});
	check(p, &q, &full, "full (highest priority)", "one alone");
	put(p, "failed", (struct pool_account){.priority = 9});
	put(p, "low", (struct pool_account){.priority = -9});
	put(p, "blind", (struct pool_account){.capabilities = VISION});
	put(p, "openai", (struct pool_account){.serves = MESSAGES});
	put(p, "off", (struct pool_account){.schedulable = true});
	put(p, "theirs", (struct pool_account){.access = POOL_DEDICATED});
	put(p, "unmapped", (struct pool_account){.models = other});
	put(p, "one", (struct pool_account){.priority = 0});
	q.tried = tried;
	q.ntried = 1;
	check(p, &q, &l,
	      "one (highest priority); lower priority: low; "
	      "full: full (1 in flight); failed this request: failed; "
	      "no vision: blind; other protocol: openai; "
	      "not schedulable: off; for other keys: theirs; "
	      "not mapped: unmapped",
	      "each says why it was not taken");
	pool_return(p, &l, 1000);
	q.model = STR("mistral");
	check(p, &q, &l,
	      "none; not mapped: full, failed, low, blind and 5 more",
	      "nobody: the first ones are named");
	pool_return(p, &full, 1000);
	pool_free(p);
}

static void cool(struct pool *p, enum health_event event, int64_t ms,
		 const char *want)
{
	struct pool_query q = query(0);
	struct pool_lease l;

	check(p, &q, &l, want, "one that is about to fail");
	pool_report(p, &l, event, ms, "", 1000);
	pool_return(p, &l, 1000);
}

static void test_cooling(void)
{
	struct pool *p = pool_new(retain, release);
	struct pool_query q = query(0);
	struct pool_lease l;

	put(p, "a", (struct pool_account){.priority = 2});
	put(p, "b", (struct pool_account){.priority = 1});
	cool(p, HEALTH_RATE_LIMITED, 12000,
	     "a (highest priority); lower priority: b");
	cool(p, HEALTH_UNAUTHORIZED, 0,
	     "b (highest priority); cooling down: a (rate "
	     "limited; 12 s)");
	check(p, &q, &l,
	      "none; cooling down: a (rate limited; 12 s), b (its credentials "
	      "were refused; until reset)",
	      "both are out");
	pool_remove(p, "b");
	check(p, &q, &l, "a (cooling down, but there is no other)",
	      "the only one is asked all the same");
	pool_return(p, &l, 1000);
	pool_free(p);
}

static void test_sessions(void)
{
	struct pool *p = pool_new(retain, release);
	struct pool_query first = query(7), none = query(0);
	struct pool_lease l[8];

	put(p, "a", (struct pool_account){.priority = 0});
	put(p, "b", (struct pool_account){.priority = 0});
	check(p, &first, &l[0], "a (its turn); not its turn: b", "a first");
	check(p, &first, &l[1], "a (has the session); has not the session: b",
	      "where the prefix is");
	check(p, &none, &l[2], "b (its turn); busier: a", "the other is idle");
	pool_return(p, &l[2], 1000);
	check(p, &first, &l[2], "a (has the session); has not the session: b",
	      "still");
	check(p, &first, &l[3], "a (has the session); has not the session: b",
	      "and still");
	check(p, &first, &l[4],
	      "b (its turn); has the session but is busier: a",
	      "until that is notably busier");
	for (int i = 0; i < 5; i++)
		pool_return(p, &l[i], 1000);
	pool_free(p);
}

static void test_long_names(void)
{
	static const char name[] = "0123456789012345678901234567890123456789"
				   "and more";
	struct pool *p = pool_new(retain, release);
	struct pool_query q = query(0);
	struct pool_lease l;

	put(p, name, (struct pool_account){.priority = 0});
	check(p, &q, &l,
	      "0123456789012345678901234567890123456789 (highest priority)",
	      "a long name is cut");
	pool_return(p, &l, 1000);
	pool_free(p);
}

int main(void)
{
	buf_init(&said, TEXT);
	test_every_reason();
	test_cooling();
	test_sessions();
	test_long_names();
	buf_release(&said);
	return done_testing();
}
