/* Connection tests of accounts against a server that answers. */
#include "tests/support/tap.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "tests/support/admin_client.h"
#include "tests/support/io_server.h"

#define PATH	  "/admin/openai-responses-accounts"
#define OK_JSON	  "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
#define OK_STREAM "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"

static const char models[] =
    OK_JSON "{\"object\":\"list\",\"data\":[{\"id\":\"qwen\",\"owned_by\":"
	    "\"vllm\",\"max_model_len\":32768}]}";
static const char hello[] =
    OK_STREAM "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":"
	      "\"Hello\"}}]}\n\ndata: {\"choices\":[],\"usage\":{"
	      "\"prompt_tokens\":1,\"completion_tokens\":1}}\n\n"
	      "data: [DONE]\n\n";

static const char greeting[] = OK_STREAM
    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{"
    "\"content\":[],\"usage\":{\"input_tokens\":1}}}\n\n"
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\","
    "\"delta\":{\"type\":\"text_delta\",\"text\":\"Good day\"}}\n\n"
    "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{"
    "\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":2}}\n\n"
    "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";

static struct app_dir d;
static struct io_server *server;
static struct io_flag *asked, *go; /* for paths below /held */
static bool saw_key;

/* Servers that fail, by the first part of the path, and the cause that is told.
 */
static const struct fault {
	const char *name, *models, *chat, *cause;
} faults[] = {
    {"moved", "HTTP/1.1 301 M\r\nLocation: /x\r\n\r\n",
     "HTTP/1.1 301 M\r\nLocation: /x\r\n\r\n", "redirect"},
    {"locked", models, "HTTP/1.1 401 No\r\n\r\n", "apiKey"},
    {"nowhere", "HTTP/1.1 404 No\r\n\r\n", "HTTP/1.1 404 No\r\n\r\n",
     "address"},
    {"other", OK_JSON "{\"object\":\"list\",\"data\":[{\"id\":\"glm\"}]}",
     "HTTP/1.1 404 No\r\n\r\n", "model"},
    {"busy", models, "HTTP/1.1 429 No\r\n\r\n", "rateLimited"},
    {"starting", models, "HTTP/1.1 503 No\r\n\r\n", "loading"},
    {"broken", models, "HTTP/1.1 500 No\r\n\r\n", "server"},
    {"mute", models, OK_STREAM, "empty"},
    {"page", models, OK_JSON "<html>", "format"},
    {"whole", models,
     OK_JSON "{\"choices\":[{\"message\":{\"content\":\"Hi\"}}]}", "noStream"},
    {"ssh", "SSH-2.0-OpenSSH_9.2\r\n", "", "protocol"},
    {"closes", "", "", "closed"},
};

/* False: the path is of none of them. */
static bool serve_fault(struct io_conn *c, struct str request)
{
	struct str path = request, name;

	str_cut(&path, '/');
	name = str_cut(&path, '/');
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		if (!str_is(name, faults[i].name))
			continue;
		io_say(c, str_starts(request, STR("GET ")) ? faults[i].models
							   : faults[i].chat);
		return true;
	}
	return false;
}

/* Below /named and /unlisted: a server that knows its model by name, and lists
 * it or does not. */
static const char *strict(struct str request)
{
	static const char none[] = "HTTP/1.1 404 Not Found\r\n\r\n";

	if (str_starts(request, STR("GET /named/")))
		return models;
	return str_find(request, STR("\"model\":\"qwen\"")) == SIZE_MAX ? none
									: hello;
}

static void serve(struct io_conn *c)
{
	struct buf in;
	struct str request;

	if (!io_read_request(c, &in))
		return;
	request = buf_str(&in);
	if (str_find(request, STR("/held/")) != SIZE_MAX) {
		io_flag_set(asked);
		io_flag_wait(go);
	}
	saw_key = str_find(request, STR("Authorization: Bearer sk-key-1")) !=
		  SIZE_MAX;
	if (serve_fault(c, request))
		;
	else if (str_find(request, STR("/named/")) != SIZE_MAX ||
		 str_find(request, STR("/unlisted/")) != SIZE_MAX)
		io_say(c, strict(request));
	else if (str_find(request, STR("/v1/messages ")) != SIZE_MAX)
		io_say(c, greeting);
	else
		io_say(c, str_starts(request, STR("GET ")) ? models : hello);
	buf_release(&in);
}

static void make_body(struct buf *body, const char *name, const char *path)
{
	buf_init(body, 1024);
	buf_addf(body,
		 "{\"name\":\"%s\",\"baseApi\":\"http://127.0.0.1:%d%s\","
		 "\"deploymentName\":\"qwen\",\"apiKey\":\"sk-key-1\"}",
		 name, io_server_port(server), path);
}

