#include "tests/support/tap.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "io/probe.h"
#include "tests/support/io_server.h"

#define OK_JSON	  "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
#define OK_STREAM "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
#define FRAME(x)  "data: {\"choices\":[{\"index\":0,\"delta\":{" x "}}]}\n\n"
#define USAGE                                                                  \
	"data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,"                \
	"\"completion_tokens\":2}}\n\ndata: [DONE]\n\n"
#define HELLO                                                                  \
	OK_STREAM FRAME("\"role\":\"assistant\",\"content\":null")             \
	    FRAME("\"content\":\"Hel\"") FRAME("\"content\":\"lo \\u4f60\"")
#define CALL                                                                   \
	OK_STREAM FRAME("\"tool_calls\":[{\"index\":0,\"id\":\"a\","           \
			"\"function\":{\"name\":\"get_weather\","              \
			"\"arguments\":\"{\"}}]") USAGE
#define VLLM                                                                   \
	OK_JSON "{\"object\":\"list\",\"data\":[{\"id\":\"qwen3-32b\","        \
		"\"owned_by\":\"vllm\",\"max_model_len\":32768},"              \
		"{\"id\":\"other\",\"max_model_len\":1}]}"
#define MISSING "HTTP/1.1 404 Not Found\r\n\r\n"

/* A kind of server, by the first part of the path. */
static const struct backend {
	const char *name, *models, *chat, *tool;
	const char *facts; /* at any address outside of /v1 */
	/* Asked for the model qwen3-32b, in full, the result is: */
	bool ok, streaming, tools, usage, found;
	int64_t window;
	const char *flavour, *text;
	const char *message[3]; /* are in it */
} backends[] = {
    {
	.name = "good",
	.models = VLLM,
	.chat = HELLO USAGE,
	.tool = CALL,
	.ok = true,
	.streaming = true,
	.tools = true,
	.usage = true,
	.found = true,
	.window = 32768,
	.flavour = "vllm",
	.text = "Hello \xe4\xbd\xa0",
	.message = {"Works", "first token after ", "Tool calls work."},
    },
    {
	.name = "llama",
	.models = OK_JSON "{\"data\":[{\"id\":\"tiny\",\"owned_by\":"
			  "\"llamacpp\",\"meta\":{\"n_ctx_train\":131072}}]}",
	.chat = HELLO "data: {\"choices\":[],\"timings\":{\"n_ctx\":8192}}\n\n",
	.tool = HELLO USAGE,
	.ok = true,
	.streaming = true,
	.usage = true,
	.window = 8192,
	.flavour = "llamacpp",
	.text = "Hello \xe4\xbd\xa0",
	.message = {"no \"qwen3-32b\"; it has: tiny.", "No tool call came"},
    },
    {
	.name = "props",
	.models = OK_JSON "{\"data\":[{\"id\":\"tiny\",\"owned_by\":"
			  "\"llamacpp\",\"meta\":{\"n_ctx_train\":131072}}]}",
	.chat = HELLO USAGE,
	.tool = HELLO USAGE,
	.facts = OK_JSON "{\"default_generation_settings\":{\"n_ctx\":4096},"
			 "\"total_slots\":4}",
	.ok = true,
	.streaming = true,
	.usage = true,
	.window = 4096,
	.flavour = "llamacpp",
	.text = "Hello \xe4\xbd\xa0",
    },
    {
	.name = "ps",
	.models = OK_JSON "{\"data\":[{\"id\":\"qwen3-32b:latest\","
			  "\"owned_by\":\"library\"}]}",
	.chat = HELLO USAGE,
	.tool = CALL,
	.facts = OK_JSON "{\"models\":[{\"name\":\"qwen3-32b-x\","
			 "\"context_length\":1},{\"name\":"
			 "\"qwen3-32b:latest\",\"context_length\":40960}]}",
	.ok = true,
	.streaming = true,
	.tools = true,
	.usage = true,
	.window = 40960,
	.flavour = "ollama",
	.text = "Hello \xe4\xbd\xa0",
    },
    {
	.name = "no-facts",
	.models = OK_JSON "{\"data\":[{\"id\":\"m\",\"owned_by\":"
			  "\"library\"}]}",
	.chat = HELLO USAGE,
	.tool = CALL,
	.facts = MISSING,
	.ok = true,
	.streaming = true,
	.tools = true,
	.usage = true,
	.flavour = "ollama",
	.text = "Hello \xe4\xbd\xa0",
	.message = {"Works"},
    },
    {
	.name = "no-list",
	.models = MISSING,
	.chat = HELLO,
	.tool = "HTTP/1.1 400 Bad\r\n\r\n{\"object\":\"error\",\"message\":"
		"\"\\\"auto\\\" tool choice requires "
		"--enable-auto-tool-choice\"}",
	.ok = true,
	.streaming = true,
	.flavour = "",
	.text = "Hello \xe4\xbd\xa0",
	.message = {"reports no usage", "Tool calls do not work",
		    "requires --enable-auto-tool-choice"},
    },
    {
	.name = "thinks",
	.models = MISSING,
	.chat = OK_STREAM FRAME("\"reasoning_content\":\"Hm\"") USAGE,
	.tool = CALL,
	.ok = true,
	.streaming = true,
	.tools = true,
	.usage = true,
	.flavour = "",
	.text = "",
	.message = {"Works"},
    },
    {
	.name = "key",
	.models = "HTTP/1.1 401 No\r\n\r\n",
	.chat = "HTTP/1.1 401 No\r\n\r\n{\"error\":{\"message\":"
		"\"Bad key: sk-secret-key\\n\"}}",
	.flavour = "",
	.text = "",
	.message = {"refused the API key", "It said: Bad key: *************"},
    },
    {
	.name = "model",
	.models = OK_JSON "{\"data\":[{\"id\":\"a\"},{\"id\":\"b\"}]}",
	.chat = "HTTP/1.1 404 No\r\n\r\n{\"message\":\"The model does not "
		"exist.\"}",
	.flavour = "",
	.text = "",
	.message = {"no model \"qwen3-32b\". It has: a, b.",
		    "Set deploymentName to one of them"},
    },
    {
	.name = "whole",
	.models = VLLM,
	.chat = OK_JSON "{\"choices\":[{\"message\":{\"content\":\"Hi\"}}]}",
	.found = true,
	.window = 32768,
	.flavour = "vllm",
	.text = "Hi",
	.message = {"in one piece: a stream"},
    },
    {
	.name = "shape",
	.models = VLLM,
	.chat = OK_JSON "{\"result\":\"hello\"}",
	.found = true,
	.window = 32768,
	.flavour = "vllm",
	.text = "",
	.message = {"Wrong response format", "choices[0].message", "\"hello\""},
    },
    {
	.name = "html",
	.models = OK_JSON "<html>",
	.chat = OK_JSON "<html><h1>It works!</h1>",
	.flavour = "",
	.text = "",
	.message = {"not JSON", "<h1>It works!"},
    },
    {
	.name = "error-frame",
	.models = VLLM,
	.chat = OK_STREAM "data: {\"error\":{\"message\":\"out of memory\"}}"
			  "\n\n",
	.found = true,
	.window = 32768,
	.flavour = "vllm",
	.text = "",
	.message = {"answered with an error: out of memory"},
    },
    {
	.name = "moved",
	.models = "HTTP/1.1 301 Go\r\nLocation: /\r\n\r\n",
	.chat = "HTTP/1.1 301 Go\r\nLocation: /\r\n\r\n",
	.flavour = "",
	.text = "",
	.message = {"301", "Redirects are not followed"},
    },
    {
	.name = "busy",
	.models = VLLM,
	.chat = "HTTP/1.1 503 No\r\n\r\n",
	.found = true,
	.window = 32768,
	.flavour = "vllm",
	.text = "",
	.message = {"503", "loading the model or is overloaded"},
    },
    {
	.name = "empty",
	.models = VLLM,
	.chat = OK_STREAM,
	.found = true,
	.window = 32768,
	.flavour = "vllm",
	.text = "",
	.message = {"empty answer"},
    },
    {
	.name = "closes",
	.models = "",
	.flavour = "",
	.text = "",
	.message = {"closed the connection", "/closes/v1/models"},
    },
    {
	.name = "ssh",
	.models = "SSH-2.0-OpenSSH_9.2\r\n",
	.flavour = "",
	.text = "",
	.message = {"did not answer as an HTTP server"},
    },
};

