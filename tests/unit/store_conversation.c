/* Conversations between requests: kept, sealed, limited, gone in time. */
#include "tests/support/tap.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "store/conversation.h"
#include "store/conversation_codec.h"
#include "tests/support/store_dir.h"

enum { PLENTY = 1 << 30, DAY = 1700000000 };

static const char owner[] = "01234567-89ab-7def-8123-456789abcdef";
static const char other[] = "01234567-89ab-7def-8123-456789abcde0";

static struct conversation made(const char *id, int64_t ms, const char *text)
{
	struct conversation c = {
	    .at = {.stored_ms = ms}, .key_id = owner, .text = str_of(text)};

	snprintf(c.at.id, sizeof(c.at.id), "%s", id);
	return c;
}

static void put(struct store_dir *d, const struct conversation *c,
		int64_t total)
{
	struct err e;

	ok(store_conversation_put(d->s, c, total, &e) == 0, "%s is stored",
	   c->at.id);
}

/* "" when it is not found. */
static void holds(struct store_dir *d, const char *id, const char *want)
{
	struct buf text = BUF_INIT(PLENTY);
	struct conversation_ref at;
	struct err e;
	struct conversation_query q = {str_of(id), owner, 0};
	int rc = store_conversation_get(d->s, &q, &text, &at, &e);

	if (want[0])
		ok(rc == 0 && str_is(buf_str(&text), want) &&
		       strcmp(at.id, id) == 0,
		   "%s is there", id);
	else
		ok(rc < 0 && e.kind == ERR_NOT_FOUND && text.len == 0,
		   "%s is gone", id);
	buf_release(&text);
}

static int look(struct store_dir *d, const char *key_id, int64_t not_before_ms,
		struct buf *text, struct conversation_ref *at, struct err *e)
{
	struct conversation_query q = {STR("msg_a"), key_id, not_before_ms};

	return store_conversation_get(d->s, &q, text, at, e);
}

static void test_get(struct store_dir *d)
{
	struct conversation c = made("msg_a", DAY, "[\"secret words\"]");
	struct buf text = BUF_INIT(PLENTY);
	struct conversation_ref at;
	struct err e;

	holds(d, "msg_a", "");
	put(d, &c, PLENTY);
	holds(d, "msg_a", "[\"secret words\"]");
	holds(d, "msg_", "");
	holds(d, "", "");
	holds(d, "msg_that_is_much_longer_than_any_that_we_make", "");
	ok(look(d, other, 0, &text, &at, &e) < 0 && e.kind == ERR_NOT_FOUND,
	   "another key does not see it");
	ok(look(d, owner, DAY + 1, &text, &at, &e) < 0 &&
	       e.kind == ERR_NOT_FOUND,
	   "too old");
	ok(look(d, owner, DAY, &text, &at, &e) == 0 && at.stored_ms == DAY,
	   "just young enough");
	ok(!store_dir_holds(d, "secret words"), "nothing of it is in clear");
	buf_release(&text);
	store_dir_close(d);
	store_dir_open(d);
	holds(d, "msg_a", "[\"secret words\"]");
}

static void test_previous(struct store_dir *d)
{
	struct conversation a = made("msg_p1", DAY, "1");
	struct conversation b = made("msg_p2", DAY + 5, "1,2");
	int64_t before;

	put(d, &a, PLENTY);
	before = store_conversation_bytes(d->s);
	b.previous = &a.at;
	put(d, &b, PLENTY);
	holds(d, "msg_p1", "");
	holds(d, "msg_p2", "1,2");
	is_int(store_conversation_bytes(d->s) - before, 2,
	       "one made place for the other");
	a = made("msg_p3", DAY + 6, "1,2,3");
	a.previous = &(struct conversation_ref){"msg_p1", DAY};
	put(d, &a, PLENTY);
	holds(d, "msg_p2", "1,2");
	holds(d, "msg_p3", "1,2,3");
}

