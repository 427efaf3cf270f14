/* Tokens counted by backends: what they are asked and what becomes of their
 * answers. */
#include "tests/support/tap.h"

#include <stdio.h>

#include "app/backend.h"
#include "tests/support/count_lab.h"

/* A GIF of 750 x 100 pixels, as its header says: 100 tokens. */
#define IMAGE                                                                  \
	"{\"type\":\"image\",\"source\":{\"type\":\"base64\","                 \
	"\"media_type\":\"image/gif\",\"data\":\"R0lGODlh7gJkAAAAAAA=\"}}"
#define WITH(content)                                                          \
	"{\"model\":\"claude-x\",\"messages\":[{\"role\":\"user\","            \
	"\"content\":[" content "]}]}"
#define BIG_TEXT                                                               \
	"0123456789012345678901234567890123456789012345678901234567890123456"  \
	"7890123456789012345678901234567890123456789012345678901234567890123"
#define TOOLS                                                                  \
	"\"tools\":[{\"name\":\"f\",\"description\":\"" BIG_TEXT BIG_TEXT      \
	    BIG_TEXT "\",\"input_schema\":{\"type\":\"object\","               \
	"\"properties\":{}}}]"

static struct count_lab lab;

static void test_flavours(void)
{
	static const struct {
		const char *flavour, *path, *want, *at, *body;
	} rows[] = {
	    {"vllm", "/good", "42", "/good/tokenize",
	     "{\"model\":\"qwen\"," HI ",\"add_generation_prompt\":true}"},
	    {"llamacpp", "/llama", "3", "/llama/tokenize",
	     "{\"model\":\"qwen\",\"content\":\"<s>hi\",\"add_special\":true,"
	     "\"parse_special\":true}"},
	    {"tgi", "/good", "2", "/good/chat_tokenize",
	     "{\"model\":\"qwen\"," HI "}"},
	    {"sglang", "/good", "17", "/good/v1/messages/count_tokens",
	     "{\"model\":\"qwen\"," HI "}"},
	};
	char want[64];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(want, sizeof(want), "{\"input_tokens\":%s}",
			 rows[i].want);
		count_account(&lab, rows[i].flavour, rows[i].path);
		check_count(&lab, COUNT_HI, want, "backend", rows[i].flavour);
		is_question(&lab, rows[i].at, rows[i].body, rows[i].flavour);
		lab_done(&lab.relay, rows[i].flavour);
	}
}

/* Those that speak the client's protocol count images, and get its headers. */
static void test_protocol(void)
{
	static const char body[] =
	    WITH("{\"type\":\"text\",\"text\":\"a\"}," IMAGE);
	struct fcgi_call call = count_call(body);
	struct fcgi_reply reply;

	count_account(&lab, "anthropic", "/good");
	call.headers[2] = "anthropic-beta: token-counting-2024-11-01";
	fcgi_client_call(lab.relay.d.socket, &call, &reply);
	is_count(&reply, "{\"input_tokens\":17}", "backend", "protocol");
	fcgi_reply_release(&reply);
	ok(question_has(&lab, "\r\nanthropic-version: 2023-06-01\r\n") &&
	       question_has(&lab, "\r\nanthropic-beta: token-counting-"
				  "2024-11-01\r\n"),
	   "protocol: headers");
	ok(!question_has(&lab, LAB_KEY), "protocol: not the client's key");
	is_question(&lab, "/good/v1/messages/count_tokens",
		    "{\"model\":\"qwen\",\"messages\":[{\"role\":\"user\","
		    "\"content\":[{\"type\":\"text\",\"text\":\"a\"}," IMAGE
		    "]}]}",
		    "protocol");
	lab_done(&lab.relay, "protocol");
}

/* The root is beside /v1, whatever the admin wrote. */
static void test_addresses(void)
{
	static const char *const paths[] = {"/good/v1", "/good/v1/",
					    "/good/v1/chat/completions"};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		count_account(&lab, "vllm", paths[i]);
		check_count(&lab, COUNT_HI, "{\"input_tokens\":42}", "backend",
			    paths[i]);
		lab_done(&lab.relay, paths[i]);
	}
}

