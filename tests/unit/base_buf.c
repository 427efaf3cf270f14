#include "tests/support/tap.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/netaddr.h"
#include "base/secret.h"

static void test_ceiling(void)
{
	struct buf b = BUF_INIT(10);

	buf_adds(&b, "12345678");
	buf_adds(&b, "abc");
	ok(!buf_ok(&b), "an append past the ceiling marks the buffer");
	is_text(buf_str(&b), "12345678", "and is dropped whole");
	buf_reset(&b);
	buf_adds(&b, "1234567890");
	ok(buf_ok(&b) && b.len == 10, "the ceiling itself fits");
	buf_consume(&b, 4);
	is_text(buf_str(&b), "567890", "consume drops the front");
	buf_release(&b);
}

static void test_json(void)
{
	struct buf b = BUF_INIT(1000);

	buf_json(&b, (struct str){"a\"\\\n\0\x1f\xff\xe4\xbd\xa0", 10});
	is_text(buf_str(&b),
		"\"a\\\"\\\\\\n\\u0000\\u001f\xef\xbf\xbd\xe4\xbd\xa0\"",
		"escapes what JSON wants escaped");
	buf_reset(&b);
	buf_addi(&b, INT64_MIN);
	is_text(buf_str(&b), "-9223372036854775808", "the smallest integer");
	buf_reset(&b);
	buf_percent_decoded(&b, STR("%2Fa%zz%4"));
	is_text(buf_str(&b), "/a%zz%4", "percent decoding");
	buf_release(&b);
}

static void test_err(void)
{
	struct err e;
	char *long_text = mem_zalloc(3000);

	memset(long_text, 'x', 1022);
	memcpy(long_text + 1022, "\xe4\xbd\xa0", 3);
	err_set(&e, ERR_RATE_LIMIT, "%s", long_text);
	is_int((int64_t)strlen(e.message), 1022, "cut at a character");
	is_int(err_status(e.kind), 429, "status");
	mem_free(long_text);
}

static void test_secret(void)
{
	struct secret_keys k;
	struct buf box = BUF_INIT(1000), plain = BUF_INIT(1000);
	char hash[SECRET_PASSWORD_BYTES];
	struct err e;

	ok(secret_start(&e) == 0, "sodium starts");
	memset(&k, 7, sizeof(k));
	secret_seal(&k, STR("sk-x"), STR("id"), &box);
	ok(secret_open(&k, buf_str(&box), STR("id"), &plain, &e) == 0, "opens");
	is_text(buf_str(&plain), "sk-x", "what was sealed");
	ok(secret_open(&k, buf_str(&box), STR("other"), &plain, &e) < 0,
	   "not under another record");
	box.data[30] ^= 1;
	ok(secret_open(&k, buf_str(&box), STR("id"), &plain, &e) < 0,
	   "not when changed");
	ok(secret_password_hash(STR("pw"), hash, &e) == 0 &&
	       secret_password_matches(hash, STR("pw")) &&
	       !secret_password_matches(hash, STR("pv")),
	   "password");
	buf_release(&box);
	buf_release(&plain);
}

static void test_clock(void)
{
	char text[CLOCK_ISO_BYTES];
	int64_t ms = 0;

	clock_iso(1769860800123, text);
	is_text(str_of(text), "2026-01-31T12:00:00.123Z", "iso");
	ok(clock_parse_iso("2026-01-31T20:00:00.123+08:00", &ms) == 0 &&
	       ms == 1769860800123,
	   "and back");
	ok(clock_parse_iso("yesterday", &ms) < 0, "no date");
}

static bool is_metadata(const char *text)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
		return netaddr_is_metadata((struct sockaddr *)&v4);
	inet_pton(AF_INET6, text, &v6.sin6_addr);
	return netaddr_is_metadata((struct sockaddr *)&v6);
}

static void test_netaddr(void)
{
	static const char *const refused[] = {
	    "169.254.169.254",	      "169.254.0.1",
	    "100.100.100.200",	      "fe80::1",
	    "::ffff:169.254.169.254", "fd00:ec2::254",
	    "64:ff9b::a9fe:a9fe"};
	static const char *const allowed[] = {"127.0.0.1",     "10.0.0.1",
					      "192.168.1.100", "169.253.0.1",
					      "::1",	       "fd00:1::1"};

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		ok(is_metadata(refused[i]), "%s is refused", refused[i]);
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
		ok(!is_metadata(allowed[i]), "%s is allowed", allowed[i]);
}

int main(void)
{
	test_netaddr();
	test_ceiling();
	test_json();
	test_err();
	test_secret();
	test_clock();
	return done_testing();
}
