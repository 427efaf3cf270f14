/* The request translators as a whole: prefix stability, names, what the relay
 * itself reads; the rows of the tables are in tests/replay/cases. */
#include "base/mem.h"
#include "base/secret.h"
#include "proto/anthropic_request.h"
#include "proto/openai_request.h"
#include "tests/support/tap.h"

struct run {
	struct arena a;
	struct jdoc doc;
	struct chat_request r;
	struct tool_names names;
	struct buf out;
	struct err e;
};

static void run_init(struct run *run)
{
	*run = (struct run){.out = BUF_INIT(1 << 24)};
	jdoc_init(&run->doc);
}

static void run_release(struct run *run)
{
	jdoc_release(&run->doc);
	buf_release(&run->out);
	arena_release(&run->a);
}

static int run_body(struct run *run, struct str body,
		    const struct openai_target *target)
{
	struct anthropic_request_options options = {.counting = false};

	if (anthropic_request_read(&run->r, &run->doc, body, &run->a, &options,
				   &run->e) < 0)
		return -1;
	return openai_request_write(&run->out, &run->r, target, &run->a,
				    &run->names, &run->e);
}

static const char *const turns[] = {
    "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"do it\"}]}",
    "{\"role\":\"system\",\"content\":\"environment\"}",
    "{\"role\":\"assistant\",\"content\":[{\"type\":\"thinking\",\"thinking\":"
    "\"hm\",\"signature\":\"\"},{\"type\":\"tool_use\",\"id\":\"t1\",\"name\":"
    "\"Read\",\"input\":{\"p\": 1}},{\"type\":\"tool_use\",\"id\":\"t2\","
    "\"name\":\"Bash\",\"input\":{}}]}",
    "{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":"
    "\"t1\",\"content\":[{\"type\":\"image\",\"source\":{\"type\":\"base64\","
    "\"media_type\":\"image/png\",\"data\":\"AAAA\"}}]},{\"type\":"
    "\"tool_result\",\"tool_use_id\":\"t2\",\"content\":\"ok\"}]}",
    "{\"role\":\"assistant\",\"content\":[{\"type\":\"tool_use\",\"id\":"
    "\"t3\",\"name\":\"Bash\",\"input\":{}}]}",
    "{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":"
    "\"t3\",\"content\":\"done\",\"is_error\":true}]}",
    "{\"role\":\"system\",\"content\":[{\"type\":\"text\",\"text\":\"date\"}]}",
    "{\"role\":\"assistant\",\"content\":\"finished\"}",
    "{\"role\":\"user\",\"content\":\"thanks\"}",
    "{\"role\":\"assistant\",\"content\":\"welcome\"}",
    "{\"role\":\"system\",\"content\":\"late\"}",
    "{\"role\":\"user\",\"content\":\"bye\"}",
};
enum { TURNS = sizeof(turns) / sizeof(turns[0]) };

/* The list of messages of the first n turns, without its closing bracket. */
static struct str messages_of(struct run *run, size_t n,
			      const struct openai_target *target)
{
	struct buf body = BUF_INIT(1 << 20);
	struct jerror why;
	struct str list = STR_NONE;

	run_init(run);
	buf_adds(&body, "{\"model\":\"x\",\"max_tokens\":10,\"system\":\"S\","
			"\"messages\":[");
	for (size_t i = 0; i < n; i++) {
		buf_adds(&body, i ? "," : "");
		buf_adds(&body, turns[i]);
	}
	buf_adds(&body, "]}");
	if (run_body(run, buf_str(&body), target) == 0 &&
	    jdoc_parse(&run->doc, buf_str(&run->out), &jscan_request_limits,
		       &why) == 0)
		list = jdoc_raw(&run->doc, jdoc_get(&run->doc, 0, "messages"));
	buf_release(&body);
	return str_sub(list, 0, list.n - (list.n > 0));
}

