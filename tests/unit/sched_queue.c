/* Who waits for a place, and who gets the next one. */
#include "tests/support/tap.h"

#include "sched/admit.h"
#include "sched/pool.h"

enum { MANY = 12, NOW = 1000 };

static struct buf order; /* letters of those that were woken */

static void *retain(void *p)
{
	return p;
}

static void release(void *p)
{
	(void)p;
}

/* Caller i is the letter i. */
struct caller {
	struct admit_waiter admit;
	struct pool_waiter pool;
	struct admit_lease place;
	struct pool_lease lease;
	char letter;
};

static void wake(void *ctx)
{
	buf_addc(&order, ((struct caller *)ctx)->letter);
}

static void callers(struct caller *c, size_t n)
{
	buf_reset(&order);
	for (size_t i = 0; i < n; i++) {
		c[i] = (struct caller){.letter = (char)('a' + i)};
		c[i].admit.queue.wake = c[i].pool.queue.wake = wake;
		c[i].admit.queue.ctx = c[i].pool.queue.ctx = &c[i];
		c[i].admit.lease = &c[i].place;
	}
}

static enum admit_result come(struct admit *a, struct caller *c, int64_t limit,
			      size_t most)
{
	struct err e;

	return admit_enter(a, "k", limit, most, &c->admit, &e);
}

static void test_admit_order(void)
{
	struct admit *a = admit_new();
	struct caller c[8];
	struct err e;

	callers(c, 8);
	ok(come(a, &c[0], 2, 3) == ADMIT_IN, "the first is in");
	ok(come(a, &c[1], 2, 3) == ADMIT_IN, "the second too");
	ok(come(a, &c[2], 2, 3) == ADMIT_WAITS, "the third waits");
	ok(come(a, &c[3], 2, 3) == ADMIT_WAITS, "the next too");
	ok(come(a, &c[4], 2, 3) == ADMIT_WAITS, "and the next");
	ok(admit_enter(a, "k", 2, 3, &c[5].admit, &e) == ADMIT_REFUSED,
	   "more may not wait");
	is_text(str_of(e.message),
		"This API key has 2 requests in flight and its concurrency "
		"limit is 2",
		"and hear what was said before");
	is_int(e.retry_after_ms, 1000, "and when to come again");
	ok(admit_enter(a, "other", 2, 0, &c[5].admit, &e) == ADMIT_IN,
	   "another key does not wait for this one");
	admit_leave(a, &c[5].place);
	ok(admit_give_up(a, &c[3].admit), "one gives up");
	ok(!admit_give_up(a, &c[3].admit), "once");
	ok(come(a, &c[5], 2, 3) == ADMIT_WAITS, "which makes room");
	admit_leave(a, &c[1].place);
	is_text(buf_str(&order), "c", "who came first is first");
	is_int(admit_in_flight(a, "k"), 2, "with the place that was left");
	ok(!admit_give_up(a, &c[2].admit), "it cannot give up any more");
	admit_leave(a, &c[0].place);
	admit_leave(a, &c[2].place);
	is_text(buf_str(&order), "cef", "then the others");
	admit_leave(a, &c[4].place);
	admit_leave(a, &c[5].place);
	is_int(admit_in_flight(a, "k"), 0, "all have left");
	admit_free(a);
}

static void test_admit_limits(void)
{
	struct admit *a = admit_new();
	struct caller c[8];

	callers(c, 8);
	come(a, &c[0], 3, 9);
	come(a, &c[1], 3, 9);
	come(a, &c[2], 3, 9);
	come(a, &c[3], 1, 9);
	come(a, &c[4], 1, 9);
	admit_leave(a, &c[0].place);
	admit_leave(a, &c[1].place);
	is_text(buf_str(&order), "", "a limit that was lowered counts");
	admit_leave(a, &c[2].place);
	is_text(buf_str(&order), "d", "until there is a place again");
	ok(come(a, &c[5], 3, 9) == ADMIT_IN, "one that is raised");
	is_text(buf_str(&order), "de", "lets in first who waited");
	ok(come(a, &c[6], 0, 9) == ADMIT_IN, "none: everybody");
	admit_leave(a, &c[3].place);
	admit_leave(a, &c[4].place);
	admit_leave(a, &c[5].place);
	admit_leave(a, &c[6].place);
	is_int(admit_in_flight(a, "k"), 0, "all have left");
	admit_free(a);
}

static void put(struct pool *p, const char *id, int64_t most,
		const struct model_pair *pair)
{
	pool_put(p, &(struct pool_account){.id = id,
					   .name = id,
					   .active = true,
					   .schedulable = true,
					   .models = pair,
					   .nmodels = 1,
					   .max_concurrent = most,
					   .data = &order});
}

static const struct model_pair qwen = {"qwen", "qwen"}, glm = {"glm", "glm"};

static enum pool_result ask(struct pool *p, struct caller *c, const char *key,
			    const char *model, size_t most)
{
	struct pool_query q = {
	    .model = str_of(model), .waiter = &c->pool, .most = most};
	struct buf why = BUF_INIT(1000);
	enum pool_result result;

	c->pool.queue.key = key;
	result = pool_pick(p, &q, NOW, &c->lease, &why);
	buf_release(&why);
	return result;
}

