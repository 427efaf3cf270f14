/* Masks, forged requests, pauses after wrong logins, parts of lists. */
#include "tests/support/tap.h"

#include <stdio.h>
#include <string.h>

#include "admin/csrf.h"
#include "admin/mask.h"
#include "admin/page.h"
#include "admin/throttle.h"
#include "base/mem.h"
#include "base/secret.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static void test_masks(void)
{
	static const struct {
		const char *secret, *mask;
	} cases[] = {
	    {NULL, ""},
	    {"", ""},
	    {"x", "\xe2\x80\xa6"},
	    {"secret", "\xe2\x80\xa6"},
	    {"123456789012345", "\xe2\x80\xa6"},
	    {"1234567890123456", "123\xe2\x80\xa6"
				 "3456"},
	    {"sk-abcdefghijklmnop3f2a", "sk-\xe2\x80\xa6"
					"3f2a"},
	};
	char mask[MASK_BYTES];

	for (size_t i = 0; i < COUNT(cases); i++) {
		mask_secret(cases[i].secret, mask);
		is_text(str_of(mask), cases[i].mask, "mask");
	}
	ok(mask_matches("secret", "\xe2\x80\xa6"), "a mask sent back");
	ok(!mask_matches("secret", "secret"), "the secret is not its mask");
	ok(!mask_matches("", ""), "no secret has no mask");
	ok(!mask_matches(NULL, ""), "nor has an absent one");
}

static void test_csrf(void)
{
	static const struct {
		const char *method, *site, *origin, *host;
		bool allowed;
	} cases[] = {
	    {"POST", "", "", "relay:3000", true},
	    {"POST", "same-origin", "", "relay:3000", true},
	    {"POST", "none", "", "relay:3000", true},
	    {"POST", "same-site", "", "relay:3000", false},
	    {"POST", "cross-site", "", "relay:3000", false},
	    {"POST", "Same-Origin", "", "relay:3000", false},
	    {"GET", "cross-site", "https://evil.test", "relay", true},
	    {"HEAD", "cross-site", "", "relay", true},
	    {"PUT", "cross-site", "", "relay", false},
	    {"DELETE", "cross-site", "", "relay", false},
	    {"POST", "cross-site", "http://relay", "relay", false},
	    {"POST", "", "http://relay:3000", "relay:3000", true},
	    {"POST", "", "https://relay:3000", "relay:3000", true},
	    {"POST", "", "http://RELAY", "relay", true},
	    {"POST", "", "http://relay", "relay:80", true},
	    {"POST", "", "https://relay", "relay:443", true},
	    {"POST", "", "https://relay:443", "relay", true},
	    {"POST", "", "http://relay", "relay:443", false},
	    {"POST", "", "http://relay:3000", "relay", false},
	    {"POST", "", "http://relay", "relay:3000", false},
	    {"POST", "", "http://evil.test", "relay", false},
	    {"POST", "", "http://relay.evil.test", "relay", false},
	    {"POST", "", "http://evilrelay", "relay", false},
	    {"POST", "", "null", "relay", false},
	    {"POST", "", "chrome-extension://relay", "relay", false},
	    {"POST", "", "http://", "", false},
	    {"PATCH", "", "http://evil.test", "relay", false},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct csrf_facts f = {
		    str_of(cases[i].method), str_of(cases[i].site),
		    str_of(cases[i].origin), str_of(cases[i].host)};

		ok(csrf_allowed(&f) == cases[i].allowed,
		   "%s site '%s' origin '%s' host '%s'", cases[i].method,
		   cases[i].site, cases[i].origin, cases[i].host);
	}
}

static void test_pauses(void)
{
	static struct throttle t = THROTTLE_INIT(60 * 1000);
	static const int64_t waits[] = {2000,  4000,  8000, 16000,
					32000, 60000, 60000};
	struct str name = STR("203.0.113.9");
	int64_t now_ms = 1000000;

	for (int i = 0; i < THROTTLE_FREE; i++)
		is_int(throttle_try(&t, name, now_ms), 0, "free try %d", i);
	for (size_t i = 0; i < COUNT(waits); i++) {
		is_int(throttle_try(&t, name, now_ms), waits[i], "pause %zu",
		       i);
		is_int(throttle_try(&t, name, now_ms + waits[i] - 1), 1,
		       "to its last millisecond");
		now_ms += waits[i];
		is_int(throttle_try(&t, name, now_ms), 0, "then a try");
	}
	is_int(throttle_try(&t, STR("203.0.113.10"), now_ms), 0,
	       "another name is free");
	now_ms += THROTTLE_FORGET_MS + 1;
	is_int(throttle_try(&t, name, now_ms), 0, "forgotten");
	is_int(throttle_try(&t, name, now_ms), 0, "with its tries");
	throttle_try(&t, name, now_ms);
	ok(throttle_try(&t, name, now_ms) > 0, "and counted anew");
	throttle_clear(&t, name);
	is_int(throttle_try(&t, name, now_ms), 0, "cleared by a success");
}