static void check_member(const cJSON *tree, const char *path, const char *want)
{
	char *text = admin_text(tree, path);

	is_text(str_of(text), want, path);
	mem_free(text);
}

/* A server that speaks Messages is asked in its own words. */
static void test_native(void)
{
	struct buf body = BUF_INIT(1024), request = BUF_INIT(128);
	cJSON *tree;
	char *id;

	buf_addf(&body,
		 "{\"name\":\"native\",\"baseApi\":\"http://127.0.0.1:%d\","
		 "\"deploymentName\":\"qwen\",\"apiKey\":\"sk-key-1\","
		 "\"protocol\":\"anthropic\"}",
		 io_server_port(server));
	tree = admin_call(&d, "POST", PATH, body.data, NULL);
	check_member(tree, "data.protocol", "anthropic");
	check_member(tree, "data.test.ok", "true");
	check_member(tree, "data.test.usage", "true");
	check_member(tree, "data.test.streaming", "true");
	id = admin_text(tree, "data.id");
	cJSON_Delete(tree);
	buf_addf(&request, PATH "/%s", id);
	cJSON_Delete(admin_call(&d, "DELETE", request.data, NULL, NULL));
	mem_free(id);
	buf_release(&request);
	buf_release(&body);
}

/* An account that sends what clients ask for, at path. */
static char *make_open(const char *path, const char *works)
{
	struct buf body = BUF_INIT(1024);
	cJSON *tree;
	char *id;

	buf_addf(&body,
		 "{\"name\":\"open\",\"baseApi\":\"http://127.0.0.1:%d%s\"}",
		 io_server_port(server), path);
	tree = admin_call(&d, "POST", PATH, body.data, NULL);
	check_member(tree, "data.test.ok", works);
	id = admin_text(tree, "data.id");
	cJSON_Delete(tree);
	buf_release(&body);
	return id;
}

/* Without a model of its own it is tested with the first that is listed; where
 * none is known, nothing is said against the server. */
static void test_open(void)
{
	char *named = make_open("/named", "true");
	char *unlisted = make_open("/unlisted", "false");
	struct buf request = BUF_INIT(128);

	buf_addf(&request, "POST %s/%s/test", PATH, named);
	admin_check(&d, request.data, NULL, 200, "data.model", "qwen");
	buf_reset(&request);
	buf_addf(&request, "GET %s/%s", PATH, unlisted);
	admin_check(&d, request.data, NULL, 200, "data.statusReason", "null");
	buf_reset(&request);
	buf_addf(&request, "DELETE %s/%s", PATH, named);
	admin_check(&d, request.data, NULL, 200, "success", "true");
	buf_reset(&request);
	buf_addf(&request, "DELETE %s/%s", PATH, unlisted);
	admin_check(&d, request.data, NULL, 200, "success", "true");
	buf_release(&request);
	mem_free(named);
	mem_free(unlisted);
}

static void test_works(void)
{
	struct buf body, request = BUF_INIT(128);
	cJSON *tree;
	char *id;

	make_body(&body, "works", "");
	tree = admin_call(&d, "POST", PATH, body.data, NULL);
	check_member(tree, "data.test.ok", "true");
	check_member(tree, "data.test.models", "[\"qwen\"]");
	check_member(tree, "data.test.streaming", "true");
	check_member(tree, "data.test.tools", "null");
	check_member(tree, "data.test.usage", "true");
	check_member(tree, "data.test.contextWindow", "32768");
	check_member(tree, "data.detectedFlavour", "vllm");
	check_member(tree, "data.learned.flavour", "vllm");
	check_member(tree, "data.learned.contextWindow", "32768");
	check_member(tree, "data.learned.refusedParameters", "[]");
	check_member(tree, "data.learned.usage", "null");
	check_member(tree, "data.learned.tokenScale", "1");
	ok(saw_key, "the backend got the account's key");
	id = admin_text(tree, "data.id");
	buf_addf(&request, "GET %s/%s", PATH, id);
	admin_check(&d, request.data, NULL, 200, "data.detectedFlavour",
		    "vllm");
	buf_reset(&request);
	buf_addf(&request, "POST %s/%s/test", PATH, id);
	admin_check(&d, request.data, NULL, 200, "data.responseText", "Hello");
	admin_check(&d, request.data, NULL, 200, "data.tools", "false");
	buf_reset(&request);
	buf_addf(&request, "PUT %s/%s", PATH, id);
	admin_check(&d, request.data, "{\"priority\":7}", 200,
		    "data.learned.contextWindow", "32768");
	buf_reset(&request);
	buf_addf(&request, "POST %s/%s/reset-learned", PATH, id);
	admin_check(&d, request.data, NULL, 200, "data.learned.flavour",
		    "null");
	admin_check(&d, request.data, NULL, 200, "data.learned.contextWindow",
		    "null");
	admin_check(&d, request.data, NULL, 200, "data.detectedFlavour", "");
	admin_check(&d, "POST " PATH "/no/reset-learned", NULL, 404, "message",
		    "Account not found");
	mem_free(id);
	cJSON_Delete(tree);
	buf_release(&request);
	buf_release(&body);
}

