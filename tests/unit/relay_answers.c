/* Answers and failover: what the client, the backend and the ledger get. */
#include "tests/support/tap.h"

#include <string.h>
#include <unistd.h>

#include "tests/support/relay_lab.h"

#define EVENT(type, rest)                                                      \
	"event: " type "\ndata: {\"type\":\"" type "\"" rest "}\n\n"
#define OPENING                                                                \
	EVENT("message_start",                                                 \
	      ",\"message\":{\"id\":\"msg_*\",\"type\":\"message\",\"role\":"  \
	      "\"assistant\",\"model\":\"claude-x\",\"content\":[],"           \
	      "\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{"        \
	      "\"input_tokens\":8,\"cache_creation_input_tokens\":0,"          \
	      "\"cache_read_input_tokens\":0,\"output_tokens\":0}}")
#define HELLO                                                                  \
	EVENT("content_block_start", ",\"index\":0,\"content_block\":{"        \
				     "\"type\":\"text\",\"text\":\"\"}")       \
	EVENT("content_block_delta", ",\"index\":0,\"delta\":{\"type\":"       \
				     "\"text_delta\",\"text\":\"Hello\"}")
#define WORLD                                                                  \
	EVENT("content_block_delta", ",\"index\":0,\"delta\":{\"type\":"       \
				     "\"text_delta\",\"text\":\" world\"}")
#define CLOSING                                                                \
	EVENT("content_block_stop", ",\"index\":0")                            \
	EVENT("message_delta",                                                 \
	      ",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":"    \
	      "null},\"usage\":{\"input_tokens\":7,"                           \
	      "\"cache_creation_input_tokens\":0,"                             \
	      "\"cache_read_input_tokens\":4,\"output_tokens\":2}")            \
	EVENT("message_stop", "")
#define PLAIN                                                                  \
	"{\"id\":\"msg_*\",\"type\":\"message\",\"role\":\"assistant\","       \
	"\"model\":\"claude-x\",\"content\":[{\"type\":\"text\",\"text\":"     \
	"\"Hello world\"}],\"stop_reason\":\"end_turn\",\"stop_sequence\":"    \
	"null,\"usage\":{\"input_tokens\":7,"                                  \
	"\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":4,"     \
	"\"output_tokens\":2}}"

static struct relay_lab lab;

static void check_row(const struct fcgi_reply *reply, int outcome, int status,
		      int attempts, const char *name)
{
	struct ledger_row row;

	ok(lab_row(&lab, reply, &row), "%s: in the ledger", name);
	is_int(row.outcome, outcome, "%s: outcome", name);
	is_int(row.status, status, "%s: status in the ledger", name);
	is_int(row.attempts, attempts, "%s: attempts", name);
}

static void check_trail(const struct fcgi_reply *reply, const char *want)
{
	struct ledger_row row;

	lab_row(&lab, reply, &row);
	is_text(str_of(row.trail), want, "which account failed, and how");
}

static void check_usage(const struct fcgi_reply *reply, const char *name)
{
	struct ledger_row row;

	lab_row(&lab, reply, &row);
	is_int(row.input, 7, "%s: input", name);
	is_int(row.cache_read, 4, "%s: cached", name);
	is_int(row.output, 2, "%s: output", name);
	ok(!row.estimated, "%s: reported, not estimated", name);
	ok(row.first_byte_ms >= 0 && row.first_byte_ms <= row.duration_ms,
	   "%s: time to the first byte", name);
	is_text(str_of(row.stop_reason), "end_turn", name);
	is_text(str_of(row.model), "claude-x", name);
	is_text(str_of(row.sent_model), "qwen", name);
	is_text(str_of(row.endpoint), "/v1/messages", name);
	is_text(str_of(row.key_id), lab.key.id, name);
	is_text(str_of(row.account_id), lab.ids[0], name);
}

static void test_plain(void)
{
	struct fcgi_reply reply;

	lab_account(&lab, "one", "/ok");
	lab_ask(&lab, LAB_PLAIN, &reply);
	is_int(fcgi_reply_status(&reply), 200, "plain: status");
	is_str(fcgi_reply_header(&reply, "content-type"),
	       STR("application/json"), "plain: type");
	lab_is_body(&reply, PLAIN, "plain: body");
	ok(reply.ended && reply.app_status == 0, "plain: ended");
	check_row(&reply, OUTCOME_COMPLETE, 200, 1, "plain");
	check_usage(&reply, "plain");
	ok(relay_backend_got(&lab.backend, "Authorization: Bearer sk-lab\r\n"),
	   "plain: the account's key was sent");
	ok(!relay_backend_got(&lab.backend, LAB_KEY),
	   "plain: the client's was not");
	fcgi_reply_release(&reply);
	lab_done(&lab, "plain");
}

