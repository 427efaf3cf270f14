/* WebSearch: the relay asks a search server, then the model. */
#include "tests/support/tap.h"

#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/support/relay_lab.h"

static struct relay_lab lab;

/* A search server that says what the query asks for. */
struct searcher {
	struct io_server *server;
	struct io_flag *asked, *closed;
	pthread_mutex_t lock;
	char last[256]; /* the request line */
};
static struct searcher searcher;

#define FOUND                                                                  \
	"{\"results\":[{\"url\":\"https://a.org/1\",\"title\":\"One\","        \
	"\"content\":\"First\",\"publishedDate\":\"2026-10-21T08:15:00\"},"    \
	"{\"url\":\"https://b.org/2\",\"title\":\"Two\",\"content\":"          \
	"\"Second\"},{\"url\":\"https://c.org/3\",\"title\":\"Three\"}]}"

static void answer(struct io_conn *c, const char *status, const char *body)
{
	struct buf out = BUF_INIT(1 << 16);

	buf_addf(&out,
		 "HTTP/1.1 %s\r\nContent-Type: application/json\r\n"
		 "Location: http://127.0.0.1:%d/elsewhere\r\n"
		 "Content-Length: %zu\r\n\r\n%s",
		 status, io_server_port(c->server), strlen(body), body);
	io_say_bytes(c, out.data, out.len);
	buf_release(&out);
}

static void flood(struct io_conn *c)
{
	struct buf out = BUF_INIT(4 << 20);

	buf_adds(&out, "HTTP/1.1 200 OK\r\n\r\n{\"results\":[\"");
	while (out.len < 3 << 20)
		buf_adds(&out, "0123456789abcdef0123456789abcdef");
	io_say_bytes(c, out.data, out.len);
	buf_release(&out);
}

static void serve(struct io_conn *c)
{
	struct searcher *s = c->arg;
	struct str line;
	struct buf in;

	if (!io_read_request(c, &in))
		return;
	line = buf_str(&in);
	line = str_cut(&line, '\r');
	pthread_mutex_lock(&s->lock);
	str_put(s->last, sizeof(s->last), line);
	pthread_mutex_unlock(&s->lock);
	if (str_find(line, STR("q=busy")) != SIZE_MAX)
		answer(c, "429 No", "{}");
	else if (str_find(line, STR("q=moved")) != SIZE_MAX)
		answer(c, "302 Found", FOUND);
	else if (str_find(line, STR("q=garbage")) != SIZE_MAX)
		answer(c, "200 OK", "<html>");
	else if (str_find(line, STR("q=nothing")) != SIZE_MAX)
		answer(c, "200 OK", "{\"results\":[]}");
	else if (str_find(line, STR("q=flood")) != SIZE_MAX)
		flood(c);
	else if (str_find(line, STR("q=slow")) != SIZE_MAX) {
		io_flag_set(s->asked);
		io_wait_close(c);
		io_flag_set(s->closed);
	} else {
		answer(c, "200 OK", FOUND);
	}
	buf_release(&in);
}

static bool was_asked(const char *line)
{
	bool same;

	pthread_mutex_lock(&searcher.lock);
	same = strcmp(searcher.last, line) == 0;
	if (!same)
		diag("asked: %s", searcher.last);
	pthread_mutex_unlock(&searcher.lock);
	return same;
}

/* As Claude Code words it. */
#define ASK                                                                    \
	"{\"model\":\"claude-x\",\"max_tokens\":100,\"stream\":%s,"            \
	"\"system\":[{\"type\":\"text\",\"text\":\"You are an assistant for "  \
	"performing a web search tool use\"}],\"messages\":[{\"role\":"        \
	"\"user\",\"content\":[{\"type\":\"text\",\"text\":\"Perform a web "   \
	"search for the query: %s\"}]}],\"tools\":[{\"type\":"                 \
	"\"web_search_20250305\",\"name\":\"web_search\",\"max_uses\":8%s}],"  \
	"\"tool_choice\":{\"type\":\"tool\",\"name\":\"web_search\"}}"

static void ask(const char *stream, const char *query, const char *more,
		struct fcgi_reply *reply)
{
	struct buf body = BUF_INIT(1 << 16);

	buf_addf(&body, ASK, stream, query, more);
	lab_ask(&lab, body.data, reply);
	buf_release(&body);
}

