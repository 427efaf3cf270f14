/* What backends teach: kept, measured, forgotten, and found again. */
#include "tests/support/tap.h"

#include <string.h>

#include "app/lessons.h"
#include "base/mem.h"
#include "proto/openai_request.h"
#include "tests/support/store_dir.h"

enum { HOUR_MS = 3600 * 1000 };

static const int64_t start = 1700000000000;
static const struct str qwen = {"qwen", 4}, glm = {"glm", 3};

static void account_make(struct account *a, const char *id, const char *address)
{
	account_init(a);
	str_put(a->id, sizeof(a->id), str_of(id));
	a->address = mem_strdup(address);
}

static void test_refusals(struct lessons *l)
{
	lessons_refusal(l, qwen, PARAM_TOP_K, start);
	lessons_refusal(l, qwen, PARAM_USER, start + HOUR_MS);
	lessons_refusal(l, qwen, 1u << 30, start);
	is_int(lessons_for(l, qwen, start + HOUR_MS).refused,
	       PARAM_TOP_K | PARAM_USER, "both are remembered");
	is_int(lessons_for(l, glm, start).refused, 0, "for this model only");
	is_int(lessons_for(l, qwen, start + 24LL * HOUR_MS).refused, PARAM_USER,
	       "each for a day");
	is_int(lessons_for(l, qwen, start + 25LL * HOUR_MS).refused, 0,
	       "and no longer");
	lessons_refusal(l, qwen, PARAM_TOP_K, start + 25LL * HOUR_MS);
	is_int(lessons_for(l, qwen, start + 26LL * HOUR_MS).refused,
	       PARAM_TOP_K, "unless it is refused again");
	is_int(lessons_for(NULL, qwen, start).refused, 0, "no lessons, none");
}

static void answer(struct lessons *l, int64_t prompt, int64_t raw)
{
	struct usage u = {.input = prompt - 10,
			  .cache_read = 10,
			  .output = 5,
			  .reported = true};

	lessons_answer(l, qwen,
		       &(struct lesson_answer){.usage = &u, .raw = raw}, start);
}

static void test_scale(struct lessons *l)
{
	for (int i = 0; i < 4; i++)
		answer(l, 800, 1000);
	answer(l, 30, 99);
	answer(l, 30, 0);
	is_int(lessons_estimate(l, qwen, 1000), 1000,
	       "four samples, and some that are too short, say nothing");
	answer(l, 800, 1000);
	is_int(lessons_estimate(l, qwen, 1000), 840, "the fifth does");
	is_int(lessons_estimate(l, glm, 1000), 1000, "for this model only");
	is_int(lessons_estimate(l, qwen, 0), 0, "nothing stays nothing");
	for (int i = 0; i < 200; i++)
		answer(l, 9000, 1000);
	is_int(lessons_estimate(l, qwen, 1000), 3149,
	       "it moves, within bounds");
	for (int i = 0; i < 400; i++)
		answer(l, 10, 1000);
	is_int(lessons_estimate(l, qwen, 1000), 526, "on both sides");
}

static void test_window(struct lessons *l)
{
	lessons_window(l, qwen, 1000, start);
	lessons_window(l, qwen, 0, start);
	lessons_window(l, qwen, INT64_MAX, start);
	is_int(lessons_for(l, qwen, start).context_window, 1000, "a window");
	answer(l, 995, 0);
	is_int(lessons_for(l, qwen, start).context_window, 1000,
	       "an answer that just fits");
	answer(l, 996, 0);
	is_int(lessons_for(l, qwen, start).context_window, 0,
	       "one that could not says that it is larger");
	lessons_window(l, qwen, 4096, start);
}

static void test_usage(struct lesson_book *b, struct lessons *l)
{
	static const struct {
		bool reported, continuous;
		const char *word;
	} cases[] = {{true, true, "continuous"},
		     {true, false, "final"},
		     {false, false, "none"}};

	for (size_t i = 0; i < 3; i++) {
		struct usage u = {.reported = cases[i].reported};
		struct lesson_answer a = {.usage = &u,
					  .continuous = cases[i].continuous};
		struct learned copy;

		lessons_answer(l, qwen, &a, start);
		ok(lesson_book_copy(b, "one", &copy) && copy.nmodels == 1 &&
		       !strcmp(copy.models[0].usage, cases[i].word),
		   "usage is %s", cases[i].word);
		learned_release(&copy);
	}
}