static void test_stream(void)
{
	struct fcgi_reply reply;

	lab_account(&lab, "one", "/ok");
	lab_ask(&lab, LAB_STREAM, &reply);
	is_int(fcgi_reply_status(&reply), 200, "stream: status");
	is_str(fcgi_reply_header(&reply, "content-type"),
	       STR("text/event-stream; charset=utf-8"), "stream: type");
	is_str(fcgi_reply_header(&reply, "cache-control"), STR("no-cache"),
	       "stream: cache");
	is_str(fcgi_reply_header(&reply, "x-accel-buffering"), STR("no"),
	       "stream: buffering");
	is_int((int64_t)fcgi_reply_header(&reply, "request-id").n, 28,
	       "stream: request-id");
	lab_is_body(&reply, OPENING HELLO WORLD CLOSING, "stream: events");
	check_row(&reply, OUTCOME_COMPLETE, 200, 1, "stream");
	check_usage(&reply, "stream");
	fcgi_reply_release(&reply);
	lab_done(&lab, "stream");
}

static void impatient(struct account *a)
{
	a->first_byte_ms = 150;
}

/* Each fails before anything is visible; the next account answers. */
static void test_failover(void)
{
	static const char *const bad[] = {
	    "http://127.0.0.1:1", "/status-401", "/status-403",
	    "/status-404",	  "/status-429", "/status-500",
	    "/status-503",	  "/hang",	 "/cut",
	    "/error-frame"};
	static const char *const trails[] = {"bad: failed",
					     "bad: unauthorized (401)",
					     "bad: unauthorized (403)",
					     "bad: no such model (404)",
					     "bad: rate limited (429)",
					     "bad: failed (500)",
					     "bad: failed (503)",
					     "bad: failed",
					     "bad: failed",
					     "bad: failed (200)"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct fcgi_reply reply;

		lab_account_with(&lab, "bad", bad[i], impatient);
		lab_account(&lab, "good", "/ok");
		lab_ask(&lab, LAB_STREAM, &reply);
		lab_is_body(&reply, OPENING HELLO WORLD CLOSING, bad[i]);
		check_row(&reply, OUTCOME_COMPLETE, 200, 2, bad[i]);
		check_trail(&reply, trails[i]);
		fcgi_reply_release(&reply);
		lab_ask(&lab, LAB_PLAIN, &reply);
		lab_is_body(&reply, PLAIN, bad[i]);
		fcgi_reply_release(&reply);
		lab_done(&lab, bad[i]);
	}
}

/* The backend's fault: where to look. */
#define NAMED " (account \"bad\": its test says more)"

/* The same when there is nobody else: the client's answer. */
static const struct refusal {
	const char *path;
	int status;
	const char *retry_after, *type, *message;
} refusals[] = {
    {"http://127.0.0.1:1", 502, "", "api_error",
     "the upstream server refused the connection" NAMED},
    {"/status-400", 400, "", "invalid_request_error", "status 400"},
    {"/status-401", 502, "", "api_error",
     "the upstream server refused the gateway's credentials" NAMED},
    {"/status-404", 404, "", "not_found_error", "status 404"},
    {"/status-429", 429, "7", "rate_limit_error", "status 429"},
    {"/status-500", 502, "", "api_error", "status 500" NAMED},
    {"/status-503", 529, "", "overloaded_error", "status 503"},
    {"/hang", 504, "", "timeout_error",
     "the upstream server did not begin its answer in time" NAMED},
    {"/cut", 502, "", "api_error",
     "the upstream server closed the connection before it answered" NAMED},
    {"/error-frame", 502, "", "api_error", "out of memory" NAMED},
};

static void test_refusals(void)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		const struct refusal *r = &refusals[i];
		struct fcgi_reply reply;
		struct ledger_row row;

		lab_account_with(&lab, "bad", r->path, impatient);
		lab_ask(&lab, LAB_STREAM, &reply);
		lab_is_error(&reply, r->status, r->message, r->path);
		is_str(fcgi_reply_header(&reply, "retry-after"),
		       str_of(r->retry_after), "%s: retry-after", r->path);
		check_row(&reply, OUTCOME_ERROR, r->status, 1, r->path);
		lab_row(&lab, &reply, &row);
		is_text(str_of(row.error), r->type, r->path);
		ok(r->message[0] &&
		       str_starts(str_of(r->message), str_of(row.message)),
		   "%s: in words: %s", r->path, row.message);
		is_int(row.input + row.output, 0, "%s: costs nothing", r->path);
		fcgi_reply_release(&reply);
		lab_done(&lab, r->path);
	}
}

