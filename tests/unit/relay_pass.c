/* OpenAI's endpoints, whose requests and answers are passed on. */
#include "tests/support/tap.h"

#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/support/relay_lab.h"

#define CHAT(more)                                                             \
	"{ \"model\" : \"gpt-x\"," more                                        \
	"\"messages\":[{\"role\":\"user\",\"content\":\"hi \\u0041\"}]}"
#define CHAT_STREAM CHAT("\"stream\":true,")
#define CHUNK(delta)                                                           \
	"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" delta     \
	"\"}}]}\n\n"
#define STOP                                                                   \
	"data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":"     \
	"\"stop\"}]}\n\n"
#define ANSWER CHUNK("Hello") CHUNK(" world") STOP "data: [DONE]\n\n"
#define PLAIN                                                                  \
	"{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","      \
	"\"content\":\"Hello world\"},\"finish_reason\":\"stop\"}],\"usage\":" \
	"{\"prompt_tokens\":11,\"completion_tokens\":2,"                       \
	"\"prompt_tokens_details\":{\"cached_tokens\":4}}}"
static struct relay_lab lab;

static void native(struct account *a)
{
	mem_free(a->protocol);
	a->protocol = mem_strdup("anthropic");
}

static void blind(struct account *a)
{
	a->capabilities &= ~(unsigned)CAP_VISION;
}

static struct fcgi_call call_to(const char *uri, const char *body)
{
	struct fcgi_call call = lab_call(body);

	call.uri = uri;
	call.headers[0] = "authorization: Bearer " LAB_KEY;
	return call;
}

static void ask(const char *uri, const char *body, struct fcgi_reply *reply)
{
	struct fcgi_call call = call_to(uri, body);

	fcgi_client_call(lab.d.socket, &call, reply);
}

static void check_row(const struct fcgi_reply *reply, const char *endpoint,
		      const char *stop)
{
	struct ledger_row row;

	ok(lab_row(&lab, reply, &row), "%s: in the ledger", endpoint);
	is_text(str_of(row.endpoint), endpoint, "endpoint");
	is_int(row.outcome, OUTCOME_COMPLETE, "%s: outcome", endpoint);
	is_int(row.input, 7, "%s: input", endpoint);
	is_int(row.cache_read, 4, "%s: cached", endpoint);
	is_int(row.output, 2, "%s: output", endpoint);
	ok(!row.estimated, "%s: reported", endpoint);
	is_text(str_of(row.stop_reason), stop, endpoint);
	is_text(str_of(row.sent_model), "qwen", endpoint);
}

static void check_sent(const char *text, const char *name)
{
	ok(relay_backend_got(&lab.backend, text), "%s", name);
}

static void test_stream(void)
{
	struct fcgi_reply reply;

	lab_account(&lab, "one", "/ok");
	ask("/v1/chat/completions", CHAT_STREAM, &reply);
	is_int(fcgi_reply_status(&reply), 200, "stream: status");
	is_str(fcgi_reply_header(&reply, "content-type"),
	       STR("text/event-stream; charset=utf-8"), "stream: type");
	is_int((int64_t)fcgi_reply_header(&reply, "x-request-id").n, 28,
	       "stream: x-request-id");
	lab_is_body(&reply, ANSWER, "stream: events, without our usage");
	check_row(&reply, "/v1/chat/completions", "stop");
	check_sent("\r\n\r\n{\"stream_options\":{\"include_usage\":true}, "
		   "\"model\" : \"qwen\",\"stream\":true,\"messages\":[{"
		   "\"role\":\"user\",\"content\":\"hi \\u0041\"}]}",
		   "stream: every other byte is the client's");
	check_sent("Authorization: Bearer sk-lab\r\n",
		   "stream: the account's key was sent");
	ok(!relay_backend_got(&lab.backend, LAB_KEY),
	   "stream: the client's was not");
	fcgi_reply_release(&reply);
	lab_done(&lab, "stream");
}

static void test_plain(void)
{
	struct fcgi_reply reply;

	lab_account(&lab, "one", "/ok");
	ask("/openai/v1/chat/completions", CHAT(""), &reply);
	is_str(fcgi_reply_header(&reply, "content-type"),
	       STR("application/json"), "plain: type");
	lab_is_body(&reply, PLAIN, "plain: body");
	check_row(&reply, "/v1/chat/completions", "stop");
	check_sent("\r\n\r\n{ \"model\" : \"qwen\",\"messages\"",
		   "plain: nothing is added");
	fcgi_reply_release(&reply);
	lab_done(&lab, "plain");
}

