/* Messages to accounts that speak them: passed on as they are. */
#include "tests/support/tap.h"

#include <string.h>

#include "base/mem.h"
#include "tests/support/relay_lab.h"

#define NATIVE                                                                 \
	"event: message_start\ndata: {\"type\":\"message_start\",\"message\":" \
	"{\"id\":\"m\",\"model\":\"claude-x\",\"usage\":{\"input_tokens\":7,"  \
	"\"cache_read_input_tokens\":4,\"output_tokens\":1}}}\n\n"
#define NATIVE_END                                                             \
	"event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":"   \
	"{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":2}}\n\n"  \
	"event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"

static struct relay_lab lab;

static void native(struct account *a)
{
	mem_free(a->protocol);
	a->protocol = mem_strdup("anthropic");
}

static void check_row(const struct fcgi_reply *reply)
{
	struct ledger_row row;

	ok(lab_row(&lab, reply, &row), "in the ledger");
	is_text(str_of(row.endpoint), "/v1/messages", "endpoint");
	is_int(row.outcome, OUTCOME_COMPLETE, "outcome");
	is_int(row.input, 7, "input");
	is_int(row.cache_read, 4, "cached");
	is_int(row.output, 2, "output");
	ok(!row.estimated, "reported");
	is_text(str_of(row.stop_reason), "end_turn", "stop reason");
	is_text(str_of(row.sent_model), "qwen", "sent model");
}

static void check_sent(const char *text, const char *name)
{
	ok(relay_backend_got(&lab.backend, text), "%s", name);
}

static void test_native(void)
{
	struct fcgi_call call = lab_call(LAB_STREAM);
	struct fcgi_reply reply;

	lab_account_with(&lab, "claude", "/native", native);
	call.headers[2] = "anthropic-beta: some-2025";
	call.headers[3] = "anthropic-version: 2024-01-01";
	fcgi_client_call(lab.d.socket, &call, &reply);
	lab_is_body(&reply, NATIVE NATIVE_END, "native: events");
	check_row(&reply);
	check_sent("POST /native/v1/messages ", "native: address");
	check_sent("x-api-key: sk-lab\r\n", "native: key");
	check_sent("Authorization: Bearer sk-lab\r\n", "native: and bearer");
	check_sent("anthropic-beta: some-2025\r\n", "native: beta");
	check_sent("anthropic-version: 2024-01-01\r\n", "native: version");
	ok(!relay_backend_got(&lab.backend, "2023-06-01"),
	   "native: one version");
	check_sent("\r\n\r\n{\"model\":\"qwen\",\"max_tokens\":100,"
		   "\"stream\":true,\"messages\":[{\"role\":\"user\","
		   "\"content\":\"hi\"}]}",
		   "native: the client's bytes");
	fcgi_reply_release(&reply);
	lab_ask(&lab, LAB_PLAIN, &reply);
	lab_is_body(&reply,
		    "{\"id\":\"m\",\"model\":\"claude-x\",\"stop_reason\":"
		    "\"end_turn\",\"usage\":{\"input_tokens\":7,"
		    "\"cache_read_input_tokens\":4,\"output_tokens\":2}}",
		    "native: plain");
	check_row(&reply);
	check_sent("anthropic-version: 2023-06-01\r\n",
		   "native: a version in any case");
	fcgi_reply_release(&reply);
	lab_done(&lab, "native");
}

static void test_native_cut(void)
{
	struct fcgi_reply reply;

	lab_account_with(&lab, "claude", "/native-cut", native);
	lab_ask(&lab, LAB_STREAM, &reply);
	lab_is_body(&reply,
		    NATIVE
		    "event: error\ndata: {\"type\":\"error\",\"error\":{"
		    "\"type\":\"api_error\",\"message\":\"the upstream stream "
		    "ended before the answer was complete\"},\"request_id\":"
		    "\"req_*\"}\n\n",
		    "native, cut");
	fcgi_reply_release(&reply);
	lab_done(&lab, "native, cut");
}

/* What nobody could translate. */
static void test_untranslatable(void)
{
	static const char request[] =
	    "{\"model\":\"claude-x\",\"max_tokens\":9223372036854775807,"
	    "\"stream\":true,\"mcp_servers\":[{\"url\":\"https://m\"}],"
	    "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
	struct fcgi_reply reply;

	lab_account(&lab, "translated", "/ok");
	lab_ask(&lab, request, &reply);
	is_int(fcgi_reply_status(&reply), 400, "untranslatable: refused");
	fcgi_reply_release(&reply);
	lab_account_with(&lab, "claude", "/native", native);
	lab_ask(&lab, request, &reply);
	lab_is_body(&reply, NATIVE NATIVE_END, "untranslatable: passed on");
	check_row(&reply);
	check_sent("\"mcp_servers\":[{\"url\":\"https://m\"}]",
		   "untranslatable: as it is");
	fcgi_reply_release(&reply);
	lab_ask(&lab, "{\"model\":\"claude-x\",\"max_tokens\":}", &reply);
	is_int(fcgi_reply_status(&reply), 400, "no JSON is refused still");
	fcgi_reply_release(&reply);
	lab_done(&lab, "untranslatable");
}

/* From one protocol to the other, before anything is visible. */
static void test_across(void)
{
	struct fcgi_reply reply;

	lab_account(&lab, "translated", "/status-500");
	lab_account_with(&lab, "claude", "/native", native);
	lab_ask(&lab, LAB_STREAM, &reply);
	lab_is_body(&reply, NATIVE NATIVE_END, "to native");
	fcgi_reply_release(&reply);
	lab_done(&lab, "to native");
	lab_account_with(&lab, "claude", "/cut", native);
	lab_account(&lab, "translated", "/ok");
	lab_ask(&lab, LAB_STREAM, &reply);
	ok(str_find(fcgi_reply_body(&reply), STR("event: message_stop")) !=
	       SIZE_MAX,
	   "from native: translated");
	check_row(&reply);
	fcgi_reply_release(&reply);
	lab_done(&lab, "from native");
}

int main(void)
{
	relay_lab_start(&lab);
	test_native();
	test_native_cut();
	test_untranslatable();
	test_across();
	relay_lab_stop(&lab);
	return done_testing();
}
