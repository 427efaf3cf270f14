/* What is refused before a backend is asked, and what backends teach. */
#include "tests/support/tap.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "tests/support/relay_lab.h"

static struct relay_lab lab;

static void check_error(const struct fcgi_call *call, int status,
			const char *message, const char *name)
{
	struct fcgi_reply reply;

	fcgi_client_call(lab.d.socket, call, &reply);
	lab_is_error(&reply, status, message, name);
	fcgi_reply_release(&reply);
}

static void check_key(const char *header, const char *message, const char *name)
{
	struct fcgi_call call = lab_call(LAB_PLAIN);

	call.headers[0] = header;
	check_error(&call, 401, message, name);
}

static void test_keys(void)
{
	check_key("x-other: 1", "x-api-key header is required", "no key");
	check_key("x-api-key: ", "x-api-key header is required", "empty key");
	check_key("x-api-key: cr_nothing_like_it", "invalid x-api-key",
		  "unknown key");
	check_key("authorization: Bearer cr_nothing_like_it",
		  "invalid bearer token", "unknown bearer");
	check_key("authorization: Basic " LAB_KEY,
		  "x-api-key header is required", "not a bearer");
	lab.key.active = false;
	lab_put_key(&lab);
	check_key(LAB_HEADER, "this API key is disabled", "disabled");
	lab.key.active = true;
	lab.key.expires_ms = clock_wall_ms() - 1;
	lab_put_key(&lab);
	check_key(LAB_HEADER, "this API key has expired", "expired");
	lab.key.expires_ms = 0;
	lab.key.deleted_ms = 1;
	lab_put_key(&lab);
	check_key(LAB_HEADER, "invalid x-api-key", "in the trash");
	lab.key.deleted_ms = 0;
	lab_put_key(&lab);
}

/* Either credential that is valid counts. */
static void test_spellings(void)
{
	static const char *const headers[] = {
	    LAB_HEADER, "authorization: Bearer " LAB_KEY,
	    "Authorization: bearer  " LAB_KEY " ", "api-key: " LAB_KEY};
	static const char *const paths[] = {
	    "/v1/messages?beta=true", "/api/v1/messages", "/claude/v1/messages",
	    "/v1/v1/messages", "//v1//messages/"};
	struct fcgi_call call = lab_call(LAB_PLAIN);
	struct fcgi_reply reply;

	lab_account(&lab, "one", "/ok");
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		call.headers[0] = headers[i];
		fcgi_client_call(lab.d.socket, &call, &reply);
		is_int(fcgi_reply_status(&reply), 200, "%s", headers[i]);
		fcgi_reply_release(&reply);
	}
	call = lab_call(LAB_PLAIN);
	call.headers[2] = "authorization: Bearer cr_not_the_right_one";
	fcgi_client_call(lab.d.socket, &call, &reply);
	is_int(fcgi_reply_status(&reply), 200, "one of two is right");
	fcgi_reply_release(&reply);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		call = lab_call(LAB_PLAIN);
		call.uri = paths[i];
		fcgi_client_call(lab.d.socket, &call, &reply);
		is_int(fcgi_reply_status(&reply), 200, "%s", paths[i]);
		fcgi_reply_release(&reply);
	}
	lab_done(&lab, "spellings");
}

static void one_model(struct account *a)
{
	a->models = mem_array(1, sizeof(*a->models));
	a->models[0].asked = mem_strdup("known");
	a->models[0].sent = mem_strdup("qwen");
	a->nmodels = 1;
	a->models_are_map = true;
}

static void asleep(struct account *a)
{
	a->schedulable = false;
}

static void retired(struct account *a)
{
	a->active = false;
}