/* Wants max_completion_tokens, then knows no stream_options. */
static const char *picky(struct str request)
{
	if (str_find(request, STR("\"max_tokens\"")) != SIZE_MAX)
		return "HTTP/1.1 400 No\r\n\r\n{\"error\":{\"message\":\"Use "
		       "'max_completion_tokens' instead.\"}}";
	if (str_find(request, STR("stream_options")) != SIZE_MAX)
		return "HTTP/1.1 422 No\r\n\r\n{\"detail\":[{\"loc\":"
		       "[\"body\",\"stream_options\"]}]}";
	return HELLO;
}

static void flood(struct io_conn *c)
{
	io_say(c, OK_STREAM);
	for (int i = 0; i < 5000; i++)
		io_say(c, FRAME("\"content\":\"twenty or so words\""));
}

static const char *answer(const struct backend *b, struct str request)
{
	struct str path = request;

	path = str_cut(&path, '\r');
	if (b->facts && str_find(path, STR("/v1/")) == SIZE_MAX)
		return b->facts;
	if (str_starts(request, STR("GET ")))
		return b->models;
	if (str_find(request, STR("\"tools\"")) != SIZE_MAX)
		return b->tool;
	return b->chat;
}

static void serve(struct io_conn *c)
{
	struct buf in;
	struct str path, name;

	if (!io_read_request(c, &in))
		return;
	path = buf_str(&in);
	str_cut(&path, '/');
	name = str_cut(&path, '/');
	for (size_t i = 0; i < sizeof(backends) / sizeof(backends[0]); i++) {
		if (str_is(name, backends[i].name))
			io_say(c, answer(&backends[i], buf_str(&in)));
	}
	if (str_is(name, "picky"))
		io_say(c, picky(buf_str(&in)));
	if (str_is(name, "flood"))
		flood(c);
	if (str_is(name, "silent"))
		io_wait_close(c);
	buf_release(&in);
}