static void test_prefix(enum flavour flavour, bool keep)
{
	struct openai_target target = {
	    .flavour = flavour, .model = STR("m"), .keep_system_turns = keep};
	/* Where a client sends: the assistant's turn comes next. */
	static const size_t ends[] = {2, 4, 7, 9, TURNS};
	bool stable = true;

	for (size_t i = 1; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct run early, late;
		struct str before = messages_of(&early, ends[i - 1], &target);
		struct str after = messages_of(&late, ends[i], &target);

		stable = stable && before.n && after.n > before.n &&
			 str_starts(after, before);
		run_release(&early);
		run_release(&late);
	}
	ok(stable, "%s%s: a turn later the messages begin with the same bytes",
	   flavour_name(flavour), keep ? ", keep" : "");
}

static void test_names(void)
{
	struct openai_target target = {.flavour = FLAVOUR_OPENAI,
				       .model = STR("m")};
	struct str body =
	    STR("{\"model\":\"x\",\"max_tokens\":1,\"messages\":[{\"role\":"
		"\"user\",\"content\":\"q\"}],\"tools\":[{\"name\":\"plain\","
		"\"input_schema\":{}},{\"name\":\"mcp.server/tool\","
		"\"input_schema\":{}}]}");
	struct run run;

	run_init(&run);
	is_int(run_body(&run, body, &target), 0, "tools with odd names");
	is_int((int64_t)run.names.n, 1, "one of them is shortened");
	is_text(run.names.names[0].asked, "mcp.server/tool", "asked");
	is_text(run.names.names[0].sent, "mcp_server_tool_9ab4336b", "sent");
	ok(str_find(buf_str(&run.out), run.names.names[0].sent) != SIZE_MAX,
	   "the body has the name that was sent");
	buf_reset(&run.out);
	target.flavour = FLAVOUR_VLLM;
	is_int(run_body(&run, body, &target), 0, "another flavour");
	is_int((int64_t)run.names.n, 0, "takes any name");
	run_release(&run);
}

static void test_own_fields(void)
{
	struct openai_target target = {.flavour = FLAVOUR_VLLM,
				       .model = STR("m")};
	struct run run;
	struct chat_request *r = &run.r;

	run_init(&run);
	is_int(run_body(&run,
			STR("{\"model\":\"a\\u00e9\",\"max_tokens\":7,"
			    "\"stream\":true,\"metadata\":{\"user_id\":\"u\"},"
			    "\"stop_sequences\":[\"x\\ny\"],\"messages\":[{"
			    "\"role\":\"user\",\"content\":[{\"type\":"
			    "\"image\",\"source\":{\"type\":\"url\",\"url\":"
			    "\"u\"}},{\"type\":\"hole\"}]}],\"tools\":[{"
			    "\"name\":\"f\",\"input_schema\":{}},{\"type\":"
			    "\"web_search_20250305\"}],\"tool_choice\":{"
			    "\"type\":\"any\",\"disable_parallel_tool_use\":"
			    "true}}"),
			&target),
	       0, "a request with everything");
	is_text(r->model, "a\xc3\xa9", "model, decoded");
	is_text(r->user_id, "u", "user");
	is_int(r->max_tokens, 7, "max_tokens");
	ok(r->stream && r->has_images && r->has_tools && r->single_tool,
	   "flags");
	ok(r->nstops == 1 && str_is(r->stops[0], "x\ny"), "stops, decoded");
	is_int(r->dropped, DROPPED_BLOCKS | DROPPED_SERVER_TOOLS,
	       "what was dropped");
	run_release(&run);
}

static void test_session(void)
{
	static const struct {
		const char *user_id, *session;
	} rows[] = {
	    {"user_ab12_account__session_5f3c-1", "5f3c-1"},
	    {"user_a_session_b_session_c", "c"},
	    {"{\"device_id\":\"d\",\"session_id\":\"s\\u002d1\"}", "s-1"},
	    {"{\"device_id\":\"d\"}", ""},
	    {"{\"session_id\":", ""},
	    {"alice", ""},
	    {"", ""},
	};
	struct arena a = ARENA_INIT;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		is_str(anthropic_session_of(str_of(rows[i].user_id), &a),
		       str_of(rows[i].session), "session of '%s'",
		       rows[i].user_id);
	arena_release(&a);
}