static void test_models(void)
{
	struct fcgi_call call = lab_call(LAB_PLAIN);

	lab_account_with(&lab, "one", "/ok", one_model);
	check_error(&call, 404,
		    "model: claude-x (no account of this gateway serves this "
		    "name)",
		    "unknown model");
	lab.key.nallowed = 1;
	lab.key.allowed_models = mem_array(1, sizeof(char *));
	lab.key.allowed_models[0] = mem_strdup("other-*");
	lab_put_key(&lab);
	check_error(&call, 403, "this API key may not use the model claude-x",
		    "model not allowed");
	mem_free(lab.key.allowed_models[0]);
	lab.key.allowed_models[0] = mem_strdup("claude-*");
	lab.key.nrestricted = 1;
	lab.key.restricted_models = mem_array(1, sizeof(char *));
	lab.key.restricted_models[0] = mem_strdup("claude-x");
	lab_put_key(&lab);
	check_error(&call, 403, "this API key may not use the model claude-x",
		    "model restricted");
	lab.key.nallowed = lab.key.nrestricted = 0;
	mem_free(lab.key.allowed_models[0]);
	mem_free(lab.key.allowed_models);
	mem_free(lab.key.restricted_models[0]);
	mem_free(lab.key.restricted_models);
	lab.key.allowed_models = lab.key.restricted_models = NULL;
	lab_put_key(&lab);
	lab_done(&lab, "models");
}

static void test_hops(void)
{
	struct fcgi_call call = lab_call(LAB_PLAIN);
	struct fcgi_reply reply;

	lab_account(&lab, "one", "/ok");
	call.headers[2] = "x-llmrelay-hops: 3";
	fcgi_client_call(lab.d.socket, &call, &reply);
	is_int(fcgi_reply_status(&reply), 200, "gateways in a row are fine");
	fcgi_reply_release(&reply);
	call.headers[2] = "x-llmrelay-hops: 4";
	check_error(&call, 400,
		    "this request has passed 4 gateways: the address of an "
		    "account leads back to where it came from",
		    "a loop has an end");
	lab_done(&lab, "hops");
}

static void test_all_out(void)
{
	struct fcgi_reply reply;

	lab_account_with(&lab, "night", "/ok", asleep);
	lab_account_with(&lab, "old", "/ok", retired);
	lab_ask(&lab, LAB_PLAIN, &reply);
	is_int(fcgi_reply_status(&reply), 529, "all out: status");
	ok(str_find(fcgi_reply_body(&reply),
		    STR("No account can serve claude-x now: ")) != SIZE_MAX &&
	       str_find(fcgi_reply_body(&reply),
			STR("night: not schedulable")) != SIZE_MAX &&
	       str_find(fcgi_reply_body(&reply), STR("old: not active")) !=
		   SIZE_MAX,
	   "all out: each with its reason");
	is_str(fcgi_reply_header(&reply, "retry-after"), STR("60"),
	       "all out: retry-after");
	is_str(fcgi_reply_header(&reply, "x-should-retry"), STR("false"),
	       "all out: nothing will change by itself");
	fcgi_reply_release(&reply);
	lab_done(&lab, "all out");
}

static void test_bodies(void)
{
	struct fcgi_call call = lab_call("{\"model\":");
	struct buf big = BUF_INIT(1024 * 1024);
	struct fcgi_reply reply;

	lab_account(&lab, "one", "/ok");
	fcgi_client_call(lab.d.socket, &call, &reply);
	is_int(fcgi_reply_status(&reply), 400, "half a body");
	fcgi_reply_release(&reply);
	call = lab_call(LAB_PLAIN);
	call.announce = 1000;
	check_error(&call, 400,
		    "The request body is shorter than its Content-Length",
		    "truncated");
	buf_adds(&big, "{\"x\":\"");
	while (big.len < 200 * 1024)
		buf_adds(&big, "0123456789abcdef");
	call = lab_call(big.data);
	check_error(&call, 413,
		    "Request exceeds the maximum size of 33554432 bytes",
		    "too large");
	buf_release(&big);
	call = lab_call(LAB_BODY("\"thread\":{\"type\":\"create\"},"));
	fcgi_client_call(lab.d.socket, &call, &reply);
	is_int(fcgi_reply_status(&reply), 400, "thread: status");
	ok(str_find(fcgi_reply_body(&reply),
		    STR(",\"details\":{\"error_code\":"
			"\"thread_unsupported_request\",\"unsupported\":["
			"\"thread\"]}}")) != SIZE_MAX,
	   "thread: the code that tool runners look for");
	fcgi_reply_release(&reply);
	lab_done(&lab, "bodies");
}

