/* Small endpoints, and who is let in: what is said of each credential. */
#include "tests/support/tap.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "tests/support/relay_lab.h"

static struct relay_lab lab;

static void ask(const struct fcgi_call *call, int status, const char *body,
		const char *name)
{
	struct fcgi_reply reply;

	fcgi_client_call(lab.d.socket, call, &reply);
	is_int(fcgi_reply_status(&reply), status, "%s: status", name);
	is_text(fcgi_reply_body(&reply), body, name);
	ok(reply.ended, "%s: ended", name);
	fcgi_reply_release(&reply);
}

static void test_probes(void)
{
	static const char landing[] =
	    "llmrelay: point ANTHROPIC_BASE_URL here; POST /v1/messages\n";
	static const char *const uris[] = {
	    "/",	 "/v1",	    "/v1/",    "/api",
	    "/api/",	 "/api/v1", "/claude", "/api/claude/v1/",
	    "/api/hello"};
	struct fcgi_call call = {.method = "HEAD"};

	for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
		call.uri = uris[i];
		call.method = "HEAD";
		ask(&call, 200, "", uris[i]);
		call.method = "GET";
		ask(&call, 200, landing, uris[i]);
	}
	call.method = "HEAD";
	call.uri = "/v1/models";
	call.headers[0] = LAB_HEADER;
	ask(&call, 200, "", "models");
}

static void test_sink(void)
{
	static const char *const uris[] = {
	    "/api/event_logging/batch", "/api/api/event_logging/batch",
	    "/claude/api/event_logging/batch", "/api/event_logging/v2/batch"};
	struct fcgi_call call = {.method = "POST", .body = "{\"events\":[]}"};
	struct buf big = BUF_INIT(1024 * 1024);

	for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
		call.uri = uris[i];
		ask(&call, 200, "{}", uris[i]);
	}
	while (big.len < 512 * 1024)
		buf_adds(&big, "0123456789abcdef");
	call.body = big.data;
	ask(&call, 200, "{}", "large, by a stranger");
	call.headers[0] = LAB_HEADER;
	ask(&call, 200, "{}", "large, with a key");
	buf_release(&big);
}

static void no_entry(const char *header, const char *message)
{
	struct fcgi_call call = lab_call(LAB_PLAIN);
	struct fcgi_reply reply;

	call.headers[0] = header;
	fcgi_client_call(lab.d.socket, &call, &reply);
	lab_is_error(&reply, 401, message, header);
	is_str(fcgi_reply_header(&reply, "x-should-retry"), STR("false"),
	       "%s: nobody need try again", header);
	fcgi_reply_release(&reply);
}

static void test_no_entry(void)
{
	no_entry("x-other: 1", "x-api-key header is required");
	no_entry("x-api-key: cr_nothing_like_it", "invalid x-api-key");
	no_entry("authorization: Bearer cr_nothing_like_it",
		 "invalid bearer token");
	no_entry("api-key: cr_nothing_like_it", "invalid api-key");
	lab.key.deleted_ms = 1;
	lab_put_key(&lab);
	no_entry("Authorization: Bearer " LAB_KEY, "invalid bearer token");
	no_entry(LAB_HEADER, "invalid x-api-key");
	lab.key.deleted_ms = 0;
	lab.key.active = false;
	lab_put_key(&lab);
	no_entry(LAB_HEADER, "this API key is disabled");
	lab.key.active = true;
	lab_put_key(&lab);
}

#define ONE                                                                    \
	"{\"requests\":1,\"tokens\":9,\"inputTokens\":7,\"outputTokens\":2,"   \
	"\"cacheCreateTokens\":0,\"cacheReadTokens\":4,\"allTokens\":13,"      \
	"\"cost\":0}"
#define USAGE                                                                  \
	"\"usage\":{\"daily\":" ONE ",\"monthly\":" ONE ",\"total\":" ONE      \
	",\"averages\":{\"rpm\":1,\"tpm\":13}}"