static void test_limits(void)
{
	struct openai_target target = {.flavour = FLAVOUR_VLLM,
				       .model = STR("m"),
				       .extra_body = STR("[1]")};
	struct str body = STR("{\"model\":\"x\",\"max_tokens\":1,\"messages\":["
			      "{\"role\":\"user\",\"content\":\"q\"}]}");
	struct run run;

	run_init(&run);
	ok(run_body(&run, body, &target) < 0 && run.e.kind == ERR_INTERNAL,
	   "an extra body that is no object");
	target.extra_body = STR_NONE;
	run.out.max = 20;
	ok(run_body(&run, body, &target) < 0 && run.e.kind == ERR_TOO_LARGE,
	   "a body past the ceiling");
	run_release(&run);
}

/* Values inside too many others are known as a whole only: no text of theirs
 * may get lost in silence. */
static void test_depth(void)
{
	struct openai_target target = {.flavour = FLAVOUR_VLLM,
				       .model = STR("m")};
	struct buf body = BUF_INIT(1 << 20);
	struct run run;

	run_init(&run);
	buf_adds(&body, "{\"model\":\"x\",\"max_tokens\":1,\"messages\":[{"
			"\"role\":\"user\",\"content\":[");
	for (int i = 0; i < 8; i++)
		buf_adds(&body, "{\"type\":\"odd\",\"content\":[");
	buf_adds(&body, "\"lost?\"");
	for (int i = 0; i < 8; i++)
		buf_adds(&body, "]}");
	buf_adds(&body, "]}]}");
	is_int(run_body(&run, buf_str(&body), &target), -1, "refused");
	is_text(str_of(run.e.message),
		"messages.0.content.0: Input is nested too deeply",
		"too deep to be read");
	buf_release(&body);
	run_release(&run);
}

/* A tool's input may be deep: it is copied, not read. */
static bool deep_input_passes(size_t levels)
{
	struct openai_target target = {.flavour = FLAVOUR_VLLM,
				       .model = STR("m")};
	struct buf body = BUF_INIT(1 << 20), input = BUF_INIT(1 << 20);
	struct run run;
	bool passed;

	run_init(&run);
	for (size_t i = 0; i < levels; i++)
		buf_addc(&input, '[');
	for (size_t i = 0; i < levels; i++)
		buf_addc(&input, ']');
	buf_addf(&body,
		 "{\"model\":\"x\",\"max_tokens\":1,\"messages\":[{\"role\":"
		 "\"assistant\",\"content\":[{\"type\":\"tool_use\",\"id\":"
		 "\"t\",\"name\":\"f\",\"input\":{\"a\":%s}}]},{\"role\":"
		 "\"user\",\"content\":\"q\"}]}",
		 input.data);
	passed = run_body(&run, buf_str(&body), &target) == 0 &&
		 str_find(buf_str(&run.out), buf_str(&input)) != SIZE_MAX;
	buf_release(&body);
	buf_release(&input);
	run_release(&run);
	return passed;
}

static void test_thread(void)
{
	struct openai_target target = {.flavour = FLAVOUR_VLLM,
				       .model = STR("m")};
	struct run run;

	run_init(&run);
	ok(run_body(
	       &run,
	       STR("{\"model\":\"x\",\"max_tokens\":1,\"thread\":{\"type\":"
		   "\"create\"},\"messages\":[{\"role\":\"user\","
		   "\"content\":\"q\"}]}"),
	       &target) < 0 &&
	       run.e.kind == ERR_BAD_REQUEST,
	   "a message thread is refused");
	is_text(str_of(run.e.code), "thread_unsupported_request",
		"with the code that makes clients send everything");
	run_release(&run);
}

int main(void)
{
	struct err e;

	if (secret_start(&e) < 0)
		return 1;
	for (int f = 0; f < FLAVOURS; f++) {
		test_prefix((enum flavour)f, false);
		test_prefix((enum flavour)f, true);
	}
	test_names();
	test_own_fields();
	test_session();
	test_limits();
	test_depth();
	ok(deep_input_passes(200), "200 levels of input");
	ok(!deep_input_passes(256), "more than 256 levels in all");
	test_thread();
	return done_testing();
}