static void test_methods(void)
{
	struct fcgi_call call = {.method = "GET", .uri = "/v1/messages"};
	struct fcgi_reply reply;

	fcgi_client_call(lab.d.socket, &call, &reply);
	is_int(fcgi_reply_status(&reply), 405, "GET: status");
	is_str(fcgi_reply_header(&reply, "allow"), STR("POST"), "GET: allow");
	fcgi_reply_release(&reply);
	call.method = "HEAD";
	fcgi_client_call(lab.d.socket, &call, &reply);
	is_int(fcgi_reply_status(&reply), 405, "HEAD: status");
	is_int((int64_t)fcgi_reply_body(&reply).n, 0, "HEAD: no body");
	fcgi_reply_release(&reply);
	call.uri = "/health";
	fcgi_client_call(lab.d.socket, &call, &reply);
	is_int(fcgi_reply_status(&reply), 200, "HEAD /health: status");
	is_int((int64_t)fcgi_reply_body(&reply).n, 0, "HEAD /health: no body");
	ok(reply.ended, "HEAD /health: ended");
	fcgi_reply_release(&reply);
	call.uri = "/v1/nothing%0d%0aSet-Cookie:x";
	call.method = "PUT";
	fcgi_client_call(lab.d.socket, &call, &reply);
	is_int(fcgi_reply_status(&reply), 404, "elsewhere: status");
	ok(fcgi_reply_header(&reply, "set-cookie").p == NULL,
	   "elsewhere: no header can be slipped in");
	fcgi_reply_release(&reply);
}

/* One request at a time; the next is admitted right after the last byte. */
static void test_concurrency(void)
{
	struct fcgi_call call = lab_call(LAB_STREAM);
	struct fcgi_reply reply, more;
	int fd;

	lab.key.concurrency_limit = 1;
	lab_put_key(&lab);
	lab_account(&lab, "one", "/steps");
	fcgi_reply_init(&reply);
	fd = lab_begin(&lab, &call);
	ok(io_flag_wait(lab.backend.asked), "limit: one is under way");
	lab_ask(&lab, LAB_STREAM, &more);
	lab_is_error(&more, 429,
		     "This API key has 1 requests in flight and its "
		     "concurrency limit is 1",
		     "limit");
	is_str(fcgi_reply_header(&more, "retry-after"), STR("1"),
	       "limit: retry-after");
	fcgi_reply_release(&more);
	io_flag_set(lab.backend.go);
	io_flag_set(lab.backend.go);
	lab_read_until(fd, &reply, "message_stop");
	for (int i = 0; i < 30; i++) {
		int next = lab_begin(&lab, &call);

		close(fd);
		fcgi_reply_release(&reply);
		io_flag_set(lab.backend.go);
		io_flag_set(lab.backend.go);
		lab_read_until(next, &reply, "message_stop");
		if (fcgi_reply_status(&reply) != 200)
			ok(false, "limit: round %d was refused", i);
		io_flag_wait(lab.backend.asked);
		fd = next;
	}
	ok(true, "limit: thirty in a row were let in");
	close(fd);
	fcgi_reply_release(&reply);
	lab.key.concurrency_limit = 0;
	lab_put_key(&lab);
	lab_done(&lab, "limit");
}

/* Left out once it was refused, and from then on. */
static void test_learned(void)
{
	struct fcgi_reply reply;
	int before = lab.backend.refusals;
	struct ledger_row row;

	lab_account(&lab, "strict", "/refuse-stream_options");
	for (int i = 0; i < 2; i++) {
		lab_ask(&lab, LAB_STREAM, &reply);
		is_int(fcgi_reply_status(&reply), 200, "learned: status");
		lab_row(&lab, &reply, &row);
		is_int(row.attempts, 1, "learned: one account");
		is_int(row.output, 2, "learned: usage");
		fcgi_reply_release(&reply);
		is_int(lab.backend.refusals - before, 1,
		       "learned: refused once only");
	}
	lab_done(&lab, "learned");
	/* Its meaning is the client's: that 400 is passed on. */
	lab_account(&lab, "strict", "/refuse-messages");
	before = lab.backend.refusals;
	lab_ask(&lab, LAB_STREAM, &reply);
	lab_is_error(&reply, 400,
		     "Unrecognized request argument supplied: messages",
		     "not ours");
	is_int(lab.backend.refusals - before, 1, "not ours: asked once");
	fcgi_reply_release(&reply);
	lab_done(&lab, "not ours");
}

