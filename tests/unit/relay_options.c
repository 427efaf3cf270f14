/* Options of accounts, as clients see what they do. */
#include "tests/support/tap.h"

#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/support/relay_lab.h"

static struct relay_lab lab;
static const char *options; /* of the account that is made next */

static void with_options(struct account *a)
{
	a->options = mem_strdup(options);
}

static void account(const char *path, const char *text)
{
	options = text;
	lab_account_with(&lab, "one", path, with_options);
}

static bool answer_holds(const struct fcgi_reply *reply, const char *text)
{
	return str_find(fcgi_reply_body(reply), str_of(text)) != SIZE_MAX;
}

static void check_plain(const char *name, const char *content)
{
	struct fcgi_reply reply;

	lab_ask(&lab, LAB_PLAIN, &reply);
	is_int(fcgi_reply_status(&reply), 200, "%s: status", name);
	if (!ok(answer_holds(&reply, content), "%s: content", name))
		diag("got %.*s", STR_ARG(fcgi_reply_body(&reply)));
	fcgi_reply_release(&reply);
	lab_done(&lab, name);
}

static void test_thinking(void)
{
	account("/ok", "{\"thinkOpen\":true}");
	check_plain("thinkOpen", "\"content\":[{\"type\":\"thinking\","
				 "\"thinking\":\"Hello world\"");
	account("/ok", "{}");
	check_plain("default",
		    "\"content\":[{\"type\":\"text\",\"text\":\"Hello world\"");
}

/* A stream that ends without a word, past its first piece. */
static void check_end(const char *text, const char *want, const char *name)
{
	struct fcgi_call call = lab_call(LAB_STREAM);
	struct fcgi_reply reply;
	int fd;

	account("/late-cut", text);
	fcgi_reply_init(&reply);
	fd = lab_begin(&lab, &call);
	ok(lab_read_until(fd, &reply, "text_delta"), "%s: visible", name);
	io_flag_set(lab.backend.go);
	ok(lab_read_all(fd, &reply), "%s: ended", name);
	close(fd);
	if (!ok(answer_holds(&reply, want), "%s: its end", name))
		diag("got %.*s", STR_ARG(fcgi_reply_body(&reply)));
	fcgi_reply_release(&reply);
	lab_done(&lab, name);
}

static void check_refusal(const char *path, const char *text, int status,
			  const char *type)
{
	struct fcgi_reply reply;

	account(path, text);
	lab_ask(&lab, LAB_PLAIN, &reply);
	is_int(fcgi_reply_status(&reply), status, "%s %s", path, text);
	ok(answer_holds(&reply, type), "%s %s: %s", path, text, type);
	fcgi_reply_release(&reply);
	lab_done(&lab, path);
}

static void test_auth(void)
{
	static const char pass[] = "{\"upstreamAuth\":\"passthrough\"}";

	check_refusal("/status-401", "{}", 502, "\"api_error\"");
	check_refusal("/status-401", pass, 401, "\"authentication_error\"");
	check_refusal("/status-403", pass, 403, "\"permission_error\"");
	check_refusal("/status-404", pass, 404, "\"not_found_error\"");
}

static void test_request(void)
{
	struct fcgi_reply reply;

	account("/ok", "{\"systemRole\":\"developer\"}");
	lab_ask(&lab, LAB_BODY("\"system\":\"Be brief.\","), &reply);
	fcgi_reply_release(&reply);
	ok(relay_backend_got(&lab.backend,
			     "{\"role\":\"developer\",\"content\":\"Be "
			     "brief.\"}"),
	   "systemRole");
	lab_done(&lab, "systemRole");
}

int main(void)
{
	relay_lab_start(&lab);
	test_thinking();
	check_end("{\"eofIsEnd\":true}", "\"stop_reason\":\"end_turn\"",
		  "eofIsEnd");
	check_end("{}", "event: error", "no eofIsEnd");
	test_auth();
	test_request();
	relay_lab_stop(&lab);
	return done_testing();
}