/* Who gave it gets what was asked for. */
static void test_own_usage(void)
{
	struct fcgi_reply reply;

	lab_account(&lab, "one", "/ok");
	ask("/v1/chat/completions",
	    CHAT("\"stream\":true,\"stream_options\":{"
		 "\"include_usage\":true},"),
	    &reply);
	ok(str_find(fcgi_reply_body(&reply), STR("\"choices\":[],")) !=
	       SIZE_MAX,
	   "usage: the client's own chunk stays");
	fcgi_reply_release(&reply);
	ask("/v1/chat/completions",
	    CHAT("\"stream\":true,\"stream_options\":{"
		 "\"include_usage\":false},"),
	    &reply);
	check_sent("\"stream_options\":{\"include_usage\":false}",
		   "usage: what the client forbids is not asked for");
	fcgi_reply_release(&reply);
	lab_done(&lab, "usage");
}

static void test_paths(void)
{
	static const char *const paths[][2] = {
	    {"/v1/chat/completions", "POST /ok/v1/chat/completions "},
	    {"/openai/chat/completions", "POST /ok/v1/chat/completions "},
	    {"/azure/chat/completions", "POST /ok/v1/chat/completions "},
	    {"/api/v1/chat/completions", "POST /ok/v1/chat/completions "},
	    {"/openai/deployments/gpt-x/chat/completions?api-version=1",
	     "POST /ok/v1/chat/completions "},
	    {"/v1/completions", "POST /ok/v1/completions "},
	    {"/openai/v1/completions", "POST /ok/v1/completions "},
	    {"/v1/embeddings", "POST /ok/v1/embeddings "},
	    {"/azure/embeddings", "POST /ok/v1/embeddings "},
	    {"/v1/responses", "POST /ok/v1/responses "},
	    {"/openai/responses", "POST /ok/v1/responses "},
	};

	lab_account(&lab, "one", "/ok");
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct fcgi_reply reply;

		ask(paths[i][0], CHAT(""), &reply);
		is_int(fcgi_reply_status(&reply), 200, "%s", paths[i][0]);
		check_sent(paths[i][1], paths[i][0]);
		fcgi_reply_release(&reply);
	}
	lab_done(&lab, "paths");
}

/* The model may stand in the path alone. */
static void test_deployment(void)
{
	struct fcgi_reply reply;

	lab_account(&lab, "one", "/ok");
	ask("/openai/deployments/gpt-x/embeddings", "{\"input\":\"a\"}",
	    &reply);
	is_int(fcgi_reply_status(&reply), 200, "deployment: status");
	check_sent("\r\n\r\n{\"model\":\"qwen\",\"input\":\"a\"}",
		   "deployment: the model is added");
	fcgi_reply_release(&reply);
	lab_done(&lab, "deployment");
}

static void check_body(const char *uri, const char *body, int status,
		       const char *want)
{
	struct fcgi_reply reply;

	ask(uri, body, &reply);
	is_int(fcgi_reply_status(&reply), status, "%s: status", uri);
	is_str(fcgi_reply_header(&reply, "content-type"),
	       STR("application/json"), "%s: type", uri);
	lab_is_body(&reply, want, uri);
	ok(reply.ended, "%s: ended", uri);
	fcgi_reply_release(&reply);
}

#define OWN(message, type, code)                                               \
	"{\"error\":{\"message\":\"" message "\",\"type\":\"" type             \
	"\",\"param\":null,\"code\":" code "}}"