/* "At least" tells nothing of the prompt: the estimate decides, once. */
static void test_overflow_at_least(void)
{
	static const char body[] =
	    "{\"model\":\"m\",\"max_tokens\":32000,\"stream\":true,"
	    "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
	struct fcgi_reply reply;
	int before = lab.backend.refusals;

	lab_account(&lab, "vllm", "/least-fits");
	lab_ask(&lab, body, &reply);
	is_int(fcgi_reply_status(&reply), 200, "at least: answered");
	is_int(lab.backend.refusals - before, 1, "at least: refused once");
	ok(relay_backend_got(&lab.backend, "\"max_tokens\":7991"),
	   "at least: 8000 - 9, the estimate");
	fcgi_reply_release(&reply);
	lab_done(&lab, "at least");
	lab_account(&lab, "vllm", "/least-never");
	before = lab.backend.refusals;
	lab_ask(&lab, body, &reply);
	is_int(fcgi_reply_status(&reply), 400, "never: refused");
	is_int(lab.backend.refusals - before, 2, "never: two tries");
	ok(str_find(fcgi_reply_body(&reply),
		    STR("prompt is too long: 8001 tokens > 8000 maximum")) !=
	       SIZE_MAX,
	   "never: in words that make clients compact");
	fcgi_reply_release(&reply);
	lab_done(&lab, "never");
}

static void test_overflow(void)
{
	static const char body[] =
	    "{\"model\":\"m\",\"max_tokens\":32000,\"stream\":true,"
	    "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
	struct fcgi_reply reply;
	int before = lab.backend.refusals;

	lab_account(&lab, "small", "/overflow");
	lab_ask(&lab, body, &reply);
	is_int(fcgi_reply_status(&reply), 200, "overflow: answered");
	is_int(lab.backend.refusals - before, 1, "overflow: refused once");
	ok(relay_backend_got(&lab.backend, "\"max_tokens\":184"),
	   "overflow: 1000 - 800 - 16");
	fcgi_reply_release(&reply);
	lab_done(&lab, "overflow");
	lab_account(&lab, "small", "/too-long");
	before = lab.backend.requests;
	lab_ask(&lab, body, &reply);
	is_int(fcgi_reply_status(&reply), 400, "too long: status");
	ok(str_find(fcgi_reply_body(&reply),
		    STR("\"prompt is too long: 2000 tokens > 1000 maximum")) !=
	       SIZE_MAX,
	   "too long: the words that clients act on");
	is_int(lab.backend.requests - before, 1, "too long: asked once");
	fcgi_reply_release(&reply);
	lab_done(&lab, "too long");
}

static void as_azure(struct account *a)
{
	mem_free(a->flavour);
	a->flavour = mem_strdup("azure");
}

/* What the backend is not told stands in the request's line of the log. */
static void test_dropped(void)
{
	char name[] = "/tmp/llmrelay-log-XXXXXX", text[8192];
	int fd = mkstemp(name);
	struct fcgi_reply reply;
	ssize_t n;

	log_init(fd, LOG_INFO);
	lab_account_with(&lab, "one", "/ok", as_azure);
	lab_ask(
	    &lab,
	    LAB_BODY("\"stop_sequences\":[\"a\",\"b\",\"c\",\"d\",\"e\"],"
		     "\"tools\":[{\"type\":\"web_search_20250305\",\"name\":"
		     "\"web_search\"},{\"name\":\"t\",\"input_schema\":{"
		     "\"type\":\"object\"}}],"),
	    &reply);
	is_int(fcgi_reply_status(&reply), 200, "dropped: status");
	fcgi_reply_release(&reply);
	lab_ask(&lab, LAB_PLAIN, &reply);
	fcgi_reply_release(&reply);
	lab_done(&lab, "dropped");
	log_init(STDERR_FILENO, LOG_ERROR);
	n = pread(fd, text, sizeof(text), 0);
	ok(n > 0 && str_find((struct str){text, (size_t)n},
			     STR(" dropped=server_tools,stops\n")) != SIZE_MAX,
	   "dropped: logged");
	ok(n > 0 && str_find((struct str){text, (size_t)n},
			     STR(" stop=end_turn\n")) != SIZE_MAX,
	   "dropped: nothing is said when nothing was");
	close(fd);
	unlink(name);
}

int main(void)
{
	relay_lab_start(&lab);
	test_keys();
	test_spellings();
	test_models();
	test_hops();
	test_all_out();
	test_bodies();
	test_methods();
	test_concurrency();
	test_learned();
	test_overflow();
	test_overflow_at_least();
	test_dropped();
	relay_lab_stop(&lab);
	return done_testing();
}