/* The body with ids made equal, also those of searches. */
static void is_body(const struct fcgi_reply *reply, const char *want,
		    const char *name)
{
	struct str body = fcgi_reply_body(reply);
	struct buf masked = BUF_INIT(1 << 20);
	struct fcgi_reply copy = *reply;
	size_t at;

	/* The headers stay for fcgi_reply_body(). */
	buf_add(&masked, reply->out.data, reply->out.len - body.n);
	while ((at = str_find(body, STR("srvtoolu_"))) != SIZE_MAX) {
		buf_add(&masked, body.p, at + 9);
		buf_addc(&masked, '*');
		body = str_sub(body, at + 9 + 24, body.n);
	}
	buf_addstr(&masked, body);
	copy.out = masked;
	lab_is_body(&copy, want, name);
	buf_release(&masked);
}

#define EVENT(type, rest)                                                      \
	"event: " type "\ndata: {\"type\":\"" type "\"" rest "}\n\n"
#define RESULT1                                                                \
	"{\"type\":\"web_search_result\",\"title\":\"One\",\"url\":"           \
	"\"https://a.org/1\",\"encrypted_content\":\"Rmlyc3Q\","               \
	"\"page_age\":\"2026-10-21\"}"
#define RESULT2                                                                \
	"{\"type\":\"web_search_result\",\"title\":\"Two\",\"url\":"           \
	"\"https://b.org/2\",\"encrypted_content\":\"U2Vjb25k\","              \
	"\"page_age\":null}"
#define USE                                                                    \
	"{\"type\":\"server_tool_use\",\"id\":\"srvtoolu_*\",\"name\":"        \
	"\"web_search\",\"caller\":{\"type\":\"direct\"},\"input\":"
#define GOT                                                                    \
	"{\"type\":\"web_search_tool_result\",\"tool_use_id\":"                \
	"\"srvtoolu_*\",\"caller\":{\"type\":\"direct\"},\"content\":"
#define USAGE                                                                  \
	"\"usage\":{\"input_tokens\":7,\"cache_creation_input_tokens\":0,"     \
	"\"cache_read_input_tokens\":4,\"output_tokens\":2"
#define COUNTED                                                                \
	",\"server_tool_use\":{\"web_search_requests\":1,"                     \
	"\"web_fetch_requests\":0}}"
#define HEAD                                                                   \
	"{\"id\":\"msg_*\",\"type\":\"message\",\"role\":\"assistant\","       \
	"\"model\":\"claude-x\",\"content\":["
#define TEXT  "{\"type\":\"text\",\"text\":\"Hello world\"}"
#define ENDED "\"stop_reason\":\"end_turn\",\"stop_sequence\":null"
#define BLOCK(index, block)                                                    \
	EVENT("content_block_start",                                           \
	      ",\"index\":" index ",\"content_block\":" block)
#define DELTA(index, delta)                                                    \
	EVENT("content_block_delta",                                           \
	      ",\"index\":" index ",\"delta\":{\"type\":" delta "}")
#define STOP(index) EVENT("content_block_stop", ",\"index\":" index)

static const char plain[] =
    HEAD USE "{\"query\":\"more \\\"x\\\"\"}}," GOT "[" RESULT1 "," RESULT2
	     "]}," TEXT "]," ENDED "," USAGE COUNTED "}";

static const char streamed[] = BLOCK("0", USE "{}}")
    DELTA("0", "\"input_json_delta\",\"partial_json\":\"{\\\"query\\\":"
	       "\\\"more \\\\\\\"x\\\\\\\"\\\"}\"") STOP("0")
	BLOCK("1", GOT "[" RESULT1 "," RESULT2 "]}") STOP("1")
	    BLOCK("2", "{\"type\":\"text\",\"text\":\"\"}")
		DELTA("2", "\"text_delta\",\"text\":\"Hello\"")
		    DELTA("2", "\"text_delta\",\"text\":\" world\"") STOP("2")
			EVENT("message_delta",
			      ",\"delta\":{" ENDED "}," USAGE COUNTED)
			    EVENT("message_stop", "");

/* Behind message_start, whose estimate is not of interest here. */
static void stream_is(const struct fcgi_reply *reply, const char *want)
{
	struct str body = fcgi_reply_body(reply);
	size_t at = str_find(body, STR("event: content_block_start"));
	struct buf rest = BUF_INIT(1 << 20);
	struct fcgi_reply copy = *reply;

	buf_add(&rest, reply->out.data, reply->out.len - body.n);
	buf_addstr(&rest, str_sub(body, at, body.n));
	copy.out = rest;
	is_body(&copy, want, "stream");
	buf_release(&rest);
}

