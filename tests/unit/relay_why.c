/* Why an account was chosen: in the ledger, and in a header for those who show
 * an administrator's token. */
#include "tests/support/tap.h"

#include <string.h>

#include "base/clock.h"
#include "store/admin.h"
#include "tests/support/relay_lab.h"

#define TOKEN "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct relay_lab lab;

static void make_session(void)
{
	struct admin_session s = {.kind = SESSION_TOKEN,
				  .username = "token:test",
				  .created_ms = clock_wall_ms()};
	struct err e;

	secret_hash(&lab.d.app.keys, STR(TOKEN), s.hash);
	ok(store_session_put(lab.d.app.store, &s, &e) == 0, "a token");
}

static void ask_with(const char *body, const char *debug, const char *token,
		     struct fcgi_reply *reply)
{
	struct fcgi_call call = lab_call(body);
	size_t n = 0;

	while (call.headers[n])
		n++;
	call.headers[n++] = debug;
	call.headers[n] = debug ? token : NULL;
	fcgi_client_call(lab.d.socket, &call, reply);
}

static void check_row(const struct fcgi_reply *reply, const char *want)
{
	struct ledger_row row;

	lab_row(&lab, reply, &row);
	is_text(str_of(row.why), want, "in the ledger");
}

#define DEBUG "x-llmrelay-debug: 1"
#define ADMIN "x-admin-token: " TOKEN
#define WHY                                                                    \
	"bad (highest priority); lower priority: good | "                      \
	"good (highest priority); failed this request: bad"

static void test_header(void)
{
	static const struct {
		const char *debug, *token, *want, *name;
	} rows[] = {
	    {NULL, NULL, NULL, "not asked"},
	    {DEBUG, NULL, NULL, "no token"},
	    {DEBUG, "x-admin-token: f" TOKEN, NULL, "a wrong token"},
	    {DEBUG, "x-admin-token: " LAB_KEY, NULL, "the API key"},
	    {"x-llmrelay-debug: 0", ADMIN, NULL, "not asked, with a token"},
	    {DEBUG, ADMIN, WHY, "asked, with a token"},
	};

	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		const char *body = i % 2 ? LAB_STREAM : LAB_PLAIN;
		struct fcgi_reply reply;
		struct str got;

		lab_account(&lab, "bad", "/status-500");
		lab_account(&lab, "good", "/ok");
		ask_with(body, rows[i / 2].debug, rows[i / 2].token, &reply);
		is_int(fcgi_reply_status(&reply), 200, "%s", rows[i / 2].name);
		got = fcgi_reply_header(&reply, "x-llmrelay-why");
		if (rows[i / 2].want)
			is_text(got, rows[i / 2].want, rows[i / 2].name);
		else
			ok(!got.p, "%s: no header", rows[i / 2].name);
		check_row(&reply, WHY);
		ok(!relay_backend_got(&lab.backend, TOKEN) &&
		       !relay_backend_got(&lab.backend, "llmrelay-debug"),
		   "%s: the backend sees nothing of it", rows[i / 2].name);
		fcgi_reply_release(&reply);
		lab_done(&lab, rows[i / 2].name);
	}
}

static void switch_off(struct account *a)
{
	a->schedulable = false;
}

/* Refusals say it too, also those from before a backend was asked. */
static void test_refusals(void)
{
	struct fcgi_reply reply;

	lab_account(&lab, "bad", "/status-500");
	ask_with(LAB_PLAIN, DEBUG, ADMIN, &reply);
	is_int(fcgi_reply_status(&reply), 502, "a failure: status");
	is_text(fcgi_reply_header(&reply, "x-llmrelay-why"),
		"bad (highest priority) | none; failed this "
		"request: bad",
		"a failure");
	fcgi_reply_release(&reply);
	lab_done(&lab, "a failure");
	lab_account_with(&lab, "off", "/ok", switch_off);
	ask_with(LAB_PLAIN, DEBUG, ADMIN, &reply);
	is_int(fcgi_reply_status(&reply), 529, "nobody: status");
	is_text(fcgi_reply_header(&reply, "x-llmrelay-why"),
		"none; not schedulable: off", "nobody");
	fcgi_reply_release(&reply);
	lab_done(&lab, "refusals");
}

int main(void)
{
	relay_lab_start(&lab);
	make_session();
	test_header();
	test_refusals();
	relay_lab_stop(&lab);
	return done_testing();
}