static void test_refusals(void)
{
	struct fcgi_call call = call_to("/v1/embeddings", CHAT(""));
	struct fcgi_reply reply;

	lab_account_with(&lab, "blind", "/ok", blind);
	check_body("/v1/chat/completions", "{\"model\":", 400,
		   OWN("the body is not valid JSON: unexpected end at byte 9",
		       "invalid_request_error", "null"));
	check_body("/v1/chat/completions", "{}", 400,
		   OWN("you must provide a model parameter",
		       "invalid_request_error", "null"));
	check_body("/v1/chat/completions",
		   "{\"model\":\"m\",\"messages\":[{\"role\":\"user\","
		   "\"content\":[{\"type\":\"image_url\",\"image_url\":{"
		   "\"url\":\"data:image/png;base64,AA\"}}]}]}",
		   400,
		   OWN("model: m (no account that serves it takes images)",
		       "invalid_request_error", "null"));
	check_body("/openai/v1/nothing", "{}", 404,
		   OWN("Not found: POST /openai/v1/nothing. Chat completions "
		       "are at /v1/chat/completions",
		       "invalid_request_error", "\"unknown_url\""));
	call.method = "GET";
	fcgi_client_call(lab.d.socket, &call, &reply);
	is_int(fcgi_reply_status(&reply), 405, "method: status");
	is_str(fcgi_reply_header(&reply, "allow"), STR("POST"), "method");
	lab_is_body(&reply,
		    OWN("Method Not Allowed: use POST", "invalid_request_error",
			"\"method_not_supported\""),
		    "method: body");
	fcgi_reply_release(&reply);
	call.method = "POST";
	call.headers[0] = "authorization: Bearer cr_nothing_like_it";
	fcgi_client_call(lab.d.socket, &call, &reply);
	is_int(fcgi_reply_status(&reply), 401, "key: status");
	lab_is_body(&reply,
		    OWN("invalid bearer token", "invalid_request_error",
			"\"invalid_api_key\""),
		    "key: body");
	fcgi_reply_release(&reply);
	lab_done(&lab, "refusals");
}

/* Accounts that speak another protocol are no choice, and say so. */
static void test_models(void)
{
	struct fcgi_call call = call_to("/v1/models/nobody", NULL);
	struct fcgi_reply reply;
	static const char *const paths[] = {"/v1/models/nobody",
					    "/openai/v1/models/nobody",
					    "/azure/models/nobody"};

	call.method = "GET";
	for (size_t i = 0; i < 3; i++) {
		call.uri = paths[i];
		fcgi_client_call(lab.d.socket, &call, &reply);
		is_int(fcgi_reply_status(&reply), 404, "%s", paths[i]);
		lab_is_body(&reply,
			    OWN("model: nobody", "invalid_request_error",
				"\"model_not_found\""),
			    paths[i]);
		fcgi_reply_release(&reply);
	}
	call.headers[1] = "anthropic-version: 2023-06-01";
	call.uri = paths[0];
	fcgi_client_call(lab.d.socket, &call, &reply);
	ok(str_starts(fcgi_reply_body(&reply), STR("{\"type\":\"error\"")),
	   "models: Anthropic's clients in their words");
	fcgi_reply_release(&reply);
}

static void test_faces(void)
{
	lab_account_with(&lab, "claude", "/native", native);
	check_body("/v1/chat/completions", CHAT(""), 404,
		   OWN("model: gpt-x (the accounts that serve it speak "
		       "another protocol than this request needs)",
		       "invalid_request_error", "\"model_not_found\""));
	lab_account(&lab, "busy", "/status-503");
	check_body("/v1/chat/completions", CHAT(""), 503,
		   "{\"error\":{\"message\":\"status 503\",\"type\":\"test\"}}"
		   "");
	lab_done(&lab, "faces");
}

static void impatient(struct account *a)
{
	a->first_byte_ms = 150;
}

static void test_failover(void)
{
	static const char *const bad[] = {
	    "http://127.0.0.1:1", "/status-401", "/status-404", "/status-429",
	    "/status-500",	  "/hang",	 "/cut",	"/error-frame"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct fcgi_reply reply;

		lab_account_with(&lab, "bad", bad[i], impatient);
		lab_account(&lab, "good", "/ok");
		ask("/v1/chat/completions", CHAT_STREAM, &reply);
		lab_is_body(&reply, ANSWER, bad[i]);
		fcgi_reply_release(&reply);
		ask("/v1/chat/completions", CHAT(""), &reply);
		lab_is_body(&reply, PLAIN, bad[i]);
		fcgi_reply_release(&reply);
		lab_done(&lab, bad[i]);
	}
}