static void test_total(struct store_dir *d)
{
	char *large = mem_zalloc(100 * 1024 + 1), id[32];
	struct conversation c;
	int64_t total;

	memset(large, 'x', 100 * 1024);
	for (int i = 0; i < 10; i++) {
		snprintf(id, sizeof(id), "msg_%d", i);
		c = made(id, DAY + 100 + i, large);
		put(d, &c, 500 * 1024);
	}
	total = store_conversation_bytes(d->s);
	ok(total <= 500 * 1024 && total > 300 * 1024, "all take %lld",
	   (long long)total);
	holds(d, "msg_a", "");
	holds(d, "msg_0", "");
	holds(d, "msg_5", "");
	holds(d, "msg_6", large);
	holds(d, "msg_9", large);
	store_dir_close(d);
	store_dir_open(d);
	is_int(store_conversation_bytes(d->s), total,
	       "the total is known after opening");
	c = made("msg_huge", DAY + 200, large);
	put(d, &c, 1000);
	holds(d, "msg_huge", large);
	holds(d, "msg_9", "");
	mem_free(large);
}

static void test_prune(struct store_dir *d)
{
	size_t removed = 99;
	struct conversation c;
	char id[32];
	struct err e;

	ok(store_conversation_prune(d->s, INT64_MAX, 1000, &removed, &e) == 0,
	   "all are removed");
	is_int(store_conversation_bytes(d->s), 0, "nothing is left");
	for (int i = 0; i < 130; i++) {
		snprintf(id, sizeof(id), "msg_%d", i);
		c = made(id, DAY + i, "x");
		if (store_conversation_put(d->s, &c, PLENTY, &e) < 0)
			ok(false, "%s: %s", id, e.message);
	}
	ok(store_conversation_prune(d->s, DAY + 120, 70, &removed, &e) == 0 &&
	       removed == 70,
	   "no more than asked");
	holds(d, "msg_69", "");
	holds(d, "msg_70", "x");
	ok(store_conversation_prune(d->s, DAY + 120, 1000, &removed, &e) == 0 &&
	       removed == 50,
	   "the rest of the old ones");
	holds(d, "msg_119", "");
	holds(d, "msg_120", "x");
	ok(store_conversation_prune(d->s, DAY + 120, 1000, &removed, &e) == 0 &&
	       removed == 0,
	   "no young one");
}

static void test_large(struct store_dir *d)
{
	enum { BYTES = 9 << 20 };
	char *large = mem_zalloc(BYTES + 1);
	struct conversation c = made("msg_large", DAY + 500, large);

	memset(large, 'y', BYTES);
	c.text = (struct str){large, BYTES};
	put(d, &c, PLENTY);
	holds(d, "msg_large", large);
	mem_free(large);
}

static void test_codec(void)
{
	static const char *const ids[] = {owner, "a", ""};
	unsigned char bytes[CONVERSATION_HEAD_BYTES + 3];
	struct conversation_head head, got;
	struct str text, sealed;

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		head = (struct conversation_head){.stored_ms = DAY};
		snprintf(head.key_id, sizeof(head.key_id), "%s", ids[i]);
		text = conversation_head_encode(&head, bytes);
		memcpy(bytes + text.n, "xyz", 3);
		ok(conversation_head_decode((struct str){text.p, text.n + 3},
					    &got, &sealed) == 0 &&
		       got.stored_ms == DAY &&
		       strcmp(got.key_id, ids[i]) == 0 && str_is(sealed, "xyz"),
		   "a head of '%s'", ids[i]);
		for (size_t n = 0; n < text.n; n++) {
			if (conversation_head_decode((struct str){text.p, n},
						     &got, &sealed) == 0)
				ok(false, "cut at %zu", n);
		}
	}
	bytes[0] = 2;
	ok(conversation_head_decode((struct str){text.p, text.n}, &got,
				    &sealed) < 0,
	   "a newer version is not read");
}

int main(void)
{
	struct store_dir d;

	store_dir_make(&d);
	store_dir_open(&d);
	test_get(&d);
	test_previous(&d);
	test_total(&d);
	test_prune(&d);
	test_large(&d);
	test_codec();
	store_dir_close(&d);
	store_dir_remove(&d);
	return done_testing();
}