static void test_returned(void)
{
	static struct throttle t = THROTTLE_INIT(60 * 1000);
	struct str name = STR("192.0.2.1");

	for (int i = 0; i < 20; i++) {
		is_int(throttle_try(&t, name, 1000), 0, "a login");
		throttle_return(&t, name);
	}
	for (int i = 0; i < THROTTLE_FREE; i++)
		throttle_try(&t, name, 1000);
	is_int(throttle_try(&t, name, 3000), 0, "a success after failures");
	throttle_return(&t, name);
	is_int(throttle_try(&t, name, 3000), 2000, "does not wash them off");
}

static void test_bounded(void)
{
	static struct throttle t = THROTTLE_INIT(8 * 1000);
	char name[32];

	for (int i = 0; i < 4; i++)
		throttle_try(&t, STR("victim"), 1000 + i);
	for (int i = 0; i < THROTTLE_NAMES - 1; i++) {
		snprintf(name, sizeof(name), "other %d", i);
		throttle_try(&t, str_of(name), 2000);
	}
	ok(throttle_try(&t, STR("victim"), 2001) > 0,
	   "a full table still knows all of them");
	throttle_try(&t, STR("one more"), 2002);
	is_int(throttle_try(&t, STR("victim"), 2003), 0,
	       "the one that was quiet longest makes room");
}

static void test_addresses(void)
{
	static const struct {
		const char *remote, *name;
	} cases[] = {
	    {"203.0.113.9", "203.0.113.9"},
	    {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"},
	    {"2001:db8:1:2::9", "2001:db8:1:2::"},
	    {"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
	    {"", ""},
	};
	char name[64];

	for (size_t i = 0; i < COUNT(cases); i++) {
		throttle_address(str_of(cases[i].remote), name);
		is_text(str_of(name), cases[i].name, cases[i].remote);
	}
}

static void check_page(const char *query, const char *message, int64_t page,
		       int64_t size, bool descending)
{
	struct request r = {.query = str_of(query)};
	struct page p;
	struct err e;

	if (page_read(&r, 20, &p, &e) < 0) {
		is_text(str_of(e.message), message, query);
	} else {
		is_text(STR(""), message, query);
		is_int(p.page, page, "page");
		is_int(p.size, size, "size");
		ok(p.descending == descending, "order");
	}
	arena_release(&r.arena);
}

static void test_pages(void)
{
	struct page p = {.page = 3, .size = 10};
	size_t from, to;
	cJSON *o;
	char *text;

	check_page("", "", 1, 20, true);
	check_page("page=4&pageSize=100&sortOrder=asc", "", 4, 100, false);
	check_page("page=&pageSize=", "", 1, 20, true);
	check_page("page=0", "page must be a whole number from 1 to 1000000", 0,
		   0, 0);
	check_page("page=-1", "page must be a whole number from 1 to 1000000",
		   0, 0, 0);
	check_page("page=1e3", "page must be a whole number from 1 to 1000000",
		   0, 0, 0);
	check_page("pageSize=101",
		   "pageSize must be a whole number from 1 to 100", 0, 0, 0);
	check_page("sortOrder=up", "sortOrder must be asc or desc", 0, 0, 0);
	page_window(&p, 25, &from, &to);
	ok(from == 20 && to == 25, "the last page is short");
	page_window(&p, 20, &from, &to);
	ok(from == 20 && to == 20, "a page behind the end is empty");
	o = page_json(&p, 25);
	text = json_print(o);
	is_text(str_of(text),
		"{\"page\":3,\"pageSize\":10,\"total\":25,\"totalPages\":3}",
		"pagination");
	mem_free(text);
	cJSON_Delete(o);
}

int main(void)
{
	struct err e;

	ok(secret_start(&e) == 0, "secrets");
	test_masks();
	test_csrf();
	test_pauses();
	test_returned();
	test_bounded();
	test_addresses();
	test_pages();
	return done_testing();
}