struct test {
	struct probe_spec spec;
	char models[100], chat[100], root[100];
	struct probe_result result;
	struct io_flag *done;
};

static struct loop *loop;
static struct io_server *server;

static void on_done(void *ctx, struct probe_result *r)
{
	struct test *t = ctx;

	t->result = *r;
	io_flag_set(t->done);
}

static void do_start(struct loop *l, void *arg)
{
	struct test *t = arg;

	probe_start(l, &t->spec, on_done, t);
}

static void test_init(struct test *t, int port, const char *name)
{
	static const char *const headers[] = {
	    "Authorization: Bearer sk-secret-key"};

	memset(t, 0, sizeof(*t));
	snprintf(t->models, sizeof(t->models),
		 "http://127.0.0.1:%d/%s/v1/models", port, name);
	snprintf(t->chat, sizeof(t->chat),
		 "http://127.0.0.1:%d/%s/v1/chat/completions", port, name);
	snprintf(t->root, sizeof(t->root), "http://127.0.0.1:%d/%s/", port,
		 name);
	t->spec.root_url = t->root;
	t->spec.models_url = t->models;
	t->spec.chat_url = t->chat;
	t->spec.headers = headers;
	t->spec.nheaders = 1;
	t->spec.model = "qwen3-32b";
	t->spec.limit_ms = 20000;
	t->spec.full = true;
	t->done = io_flag_new();
}

static void run(struct test *t)
{
	io_call(loop, do_start, t);
	if (!io_flag_wait(t->done))
		diag("the probe did not end");
}

static void test_release(struct test *t)
{
	probe_result_release(&t->result);
	io_flag_free(t->done);
}

static void says(const struct test *t, const char *name, const char *part)
{
	if (!ok(strstr(t->result.message, part), "%s: says \"%s\"", name, part))
		diag("message: %s", t->result.message);
}