/* What it begins with, and that it ends with a time of now. */
static void own(const char *uri, const char *begin)
{
	struct fcgi_call call = {.method = "GET", .uri = uri};
	struct fcgi_reply reply;
	struct buf want = BUF_INIT(4096);
	struct str body;

	call.headers[0] = LAB_HEADER;
	fcgi_client_call(lab.d.socket, &call, &reply);
	body = fcgi_reply_body(&reply);
	is_int(fcgi_reply_status(&reply), 200, "%s: status", uri);
	buf_adds(&want, begin);
	is_str(str_sub(body, 0, want.len), buf_str(&want), "%s", uri);
	is_int((int64_t)(body.n - want.len), 26, "%s: a time follows", uri);
	ok(str_ends(body, STR("Z\"}")), "%s: its end", uri);
	buf_release(&want);
	fcgi_reply_release(&reply);
	call.headers[0] = NULL;
	fcgi_client_call(lab.d.socket, &call, &reply);
	is_int(fcgi_reply_status(&reply), 401, "%s: without a key", uri);
	fcgi_reply_release(&reply);
}

static void test_own(void)
{
	struct buf want = BUF_INIT(4096);
	struct fcgi_reply reply;

	lab_account(&lab, "one", "/ok");
	lab_ask(&lab, LAB_PLAIN, &reply);
	fcgi_reply_release(&reply);
	buf_addf(&want,
		 "{\"id\":\"user_%s\",\"type\":\"user\",\"display_name\":"
		 "\"lab\",\"created_at\":\"",
		 lab.key.id);
	own("/v1/me", want.data);
	own("/claude/v1/me", want.data);
	lab.key.window_minutes = 5;
	lab.key.window_tokens = 10000;
	lab.key.window_requests = 60;
	lab.key.concurrency_limit = 7;
	lab_put_key(&lab);
	own("/api/v1/usage",
	    "{" USAGE ",\"limits\":{\"tokens\":10000,\"requests\":60,"
	    "\"windowMinutes\":5,\"concurrency\":7,\"windowCost\":0,"
	    "\"dailyCost\":0,\"totalCost\":0},\"timestamp\":\"");
	buf_reset(&want);
	buf_addf(&want,
		 "{\"keyInfo\":{\"id\":\"%s\",\"name\":\"lab\",\"tokenLimit\":"
		 "10000," USAGE "},\"timestamp\":\"",
		 lab.key.id);
	own("/v1/key-info", want.data);
	buf_release(&want);
	lab_done(&lab, "own");
}

static void known(struct account *a)
{
	a->models = mem_array(1, sizeof(*a->models));
	a->models[0].asked = mem_strdup("claude-x");
	a->nmodels = 1;
	a->context_window = 8192;
	a->max_output = 4096;
}

static void wide(struct account *a)
{
	known(a);
	a->context_window = 32768;
	a->max_output = 0;
}

static void check_model(const char *limits, const char *name)
{
	struct fcgi_call call = {.method = "GET",
				 .uri = "/v1/models/claude-x",
				 .headers = {LAB_HEADER}};
	struct buf want = BUF_INIT(1024);
	struct fcgi_reply reply;

	buf_addf(&want,
		 "{\"type\":\"model\",\"id\":\"claude-x\",\"display_name\":"
		 "\"claude-x\",\"created_at\":\"2025-01-01T00:00:00Z\",%s,"
		 "\"object\":\"model\",\"created\":1735689600,\"owned_by\":"
		 "\"llmrelay\"}",
		 limits);
	fcgi_client_call(lab.d.socket, &call, &reply);
	is_str(fcgi_reply_body(&reply), buf_str(&want), "%s", name);
	buf_release(&want);
	fcgi_reply_release(&reply);
}

/* As much as any account that may get the request takes. */
static void test_limits(void)
{
	lab_account_with(&lab, "wide", "/ok", wide);
	check_model("\"max_input_tokens\":32768,\"max_tokens\":32768",
		    "a window");
	lab_account_with(&lab, "narrow", "/ok", known);
	check_model("\"max_input_tokens\":8192,\"max_tokens\":4096",
		    "the least of two");
	lab_done(&lab, "limits");
	lab_account(&lab, "any", "/ok");
	check_model("\"max_input_tokens\":null,\"max_tokens\":null",
		    "nothing known");
	lab_done(&lab, "limits");
}

int main(void)
{
	relay_lab_start(&lab);
	test_probes();
	test_sink();
	test_no_entry();
	test_own();
	test_limits();
	relay_lab_stop(&lab);
	return done_testing();
}