/* The backend's own words and status, but for our credentials. */
static void test_kept_errors(void)
{
	struct fcgi_reply reply;
	struct ledger_row row;

	lab_account(&lab, "one", "/tells");
	ask("/v1/chat/completions", CHAT_STREAM, &reply);
	is_int(fcgi_reply_status(&reply), 422, "kept: status");
	lab_is_body(&reply,
		    "{\"error\":{\"message\":\"no n for Bearer ******\","
		    "\"type\":\"odd\",\"param\":\"n\",\"code\":17}}",
		    "kept: body");
	lab_row(&lab, &reply, &row);
	is_int(row.status, 422, "kept: in the ledger");
	fcgi_reply_release(&reply);
	lab_done(&lab, "kept");
	lab_account(&lab, "one", "/status-429");
	ask("/v1/chat/completions", CHAT(""), &reply);
	is_int(fcgi_reply_status(&reply), 429, "429: status");
	is_str(fcgi_reply_header(&reply, "retry-after"), STR("7"),
	       "429: retry-after");
	fcgi_reply_release(&reply);
	lab_done(&lab, "429");
	lab_account(&lab, "one", "/status-401");
	check_body("/v1/chat/completions", CHAT(""), 502,
		   OWN("the upstream server refused the gateway's credentials "
		       "(account \\\"one\\\": its test says more)",
		       "server_error", "\"upstream_error\""));
	lab_done(&lab, "401");
}

/* A backend that does not know what only we have asked for. */
static void test_refused_usage(void)
{
	struct fcgi_reply reply;

	lab_account(&lab, "one", "/refuse-stream_options");
	for (int i = 0; i < 2; i++) {
		int before = lab.backend.requests;

		ask("/v1/chat/completions", CHAT_STREAM, &reply);
		is_int(fcgi_reply_status(&reply), 200, "no usage: status");
		is_int(lab.backend.requests - before, i ? 1 : 2,
		       "no usage: asked");
		fcgi_reply_release(&reply);
	}
	lab_done(&lab, "no usage");
}

static void test_late(const char *path, const char *error)
{
	struct fcgi_call call = call_to("/v1/chat/completions", CHAT_STREAM);
	struct buf want = BUF_INIT(8192);
	struct fcgi_reply reply;
	struct ledger_row row;
	int fd;

	lab_account(&lab, "bad", path);
	lab_account(&lab, "good", "/ok");
	fcgi_reply_init(&reply);
	fd = lab_begin(&lab, &call);
	ok(lab_read_until(fd, &reply, "Hello"), "%s: visible", path);
	io_flag_set(lab.backend.go);
	ok(lab_read_all(fd, &reply), "%s: ended", path);
	close(fd);
	buf_addf(&want, "%sdata: %s\n\n", CHUNK("Hello"), error);
	lab_is_body(&reply, want.data, path);
	lab_row(&lab, &reply, &row);
	is_int(row.outcome, OUTCOME_ERROR, "%s: outcome", path);
	is_int(row.output, 2, "%s: what was said counts", path);
	buf_release(&want);
	fcgi_reply_release(&reply);
	lab_done(&lab, path);
}

/* Let go as it comes; half of it never ends well. */
static void test_big(void)
{
	struct fcgi_call call = call_to("/v1/embeddings", CHAT(""));
	struct fcgi_reply reply;
	struct ledger_row row;
	int fd;

	lab_account(&lab, "one", "/big");
	ask("/v1/embeddings", CHAT(""), &reply);
	ok(reply.ended, "big: ended");
	ok(str_ends(fcgi_reply_body(&reply),
		    STR("0],\"model\":\"gpt-x\",\"usage\":{\"prompt_tokens\":"
			"11}}")),
	   "big: spliced at its end");
	is_int((int64_t)fcgi_reply_body(&reply).n, 4096 * 203 + 57,
	       "big: all of it");
	lab_row(&lab, &reply, &row);
	is_int(row.input, 11, "big: usage");
	fcgi_reply_release(&reply);
	lab_done(&lab, "big");
	lab_account(&lab, "one", "/big-cut");
	fcgi_reply_init(&reply);
	fd = lab_begin(&lab, &call);
	ok(!lab_read_all(fd, &reply), "big, cut: no good end");
	close(fd);
	fcgi_reply_release(&reply);
	lab_done(&lab, "big, cut");
}

int main(void)
{
	relay_lab_start(&lab);
	test_stream();
	test_plain();
	test_own_usage();
	test_paths();
	test_deployment();
	test_refusals();
	test_models();
	test_faces();
	test_failover();
	test_kept_errors();
	test_refused_usage();
	test_late("/late-error",
		  "{\"error\":{\"message\":\"out of memory\",\"code\":500}}");
	test_late("/late-cut",
		  OWN("the upstream stream ended before the answer was "
		      "complete",
		      "server_error", "\"upstream_error\""));
	test_big();
	relay_lab_stop(&lab);
	return done_testing();
}