/* Three accounts at most, and the last one's words count. */
static void test_all_fail(void)
{
	struct fcgi_reply reply;
	int before = lab.backend.requests;

	lab_account(&lab, "a", "/status-500");
	lab_account(&lab, "b", "/status-503");
	lab_account(&lab, "c", "/status-429");
	lab_account(&lab, "d", "/ok");
	lab_ask(&lab, LAB_STREAM, &reply);
	lab_is_error(&reply, 429, "status 429", "all fail");
	is_str(fcgi_reply_header(&reply, "retry-after"), STR("7"),
	       "all fail: retry-after of the last");
	is_str(fcgi_reply_header(&reply, "retry-after-ms"), STR("7000"),
	       "all fail: the same in milliseconds");
	check_row(&reply, OUTCOME_ERROR, 429, 3, "all fail");
	is_int(lab.backend.requests - before, 3, "all fail: three were asked");
	fcgi_reply_release(&reply);
	lab_done(&lab, "all fail");
}

/* An account that keeps failing is left alone, a refused key at once. */
static void test_cool_down(void)
{
	static const struct {
		const char *path;
		int asked; /* before it is left alone */
	} rows[] = {{"/status-500", 3},
		    {"/cut", 3},
		    {"/status-404", 3},
		    {"/status-429", 1},
		    {"/status-401", 1}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int before = lab.backend.requests;

		lab_account(&lab, "bad", rows[i].path);
		lab_account(&lab, "good", "/ok");
		for (int n = 0; n < 6; n++) {
			struct fcgi_reply reply;

			lab_ask(&lab, LAB_PLAIN, &reply);
			is_int(fcgi_reply_status(&reply), 200, "%s: served",
			       rows[i].path);
			fcgi_reply_release(&reply);
		}
		is_int(lab.backend.requests - before, 6 + rows[i].asked,
		       "%s: then only the good one", rows[i].path);
		lab_done(&lab, rows[i].path);
	}
}

/* A client's mistake says nothing against the backend. */
static void test_no_cool_down(void)
{
	struct fcgi_reply reply;
	int before = lab.backend.requests;

	lab_account(&lab, "strict", "/status-400");
	lab_account(&lab, "good", "/ok");
	for (int n = 0; n < 6; n++) {
		lab_ask(&lab, LAB_PLAIN, &reply);
		is_int(fcgi_reply_status(&reply), 400, "400: handed on");
		fcgi_reply_release(&reply);
	}
	is_int(lab.backend.requests - before, 6, "400: asked every time");
	lab_done(&lab, "400");
}

/* After visible output there is only an honest error. */
static void test_late(const char *path, const char *message)
{
	struct fcgi_call call = lab_call(LAB_STREAM);
	struct buf want = BUF_INIT(8192);
	struct fcgi_reply reply;
	struct ledger_row row;
	int fd;

	lab_account(&lab, "bad", path);
	lab_account(&lab, "good", "/ok");
	fcgi_reply_init(&reply);
	fd = lab_begin(&lab, &call);
	ok(lab_read_until(fd, &reply, "text_delta"), "%s: visible", path);
	io_flag_set(lab.backend.go);
	ok(lab_read_all(fd, &reply), "%s: ended", path);
	close(fd);
	buf_addf(&want,
		 "%sevent: error\ndata: {\"type\":\"error\",\"error\":{"
		 "\"type\":\"api_error\",\"message\":\"%s\"},\"request_id\":"
		 "\"req_*\"}\n\n",
		 OPENING HELLO, message);
	lab_is_body(&reply, want.data, path);
	check_row(&reply, OUTCOME_ERROR, 200, 1, path);
	lab_row(&lab, &reply, &row);
	ok(row.output > 0 && row.estimated, "%s: what was said counts", path);
	is_text(str_of(row.error), "api_error", path);
	buf_release(&want);
	fcgi_reply_release(&reply);
	lab_done(&lab, path);
}

int main(void)
{
	relay_lab_start(&lab);
	test_plain();
	test_stream();
	test_failover();
	test_refusals();
	test_all_fail();
	test_cool_down();
	test_no_cool_down();
	test_late("/late-error", "out of memory");
	test_late("/late-cut",
		  "the upstream stream ended before the answer was complete");
	relay_lab_stop(&lab);
	return done_testing();
}