static void test_found(void)
{
	struct fcgi_reply reply;
	struct str body;

	ask("false", "more \\\"x\\\"", "", &reply);
	is_int(fcgi_reply_status(&reply), 200, "plain: status");
	is_body(&reply, plain, "plain");
	ok(was_asked("GET /search?q=more%20%22x%22&format=json HTTP/1.1"),
	   "plain: the question");
	ok(relay_backend_got(
	       &lab.backend,
	       "for \\\"more \\\"x\\\"\\\":\\n\\n1. One\\n"
	       "https://a.org/1 (2026-10-21)\\nFirst\\n\\n2. Two"),
	   "plain: the model reads the results");
	ok(!relay_backend_got(&lab.backend, "\"tools\""),
	   "plain: the model has no tools");
	fcgi_reply_release(&reply);
	ask("true", "more \\\"x\\\"", "", &reply);
	body = fcgi_reply_body(&reply);
	ok(str_starts(body, STR("event: message_start\n")), "stream: begin");
	stream_is(&reply, streamed);
	fcgi_reply_release(&reply);
}

static void failed(const char *query, const char *code)
{
	struct buf want = BUF_INIT(4096);
	struct fcgi_reply reply;

	ask("false", query, "", &reply);
	is_int(fcgi_reply_status(&reply), 200, "%s: status", query);
	buf_addf(&want,
		 HEAD USE "{\"query\":\"%s\"}}," GOT
			  "{\"type\":\"web_search_tool_result_error\","
			  "\"error_code\":\"%s\"}}," TEXT "]," ENDED "," USAGE
			  "}}",
		 query, code);
	is_body(&reply, want.data, query);
	ok(relay_backend_got(&lab.backend, "[The web search failed ("),
	   "%s: the model is told", query);
	fcgi_reply_release(&reply);
	buf_release(&want);
}

static void test_failures(void)
{
	int64_t limit = lab.d.settings.search_ms;
	struct buf large = BUF_INIT(8192);
	struct fcgi_reply reply;

	failed("busy", "too_many_requests");
	failed("moved", "unavailable");
	ok(was_asked("GET /search?q=moved&format=json HTTP/1.1"),
	   "a redirect is not followed");
	failed("garbage", "unavailable");
	failed("flood", "unavailable");
	failed("", "invalid_tool_input");
	lab.d.settings.search_ms = 100;
	failed("slow", "unavailable");
	io_flag_wait(searcher.asked);
	io_flag_wait(searcher.closed);
	lab.d.settings.search_ms = limit;
	while (large.len < 2000)
		buf_adds(&large, "0123456789");
	ask("false", large.data, "", &reply);
	ok(str_find(fcgi_reply_body(&reply),
		    STR("\"error_code\":\"query_too_long\"")) != SIZE_MAX,
	   "a query that is too long");
	fcgi_reply_release(&reply);
	buf_release(&large);
}

static void test_domains(void)
{
	struct fcgi_reply reply;

	ask("false", "x", ",\"allowed_domains\":[\"b.org\"]", &reply);
	ok(str_find(fcgi_reply_body(&reply),
		    STR("\"content\":[" RESULT2 "]}")) != SIZE_MAX,
	   "allowed");
	ok(was_asked("GET /search?q=x%20site%3Ab.org&format=json HTTP/1.1"),
	   "allowed: the question");
	fcgi_reply_release(&reply);
	ask("false", "x", ",\"blocked_domains\":[\"a.org\",\"c.org\"]", &reply);
	ok(str_find(fcgi_reply_body(&reply),
		    STR("\"content\":[" RESULT2 "]}")) != SIZE_MAX,
	   "blocked");
	fcgi_reply_release(&reply);
	ask("false", "nothing", "", &reply);
	ok(str_find(fcgi_reply_body(&reply), STR("\"content\":[]}")) !=
	       SIZE_MAX,
	   "nothing found");
	fcgi_reply_release(&reply);
}