static void test_backend(const struct backend *b)
{
	struct test t;

	test_init(&t, io_server_port(server), b->name);
	run(&t);
	is_int(t.result.ok, b->ok, "%s: ok", b->name);
	is_int(t.result.streaming, b->streaming, "%s: streaming", b->name);
	is_int(t.result.tools, b->tools, "%s: tools", b->name);
	is_int(t.result.usage, b->usage, "%s: usage", b->name);
	is_int(t.result.model_found, b->found, "%s: model found", b->name);
	is_int(t.result.context_window, b->window, "%s: window", b->name);
	is_text(str_of(t.result.flavour), b->flavour, "flavour");
	is_text(str_of(t.result.text), b->text, "text");
	is_int(t.result.tools_tried, b->ok, "%s: tools tried", b->name);
	is_int(t.result.first_token_ms >= 0, b->ok, "%s: a token", b->name);
	for (int i = 0; i < 3 && b->message[i]; i++)
		says(&t, b->name, b->message[i]);
	test_release(&t);
}

static void test_variants(void)
{
	struct test t;

	test_init(&t, io_server_port(server), "picky");
	t.spec.models_url = NULL;
	t.spec.full = false;
	run(&t);
	ok(t.result.ok && !t.result.usage,
	   "what a server does not take is left out");
	ok(!t.result.tools_tried, "no tool call unless in full");
	test_release(&t);
}

static void test_flood(void)
{
	struct test t;

	test_init(&t, io_server_port(server), "flood");
	run(&t);
	ok(t.result.ok, "an answer without an end is cut off: %s",
	   t.result.message);
	is_int((int64_t)strlen(t.result.text), PROBE_TEXT - 1, "text is cut");
	test_release(&t);
}

static void test_unreachable(void)
{
	struct io_server *gone = io_server_start(serve, NULL);
	int port = io_server_port(gone);
	char proxy[64];
	struct test t;

	io_server_stop(gone);
	test_init(&t, port, "x");
	run(&t);
	ok(!t.result.ok && !t.result.reached, "a closed port");
	says(&t, "refused", "refused");
	says(&t, "refused", "Is the server up? Try: curl http://127.0.0.1:");
	test_release(&t);

	test_init(&t, port, "x");
	t.spec.models_url = "http://no-such-host.invalid/v1/models";
	run(&t);
	says(&t, "dns", "host name");
	says(&t, "dns", "was not found");
	test_release(&t);

	/* Behind a proxy that is down nobody knows of the server. */
	test_init(&t, io_server_port(server), "good");
	snprintf(proxy, sizeof(proxy), "http://user:secret@127.0.0.1:%d", port);
	t.spec.proxy = proxy;
	run(&t);
	says(&t, "proxy", "The account's proxy http://127.0.0.1:");
	says(&t, "proxy", "failed: nothing accepts connections there");
	ok(!strstr(t.result.message, "secret"), "proxy: no password");
	test_release(&t);

	test_init(&t, io_server_port(server), "silent");
	t.spec.limit_ms = 300;
	run(&t);
	says(&t, "silent", "Timed out");
	says(&t, "silent", "within 0.3 s");
	says(&t, "silent", "/v1/models");
	test_release(&t);
}

static void test_models_only(void)
{
	struct test t;

	test_init(&t, io_server_port(server), "good");
	t.spec.chat_url = NULL;
	run(&t);
	ok(!t.result.ok && t.result.reached && t.result.model_found,
	   "only the list");
	is_int((int64_t)t.result.nmodels, 2, "of two");
	is_text(str_of(t.result.models[1]), "other", "by name");
	test_release(&t);
}

static void test_stop(void)
{
	struct test t;

	test_init(&t, io_server_port(server), "silent");
	io_call(loop, do_start, &t);
	loop_stop(loop);
	ok(io_flag_wait(t.done), "a stop of the loop ends a probe");
	says(&t, "stop", "shutting down");
	test_release(&t);
}

int main(void)
{
	loop_start(&loop, "probe", NULL);
	server = io_server_start(serve, NULL);
	for (size_t i = 0; i < sizeof(backends) / sizeof(backends[0]); i++)
		test_backend(&backends[i]);
	test_variants();
	test_flood();
	test_unreachable();
	test_models_only();
	test_stop();
	io_server_stop(server);
	return done_testing();
}