/* The one that was used longest ago makes room. */
static void test_many(struct lesson_book *b)
{
	struct account a;
	struct lessons *l;
	struct learned copy;
	char name[LEARNED_NAME_BYTES + 1];

	account_make(&a, "many", "http://h");
	l = lesson_book_open(b, &a);
	for (int i = 0; i <= LEARNED_MODELS; i++) {
		memset(name, 'a', sizeof(name));
		lessons_window(l, (struct str){name, (size_t)i + 1}, 100 + i,
			       start + i);
	}
	is_int(lessons_for(l, (struct str){name, 1}, start).context_window, 0,
	       "the oldest is forgotten");
	is_int(lessons_for(l, (struct str){name, 2}, start).context_window, 101,
	       "the next is not");
	lessons_window(l, (struct str){name, LEARNED_NAME_BYTES}, 5, start);
	ok(lesson_book_copy(b, "many", &copy), "they can be copied");
	is_int((int64_t)copy.nmodels, LEARNED_MODELS, "no more than there may");
	learned_release(&copy);
	lessons_release(l);
	account_release(&a);
}

/* As it is at a start: what the store has. */
static struct lesson_book *reload(struct store_dir *d)
{
	struct lesson_book *b = lesson_book_new();
	struct learned *list;
	struct err e;
	size_t n;

	ok(store_learned_list(d->s, &list, &n, &e) == 0, "the store is read");
	for (size_t i = 0; i < n; i++)
		lesson_book_adopt(b, &list[i]);
	learned_list_free(list, n);
	return b;
}

static int64_t window_in(struct lesson_book *b, const struct account *a)
{
	struct lessons *l = lesson_book_open(b, a);
	int64_t n = lessons_for(l, qwen, start).context_window;

	lessons_release(l);
	return n;
}

static void test_stored(struct store_dir *d, struct lesson_book *b,
			struct account *a)
{
	struct lesson_book *again;
	struct lessons *other;
	struct err e;

	ok(lesson_book_save(b, d->s, start, false, &e) == 0, "facts are saved");
	again = reload(d);
	is_int(window_in(again, a), 4096, "and found at the next start");
	other = lesson_book_find(again, a);
	ok(other != NULL, "by who only looks too");
	lessons_release(other);
	lesson_book_free(again);

	mem_free(a->address);
	a->address = mem_strdup("http://elsewhere");
	other = lesson_book_find(b, a);
	ok(!other, "another address has no lessons yet");
	is_int(window_in(b, a), 0, "and does not get the old ones");
	ok(lesson_book_save(b, d->s, start, false, &e) == 0, "saved");
	again = reload(d);
	is_int(window_in(again, a), 0, "nor after a start");
	lesson_book_free(again);
}

static void test_measured(struct store_dir *d, struct lesson_book *b,
			  const struct account *a)
{
	struct lessons *l = lesson_book_open(b, a);
	struct lesson_book *again;
	struct learned copy;
	struct err e;

	lessons_window(l, qwen, 5000, start); /* a fact */
	ok(lesson_book_save(b, d->s, start, false, &e) == 0, "saved");
	for (int i = 0; i < 6; i++)
		answer(l, 900, 1000);
	ok(lesson_book_save(b, d->s, start + 1000, false, &e) == 0, "saved");
	again = reload(d);
	ok(lesson_book_copy(again, "one", &copy) &&
	       copy.models[0].token_samples == 0,
	   "measurements wait");
	learned_release(&copy);
	lesson_book_free(again);
	ok(lesson_book_save(b, d->s, start + 61000, false, &e) == 0, "saved");
	again = reload(d);
	ok(lesson_book_copy(again, "one", &copy) &&
	       copy.models[0].token_samples == 6,
	   "for a minute");
	learned_release(&copy);
	lesson_book_free(again);
	lesson_book_reset(b, "one", start);
	ok(lesson_book_save(b, d->s, start, false, &e) == 0, "saved");
	again = reload(d);
	ok(lesson_book_copy(again, "one", &copy) && copy.nmodels == 0,
	   "a reset is a fact");
	learned_release(&copy);
	lesson_book_free(again);
	lessons_release(l);
	lesson_book_drop(b, "one");
	ok(!lesson_book_copy(b, "one", &copy), "dropped with its account");
	ok(store_learned_delete(d->s, "one", &e) == 0 &&
	       store_learned_delete(d->s, "one", &e) == 0,
	   "and from the store");
}

int main(void)
{
	struct lesson_book *b;
	struct store_dir d;
	struct account a;
	struct lessons *l;

	store_dir_make(&d);
	store_dir_open(&d);
	b = lesson_book_new();
	account_make(&a, "one", "http://h");
	l = lesson_book_open(b, &a);
	test_refusals(l);
	test_scale(l);
	test_window(l);
	test_usage(b, l);
	test_many(b);
	lessons_release(l);
	test_stored(&d, b, &a);
	test_measured(&d, b, &a);
	lesson_book_free(b);
	account_release(&a);
	store_dir_close(&d);
	store_dir_remove(&d);
	return done_testing();
}