static void test_pool_fairness(void)
{
	struct pool *p = pool_new(retain, release);
	struct caller c[MANY];

	callers(c, MANY);
	put(p, "one", 1, &qwen);
	ok(ask(p, &c[0], "k", "qwen", 9) == POOL_PICKED, "a has it");
	for (int i = 1; i < 6; i++)
		ask(p, &c[i], "k", "qwen", 9);
	ok(ask(p, &c[6], "l", "qwen", 9) == POOL_WAITS, "another key waits");
	ask(p, &c[7], "l", "qwen", 9);
	ok(ask(p, &c[8], "m", "qwen", 9) == POOL_WAITS, "and a third");
	for (int i = 0; i < 9; i++) {
		const char *who = i ? order.data + i - 1 : "a";

		pool_return(p, &c[*who - 'a'].lease, NOW);
	}
	is_text(buf_str(&order), "bgichdef",
		"each key in turn, its own as they came");
	is_int((int64_t)pool_in_flight(p, "one"), 0, "nothing is left");
	pool_free(p);
}

/* A key that comes again and again is not before one that waits. */
static void test_pool_latecomer(void)
{
	struct pool *p = pool_new(retain, release);
	struct caller c[4];

	callers(c, 4);
	put(p, "one", 1, &qwen);
	ask(p, &c[0], "k", "qwen", 9);
	ask(p, &c[1], "k", "qwen", 9);
	ask(p, &c[2], "l", "qwen", 9);
	pool_return(p, &c[0].lease, NOW);
	ask(p, &c[3], "k", "qwen", 9);
	pool_return(p, &c[1].lease, NOW);
	pool_return(p, &c[2].lease, NOW);
	pool_return(p, &c[3].lease, NOW);
	is_text(buf_str(&order), "bcd", "k, l, k");
	pool_free(p);
}

static void test_pool_kinds(void)
{
	struct pool *p = pool_new(retain, release);
	struct caller c[8];

	callers(c, 8);
	put(p, "q", 1, &qwen);
	put(p, "g", 1, &glm);
	ask(p, &c[0], "k", "qwen", 2);
	ask(p, &c[1], "k", "glm", 2);
	ok(ask(p, &c[2], "k", "qwen", 2) == POOL_WAITS, "for q");
	ok(ask(p, &c[3], "k", "glm", 2) == POOL_WAITS, "for g");
	ok(ask(p, &c[4], "k", "glm", 2) == POOL_NONE_USABLE, "enough wait");
	is_int(c[4].lease.wait_ms, 5000, "which is told when to come again");
	ok(ask(p, &c[4], "k", "gpt", 9) == POOL_UNKNOWN_MODEL,
	   "nobody waits for what there is not");
	pool_return(p, &c[1].lease, NOW);
	is_text(buf_str(&order), "d", "a place of g is not for qwen");
	ok(pool_give_up(p, &c[2].pool), "c leaves");
	pool_return(p, &c[0].lease, NOW);
	is_text(buf_str(&order), "d", "and is not woken");
	is_int((int64_t)pool_in_flight(p, "q"), 0, "nor given anything");
	ok(!pool_give_up(p, &c[3].pool), "d has its lease");
	is_text(str_of(c[3].lease.sent_model), "glm", "under its name");
	pool_return(p, &c[3].lease, NOW);
	pool_free(p);
}

/* Accounts that were added, or are well again. */
static void test_pool_again(void)
{
	struct pool *p = pool_new(retain, release);
	struct caller c[4];

	callers(c, 4);
	put(p, "one", 1, &qwen);
	ask(p, &c[0], "k", "qwen", 9);
	ask(p, &c[1], "k", "qwen", 9);
	ask(p, &c[2], "k", "qwen", 9);
	ok(!pool_pick_again(p, &c[1].pool, NOW), "nothing has changed");
	put(p, "two", 1, &qwen);
	ok(pool_pick_again(p, &c[1].pool, NOW), "there is another one");
	ok(!pool_pick_again(p, &c[1].pool, NOW), "it waits no more");
	ok(!pool_give_up(p, &c[1].pool), "nor can it give up");
	is_text(buf_str(&order), "", "it was not woken");
	pool_report(p, &c[0].lease, HEALTH_RATE_LIMITED, 5000, "", NOW);
	pool_return(p, &c[0].lease, NOW);
	is_text(buf_str(&order), "", "what cools down takes nobody");
	ok(!pool_pick_again(p, &c[2].pool, NOW + 4999), "as long as it does");
	ok(pool_pick_again(p, &c[2].pool, NOW + 5000), "and then it does");
	pool_return(p, &c[1].lease, NOW);
	pool_return(p, &c[2].lease, NOW);
	pool_free(p);
}

int main(void)
{
	buf_init(&order, 1000);
	test_admit_order();
	test_admit_limits();
	test_pool_fairness();
	test_pool_latecomer();
	test_pool_kinds();
	test_pool_again();
	buf_release(&order);
	return done_testing();
}