/* The first account of the list whose name is given, by one of its members. */
static void check_listed(const char *name, const char *member, const char *want)
{
	cJSON *tree = admin_call(&d, "GET", PATH, NULL, NULL), *a;
	cJSON *data = cJSON_GetObjectItemCaseSensitive(tree, "data");
	bool found = false;

	cJSON_ArrayForEach(a, data)
	{
		if (strcmp(json_string_or(a, "name", ""), name) != 0)
			continue;
		check_member(a, member, want);
		found = true;
	}
	ok(found, "%s is listed", name);
	cJSON_Delete(tree);
}

static bool wait_for_quiet(void)
{
	int64_t until = clock_mono_ms() + 10000;

	while (d.app.live > 0 && clock_mono_ms() < until)
		sched_yield();
	return d.app.live == 0;
}

/* The client leaves while the backend still thinks. */
static void test_gone(void)
{
	struct buf body;
	struct fcgi_call call = {.method = "POST",
				 .uri = PATH,
				 .headers = {admin_authorization(),
					     "Content-Type: application/json"}};
	int fd = fcgi_client_connect(d.socket);

	make_body(&body, "gone", "/held");
	call.body = body.data;
	ok(fd >= 0 && fcgi_client_send(fd, &call) == 0, "asked");
	ok(io_flag_wait(asked), "the backend was asked");
	close(fd);
	check_listed("gone", "detectedFlavour", "");
	io_flag_set(go);
	io_flag_set(go); /* for the request after the list of models */
	ok(wait_for_quiet(), "the test ends");
	check_listed("gone", "detectedFlavour", "vllm");
	io_flag_wait(asked);
	buf_release(&body);
}

static void check_cause(const char *name, const char *cause)
{
	struct buf body, path = BUF_INIT(128);
	cJSON *tree;
	char *id;

	buf_addf(&path, "/%s", name);
	make_body(&body, name, path.data);
	tree = admin_call(&d, "POST", PATH, body.data, NULL);
	check_member(tree, "data.test.cause", cause);
	id = admin_text(tree, "data.id");
	cJSON_Delete(tree);
	buf_reset(&path);
	buf_addf(&path, PATH "/%s", id);
	cJSON_Delete(admin_call(&d, "DELETE", path.data, NULL, NULL));
	mem_free(id);
	buf_release(&path);
	buf_release(&body);
}

static void test_causes(void)
{
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		check_cause(faults[i].name, faults[i].cause);
	check_cause("well", "null");
}

/* What was found belongs to the address that was tested. */
static void test_changed(void)
{
	struct buf body, request = BUF_INIT(128);
	struct fcgi_call call = {.method = "POST",
				 .uri = PATH,
				 .headers = {admin_authorization(),
					     "Content-Type: application/json"}};
	struct fcgi_reply reply;
	struct err e;
	cJSON *tree;
	char *id;
	int fd = fcgi_client_connect(d.socket), rc = 1;

	make_body(&body, "changed", "/held");
	call.body = body.data;
	ok(fd >= 0 && fcgi_client_send(fd, &call) == 0, "asked");
	ok(io_flag_wait(asked), "the backend was asked");
	tree = admin_call(&d, "GET", PATH, NULL, NULL);
	id = admin_text(tree, "data.2.id");
	buf_addf(&request, "PUT %s/%s", PATH, id);
	admin_check(&d, request.data, "{\"baseApi\":\"http://127.0.0.1:1\"}",
		    200, "data.name", "changed");
	io_flag_set(go);
	io_flag_set(go);
	cJSON_Delete(tree);
	fcgi_reply_init(&reply);
	while (rc > 0)
		rc = fcgi_client_read(fd, &reply);
	tree = json_parse(fcgi_reply_body(&reply), &e);
	check_member(tree, "data.test.flavour", "vllm");
	check_listed("changed", "detectedFlavour", "");
	cJSON_Delete(tree);
	fcgi_reply_release(&reply);
	mem_free(id);
	buf_release(&request);
	buf_release(&body);
	close(fd);
}

int main(void)
{
	asked = io_flag_new();
	go = io_flag_new();
	server = io_server_start(serve, NULL);
	admin_client_start(&d);
	test_native();
	test_open();
	test_works();
	test_causes();
	test_gone();
	test_changed();
	app_dir_stop(&d);
	io_server_stop(server);
	io_flag_free(asked);
	io_flag_free(go);
	return done_testing();
}