/* The search is not done again for another account. */
static void test_failover(void)
{
	int before = io_server_connections(searcher.server);
	struct fcgi_reply reply;
	struct ledger_row row;

	lab_done(&lab, "before");
	lab_account(&lab, "bad", "/status-503");
	lab_account(&lab, "good", "/ok");
	ask("true", "x", "", &reply);
	is_int(fcgi_reply_status(&reply), 200, "failover: status");
	ok(str_find(fcgi_reply_body(&reply), STR("web_search_tool_result")) !=
	       SIZE_MAX,
	   "failover: with results");
	is_int(io_server_connections(searcher.server) - before, 1,
	       "failover: searched once");
	ok(lab_row(&lab, &reply, &row) && row.attempts == 2,
	   "failover: two accounts");
	fcgi_reply_release(&reply);
	lab_done(&lab, "failover");
	lab_account(&lab, "bad", "/status-503");
	ask("true", "x", "", &reply);
	is_int(fcgi_reply_status(&reply), 529, "no account: an honest status");
	fcgi_reply_release(&reply);
	lab_done(&lab, "no account");
	lab_account(&lab, "one", "/ok");
}

static void native(struct account *a)
{
	mem_free(a->protocol);
	a->protocol = mem_strdup("anthropic");
}

/* An account that speaks the Messages API gets the tool, unless there is one
 * whose requests are translated. */
static void test_native(void)
{
	int before = io_server_connections(searcher.server);
	struct fcgi_reply reply;

	lab_done(&lab, "before");
	lab_account_with(&lab, "native", "/ok", native);
	ask("false", "x", "", &reply);
	ok(relay_backend_got(&lab.backend, "\"type\":\"web_search_20250305\""),
	   "native: it may search itself");
	is_int(io_server_connections(searcher.server), before,
	       "native: the relay does not");
	fcgi_reply_release(&reply);
	lab_account(&lab, "one", "/ok");
	ask("false", "x", "", &reply);
	is_int(io_server_connections(searcher.server), before + 1,
	       "native: it does for another account");
	fcgi_reply_release(&reply);
	lab_done(&lab, "native");
	lab_account(&lab, "one", "/ok");
}

static void test_gone(void)
{
	struct buf body = BUF_INIT(1 << 16);
	struct ledger_row row;
	struct fcgi_call call;
	char before[LEDGER_ID_BYTES];
	int fd;

	lab_newest(&lab, &row);
	memcpy(before, row.request_id, sizeof(before));
	lab.d.settings.search_ms = 500;
	buf_addf(&body, ASK, "true", "slow", "");
	call = lab_call(body.data);
	fd = lab_begin(&lab, &call);
	ok(io_flag_wait(searcher.asked), "gone: it searches");
	close(fd);
	ok(lab_next_row(&lab, before, &row), "gone: in the ledger");
	is_int(row.outcome, OUTCOME_ABORTED, "gone: outcome");
	io_flag_wait(searcher.closed);
	buf_release(&body);
}

/* The responder ends while it searches. */
static void test_stop(void)
{
	struct buf body = BUF_INIT(1 << 16);
	struct fcgi_reply reply;
	struct fcgi_call call;
	int fd;

	lab.d.settings.search_ms = 60000;
	buf_addf(&body, ASK, "true", "slow", "");
	call = lab_call(body.data);
	fcgi_reply_init(&reply);
	fd = lab_begin(&lab, &call);
	ok(io_flag_wait(searcher.asked), "stop: it searches");
	fcgi_in_stop(lab.d.in);
	app_close(&lab.d.app, 0);
	ok(lab_read_all(fd, &reply), "stop: ended in good order");
	lab_is_error(&reply, 503, "the gateway is being restarted", "stop");
	close(fd);
	fcgi_reply_release(&reply);
	buf_release(&body);
	if (app_open(&lab.d.app, &lab.d.settings, NULL) < 0)
		ok(false, "stop: cannot open again");
	lab.d.in = NULL;
}

int main(void)
{
	struct buf url = BUF_INIT(256);

	pthread_mutex_init(&searcher.lock, NULL);
	searcher.asked = io_flag_new();
	searcher.closed = io_flag_new();
	searcher.server = io_server_start(serve, &searcher);
	relay_lab_start(&lab);
	buf_addf(&url, "http://127.0.0.1:%d/search",
		 io_server_port(searcher.server));
	mem_free(lab.d.settings.search_url);
	lab.d.settings.search_url = mem_strdup(url.data);
	lab.d.settings.search_results = 2;
	lab_account(&lab, "one", "/ok");
	test_found();
	test_failures();
	test_domains();
	test_failover();
	test_native();
	test_gone();
	lab_done(&lab, "search");
	lab_account(&lab, "one", "/ok");
	test_stop();
	relay_lab_stop(&lab);
	io_server_stop(searcher.server);
	io_flag_free(searcher.asked);
	io_flag_free(searcher.closed);
	buf_release(&url);
	return done_testing();
}