static void test_no_tokenizer(void)
{
	static const char *const flavours[] = {"generic", "ollama", "fastchat",
					       "openai", "azure"};
	int before = lab.requests;

	for (size_t i = 0; i < sizeof(flavours) / sizeof(flavours[0]); i++) {
		count_account(&lab, flavours[i], "/good");
		check_count(&lab, COUNT_HI, ESTIMATE, "estimate", flavours[i]);
		lab_done(&lab.relay, flavours[i]);
	}
	check_count(&lab, COUNT_HI, ESTIMATE, "estimate", "no account at all");
	check_asked(&lab, before, 0, "no tokenizer");
}

/* What says nothing that can be believed, and is not asked again. */
static void test_nonsense(void)
{
	static const char *const paths[] = {
	    "/zero",	"/minus",  "/huge",  "/part",	"/text",
	    "/missing", "/list",   "/page",  "/empty",	"/cut",
	    "/absent",	"/method", "/later", "/locked", "/full"};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		int before = lab.requests;

		count_account(&lab, "vllm", paths[i]);
		check_count(&lab, COUNT_HI, ESTIMATE, "estimate", paths[i]);
		check_count(&lab, COUNT_HI, ESTIMATE, "estimate", paths[i]);
		check_asked(&lab, before, 1, paths[i]);
		lab_done(&lab.relay, paths[i]);
	}
}

/* What says nothing about other requests. */
static void test_refusals(void)
{
	static const char *const paths[] = {"/teapot",	 "/unknown", "/broken",
					    "/stranger", "/moved",   "/much"};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		int before = lab.requests;

		count_account(&lab, "vllm", paths[i]);
		check_count(&lab, COUNT_HI, ESTIMATE, "estimate", paths[i]);
		check_count(&lab, COUNT_HI, ESTIMATE, "estimate", paths[i]);
		check_asked(&lab, before, 2, paths[i]);
		lab_done(&lab.relay, paths[i]);
	}
}

static void test_second_step(void)
{
	int before = lab.requests;

	count_account(&lab, "llamacpp", "/half");
	check_count(&lab, COUNT_HI, ESTIMATE, "estimate",
		    "the second step fails");
	check_asked(&lab, before, 2, "second step");
	lab_done(&lab.relay, "second step");
}

static void test_next_source(void)
{
	int before = lab.requests;

	count_account(&lab, "vllm", "/absent");
	count_account(&lab, "sglang", "/good");
	count_account(&lab, "vllm", "/good");
	check_count(&lab, COUNT_HI, "{\"input_tokens\":17}", "backend",
		    "next source");
	check_asked(&lab, before, 2, "next source");
	check_count(&lab, COUNT_HI, "{\"input_tokens\":17}", "backend",
		    "then at once");
	check_asked(&lab, before, 3, "then at once");
	lab_done(&lab.relay, "next source");
}

/* Never more than two of them. */
static void test_sources_end(void)
{
	int before = lab.requests;

	count_account(&lab, "vllm", "/broken");
	count_account(&lab, "vllm", "/teapot");
	count_account(&lab, "vllm", "/good");
	check_count(&lab, COUNT_HI, ESTIMATE, "estimate", "two fail");
	check_asked(&lab, before, 2, "two fail");
	lab_done(&lab.relay, "two fail");
}

/* Another model's tokenizer would count something else. */
static void test_other_model(void)
{
	int before = lab.requests;

	count_account(&lab, "openai", "/good");
	count_account_for(&lab, "vllm", "/good", "llama");
	check_count(&lab, COUNT_HI, ESTIMATE, "estimate", "another model");
	check_asked(&lab, before, 0, "another model");
	lab_done(&lab.relay, "another model");
}

static void test_refused_connection(void)
{
	count_account(&lab, "vllm", "http://127.0.0.1:9");
	count_account(&lab, "tgi", "/good");
	check_count(&lab, COUNT_HI, "{\"input_tokens\":2}", "backend",
		    "refused");
	lab_done(&lab.relay, "refused");
}

#define OMITTED "[image omitted: this model cannot see images]"

