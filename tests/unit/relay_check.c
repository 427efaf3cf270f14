/* What llmrelayctl check asks: who is let in, what is told, when events leave.
 */
#include "tests/support/tap.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/tickets.h"
#include "app/webserver.h"
#include "base/clock.h"
#include "tests/support/relay_lab.h"

static struct relay_lab lab;
static char key_line[128], bearer_line[128];

static void take_ticket(void)
{
	char ticket[TICKET_TEXT + 1];

	tickets_make(lab.d.app.tickets, &lab.d.app.keys, clock_mono_ms(),
		     ticket);
	snprintf(key_line, sizeof(key_line), "x-api-key: %s", ticket);
	snprintf(bearer_line, sizeof(bearer_line), "Authorization: Bearer %s",
		 ticket);
}

static struct fcgi_call with_ticket(const char *method, const char *uri)
{
	return (struct fcgi_call){
	    .method = method, .uri = uri, .headers = {key_line, bearer_line}};
}

static void answers(const struct fcgi_call *call, int status, const char *part,
		    const char *name)
{
	struct fcgi_reply reply;

	fcgi_client_call(lab.d.socket, call, &reply);
	is_int(fcgi_reply_status(&reply), status, "%s: status", name);
	ok(str_find(fcgi_reply_body(&reply), str_of(part)) != SIZE_MAX,
	   "%s: %s", name, part);
	fcgi_reply_release(&reply);
}

static void test_strangers(void)
{
	static const char *const uris[] = {
	    "GET /v1/check/echo/x", "GET /v1/check/stream",
	    "GET /v1/check/silence?seconds=100", "POST /v1/check/seen"};

	for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
		struct str uri = str_of(uris[i]);
		char method[8];
		struct fcgi_call call = {.method = method};

		str_put(method, sizeof(method), str_cut(&uri, ' '));
		call.uri = uri.p;
		answers(&call, 401, "this is for llmrelayctl check", uris[i]);
		call.headers[0] = LAB_HEADER;
		answers(&call, 401, "this is for llmrelayctl check", uris[i]);
	}
}

static void test_echo(void)
{
	struct fcgi_call call =
	    with_ticket("POST", "/api/v1/check/echo/Qwen%2FQwen3?a=%2F");

	call.body = "abc";
	answers(&call, 200, "\"bytes\":3", "echo");
	answers(&call, 200,
		"\"sha256\":\"ba7816bf8f01cfea414140de5dae2223"
		"b00361a396177a9cb410ff61f20015ad\"",
		"echo");
	answers(&call, 200, "\"path\":\"Qwen/Qwen3\"", "echo");
	answers(&call, 200, "\"query\":\"a=%2F\"", "echo");
	answers(&call, 200, "\"authorization\":true", "echo");
	call.headers[1] = NULL;
	answers(&call, 200, "\"authorization\":false", "without it");
	call.headers[1] = "Authorization: Bearer x";
	answers(&call, 200, "\"authorization\":false", "another one");
}

static void say_seen(const char *uri)
{
	struct fcgi_call call = with_ticket("POST", uri);

	answers(&call, 200, "{}", uri);
}

/* The next event leaves when the one before was seen. */
static void test_stream(void)
{
	struct fcgi_call call = with_ticket("GET", "/v1/check/stream");
	struct fcgi_reply reply;
	int fd = lab_begin(&lab, &call);

	fcgi_reply_init(&reply);
	ok(lab_read_until(fd, &reply, "\"event\":1,"), "the first event");
	ok(str_find(buf_str(&reply.out), STR("\"event\":2")) == SIZE_MAX,
	   "no second one yet");
	say_seen("/v1/check/seen?events=1");
	ok(lab_read_until(fd, &reply, "\"event\":2,"), "the second event");
	say_seen("/v1/check/seen?events=2");
	ok(lab_read_until(fd, &reply, "\"event\":3,"), "the third event");
	say_seen("/v1/check/seen?events=3");
	ok(lab_read_all(fd, &reply), "the end");
	is_text(fcgi_reply_header(&reply, "content-type"),
		"text/event-stream; charset=utf-8", "type");
	close(fd);
	fcgi_reply_release(&reply);
	lab_done(&lab, "stream");
}

static void test_left(void)
{
	struct fcgi_call call =
	    with_ticket("GET", "/v1/check/silence?seconds=1000");
	int fd = lab_begin(&lab, &call);

	close(fd);
	lab_done(&lab, "left");
	call.uri = "/v1/check/silence?seconds=0";
	answers(&call, 200, "{}", "no silence");
}

/* The oldest goes when there are too many; each holds for its time. */
static void test_tickets(void)
{
	struct tickets *t = tickets_new();
	const struct secret_keys *keys = &lab.d.app.keys;
	char text[TICKETS + 1][TICKET_TEXT + 1];
	const int64_t life_ms = TICKET_MINUTES * 60000LL;

	for (int i = 0; i <= TICKETS; i++)
		tickets_make(t, keys, i, text[i]);
	is_int(tickets_find(t, keys, str_of(text[0]), TICKETS), -1, "gone");
	for (int i = 1; i <= TICKETS; i++)
		ok(tickets_find(t, keys, str_of(text[i]), TICKETS) >= 0,
		   "ticket %d", i);
	is_int(tickets_find(t, keys, str_of(text[1]), 1 + life_ms), -1, "over");
	ok(tickets_find(t, keys, str_of(text[2]), 1 + life_ms) >= 0,
	   "not yet over");
	is_int(tickets_find(t, keys, STR("x"), 1), -1, "short");
	tickets_free(t);
}

static void test_web_servers(void)
{
	static const struct {
		const char *software, *script;
		enum webserver want;
	} rows[] = {
	    {"lighttpd/1.4.69", "", WEBSERVER_LIGHTTPD},
	    {"nginx/1.22.1", "", WEBSERVER_NGINX},
	    {"Apache/2.4.71 (Debian)", "proxy:fcgi://llmrelay/v1/x",
	     WEBSERVER_APACHE},
	    {"Apache", "/usr/lib/cgi-bin/llmrelay.cgi", WEBSERVER_APACHE_CGI},
	    {"Apache", "/srv/www/llmrelay.fcgi", WEBSERVER_APACHE_FCGID},
	    {"Apache", "", WEBSERVER_APACHE},
	    {"Caddy", "", WEBSERVER_OTHER},
	    {"", "", WEBSERVER_OTHER},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		is_int(webserver_of(str_of(rows[i].software),
				    str_of(rows[i].script)),
		       rows[i].want, "%s", rows[i].software);
	for (int w = 0; w < WEBSERVERS; w++) {
		for (int topic = 0; topic < WEBTOPICS; topic++)
			ok(webserver_fix(w, topic) != NULL, "%s, %d",
			   webserver_name(w), topic);
	}
}

int main(void)
{
	relay_lab_start(&lab);
	take_ticket();
	test_strangers();
	test_echo();
	test_stream();
	test_left();
	test_tickets();
	test_web_servers();
	relay_lab_stop(&lab);
	return done_testing();
}
