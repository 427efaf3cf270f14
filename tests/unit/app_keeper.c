/* What the keeper does on its own: rows go when they are old enough. */
#include "tests/support/tap.h"

#include <poll.h>

#include "base/clock.h"
#include "relay/relay.h"
#include "store/conversation.h"
#include "store/ledger.h"
#include "tests/support/app_dir.h"

enum { DAY_MS = 86400000, PATIENCE_MS = 20000 };

static struct ledger_row row_of(const char *id, int64_t age_ms)
{
	struct ledger_row row = {.status = 200, .input = 7};

	str_put(row.request_id, sizeof(row.request_id), str_of(id));
	str_put(row.key_id, sizeof(row.key_id), STR("key"));
	row.started_ms = clock_wall_ms() - age_ms;
	return row;
}

static bool holds(struct app_dir *d, const char *id)
{
	struct ledger_row row;

	return store_ledger_find(d->app.store, id, &row, NULL) == 0;
}

static void keep(struct app_dir *d, const char *id, int64_t age_ms)
{
	struct conversation c = {
	    .at = {.stored_ms = clock_wall_ms() - age_ms},
	    .key_id = "key",
	    .text = STR("text"),
	};
	struct err e;

	str_put(c.at.id, sizeof(c.at.id), str_of(id));
	ok(store_conversation_put(d->app.store, &c, 1 << 20, &e) == 0, "%s",
	   id);
}

static bool keeps(struct app_dir *d, const char *id)
{
	struct buf text = BUF_INIT(1024);
	struct conversation_query q = {.id = str_of(id), .key_id = "key"};
	struct conversation_ref at;
	int rc = store_conversation_get(d->app.store, &q, &text, &at, NULL);

	buf_release(&text);
	return rc == 0;
}

static void test_conversations(struct app_dir *d)
{
	int64_t until = clock_mono_ms() + PATIENCE_MS;

	keep(d, "msg_old", 61LL * 60000);
	keep(d, "msg_new", 59LL * 60000);
	while (keeps(d, "msg_old") && clock_mono_ms() < until)
		poll(NULL, 0, 10);
	ok(!keeps(d, "msg_old"), "a conversation of an hour ago goes");
	ok(keeps(d, "msg_new"), "a younger one stays");
}

int main(void)
{
	struct ledger_row rows[2] = {row_of("req_old", 91LL * DAY_MS),
				     row_of("req_new", 89LL * DAY_MS)};
	struct usage_query all = {"", "", "", 0, 0};
	struct usage_totals totals;
	struct app_dir d = {0};
	int64_t until;
	struct err e;

	app_dir_start(&d, relay_serve);
	ok(store_settle(d.app.store, rows, 2, &e) == 0, "two rows");
	until = clock_mono_ms() + PATIENCE_MS;
	while (holds(&d, "req_old") && clock_mono_ms() < until)
		poll(NULL, 0, 10);
	ok(!holds(&d, "req_old"), "the one older than ledger_days goes");
	ok(holds(&d, "req_new"), "the younger one stays");
	ok(store_usage_sum(d.app.store, &all, &totals, &e) == 0 &&
	       totals.requests == 2 && totals.input == 14,
	   "the totals keep both");
	test_conversations(&d);
	app_dir_stop(&d);
	return done_testing();
}