/* No tokenizer sees images: they are estimated, and not sent in vain. */
static void test_images(void)
{
	static const char body[] =
	    WITH("{\"type\":\"text\",\"text\":\"a\"}," IMAGE);
	int before;

	count_account(&lab, "vllm", "/good");
	check_count(&lab, body, "{\"input_tokens\":147}", "backend",
		    "image, vllm");
	is_question(&lab, "/good/tokenize",
		    "{\"model\":\"qwen\",\"messages\":[{\"role\":\"user\","
		    "\"content\":\"a\\n" OMITTED
		    "\"}],\"add_generation_prompt\":true}",
		    "image, vllm");
	lab_done(&lab.relay, "image, vllm");
	count_account(&lab, "sglang", "/good");
	check_count(&lab, body, "{\"input_tokens\":122}", "backend",
		    "image, sglang");
	lab_done(&lab.relay, "image, sglang");
	before = lab.requests;
	count_account(&lab, "llamacpp", "/llama");
	check_count(&lab, body, "{\"input_tokens\":113}", "estimate",
		    "image, llamacpp");
	check_asked(&lab, before, 0, "image, llamacpp");
	lab_done(&lab.relay, "image, llamacpp");
}

/* A count that cannot hold the tools gets them by estimate, from then on. */
static void test_tools(void)
{
	static const char body[] = "{\"model\":\"claude-x\"," HI "," TOOLS "}";
	static const char brief[] =
	    "{\"model\":\"claude-x\"," HI
	    ",\"tools\":[{\"name\":\"f\",\"input_schema\":{}}]}";

	count_account(&lab, "vllm", "/good");
	check_count(&lab, brief, "{\"input_tokens\":42}", "backend",
		    "few tools");
	check_count(&lab, body, "{\"input_tokens\":190}", "backend",
		    "tools left out");
	check_count(&lab, brief, "{\"input_tokens\":62}", "backend",
		    "few tools, then");
	check_count(&lab, COUNT_HI, "{\"input_tokens\":42}", "backend",
		    "no tools");
	lab_done(&lab.relay, "tools");
}

/* A backend of messages learns its context from being asked to count. */
static void test_context(void)
{
	struct pool_view view;
	struct pool_query q = {.model = STR("claude-x")};
	struct backend *b;

	count_account(&lab, "vllm", "/good");
	is_int((int64_t)pool_look(lab.relay.d.app.pool, &q, &view, 1), 1,
	       "context");
	b = view.data;
	is_int(backend_window(b, STR("qwen")), 0, "context: unknown at first");
	check_count(&lab, COUNT_HI, "{\"input_tokens\":42}", "backend",
		    "context");
	is_int(backend_window(b, STR("qwen")), 4096, "context: learned");
	pool_unview(lab.relay.d.app.pool, &view);
	lab_done(&lab.relay, "context");
}

/* An estimate is put right by what the account reported for answers. */
static void test_put_right(void)
{
	struct pool_view view;
	struct pool_query q = {.model = STR("claude-x")};
	struct usage usage = {.input = 200, .reported = true};
	struct lesson_answer answer = {.usage = &usage, .raw = 100};

	count_account(&lab, "ollama", "/good");
	pool_look(lab.relay.d.app.pool, &q, &view, 1);
	for (int i = 0; i < 10; i++)
		backend_learn_answer(view.data, STR("qwen"), &answer);
	/* 8 * 200/100 * 1.05 */
	check_count(&lab, COUNT_HI, "{\"input_tokens\":17}", "estimate",
		    "put right");
	pool_unview(lab.relay.d.app.pool, &view);
	lab_done(&lab.relay, "put right");
}

int main(void)
{
	count_lab_start(&lab);
	test_flavours();
	test_protocol();
	test_addresses();
	test_no_tokenizer();
	test_nonsense();
	test_refusals();
	test_second_step();
	test_next_source();
	test_sources_end();
	test_other_model();
	test_refused_connection();
	test_images();
	test_tools();
	test_context();
	test_put_right();
	count_lab_stop(&lab);
	return done_testing();
}
