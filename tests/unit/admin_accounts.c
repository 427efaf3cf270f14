/* Accounts, through real requests: three faces, and their connection tests. */
#include "tests/support/tap.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/account.h"
#include "tests/support/admin_client.h"

#define AZURE "/admin/azure-openai-accounts"

static struct app_dir d;
static int closed_port;

/* A port that was free a moment ago, bound but not listening. */
static int bind_closed(int *port)
{
	struct sockaddr_in addr = {.sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(addr);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ok(bind(fd, (struct sockaddr *)&addr, n) == 0 &&
	       getsockname(fd, (struct sockaddr *)&addr, &n) == 0,
	   "a port that refuses");
	*port = ntohs(addr.sin_port);
	return fd;
}

/* The answer comes a little before its test is put away. */
static bool wait_for_quiet(void)
{
	int64_t until = clock_mono_ms() + 10000;

	while (d.app.live > 0 && clock_mono_ms() < until)
		sched_yield();
	return d.app.live == 0;
}

/* An account of the azure face; its id. */
static char *create(const char *more)
{
	struct buf body = BUF_INIT(1024);
	char *id;
	cJSON *tree;
	int status;

	buf_addf(&body,
		 "{\"name\":\"Qwen\",\"azureEndpoint\":"
		 "\"http://127.0.0.1:%d\",\"deploymentName\":\"qwen\","
		 "\"apiKey\":\"sk-dummy-key-not-required\"%s}",
		 closed_port, more);
	tree = admin_call(&d, "POST", AZURE, body.data, &status);
	is_int(status, 200, "created");
	id = admin_text(tree, "data.id");
	is_int((int64_t)strlen(id), 36, "an id");
	cJSON_Delete(tree);
	buf_release(&body);
	return id;
}

/* "PUT /toggle": method, and what follows the id. */
static void check_id(const char *what, const char *id, const char *body,
		     int status, const char *path, const char *json)
{
	struct str tail = str_of(what);
	struct str method = str_cut(&tail, ' ');
	struct buf request = BUF_INIT(256);

	buf_addf(&request, "%.*s " AZURE "/%s%.*s", STR_ARG(method), id,
		 STR_ARG(tail));
	admin_check(&d, request.data, body, status, path, json);
	buf_release(&request);
}

static void test_create(void)
{
	struct buf body = BUF_INIT(1024);
	char *text;
	cJSON *tree;
	int status;

	buf_addf(
	    &body,
	    "{\"name\":\"first\",\"azureEndpoint\":\"http://127.0.0.1:%d\","
	    "\"deploymentName\":\"m\",\"apiKey\":\"sk-secret-of-ours-1\","
	    "\"supportedModels\":[\"m\"]}",
	    closed_port);
	tree = admin_call(&d, "POST", AZURE, body.data, &status);
	is_int(status, 200, "creation succeeds though the server is down");
	text = admin_text(tree, "message");
	is_text(str_of(text), "Azure OpenAI account created successfully",
		"CRS's words");
	mem_free(text);
	text = admin_text(tree, "data.test.ok");
	is_text(str_of(text), "false", "the test failed");
	mem_free(text);
	text = admin_text(tree, "data.test.message");
	ok(strstr(text, "refused") != NULL, "and says why: %s", text);
	mem_free(text);
	text = admin_text(tree, "data.apiKey");
	is_text(str_of(text), "sk-\xe2\x80\xa6rs-1", "masked");
	mem_free(text);
	text = json_print(tree);
	ok(!strstr(text, "secret-of-ours"), "the key is nowhere");
	mem_free(text);
	cJSON_Delete(tree);
	ok(wait_for_quiet(), "nothing is left on the loop");
	tree = admin_call(&d, "GET", AZURE, NULL, &status);
	text = admin_text(tree, "data.0.statusReason");
	ok(text && strstr(text, "1 failure in a row, the last: "),
	   "the list says that it failed: %s", text);
	mem_free(text);
	cJSON_Delete(tree);
	tree = admin_call(&d, "POST", AZURE, body.data, &status);
	text = admin_text(tree, "message");
	ok(strstr(text, "; another account has this name, too: "),
	   "a name that is there already is remarked on: %s", text);
	mem_free(text);
	cJSON_Delete(tree);
	buf_release(&body);
	ok(wait_for_quiet(), "nothing is left on the loop");
}

/* As a request that the backend refused leaves it. */
static void fail_once(const char *id, enum health_event event)
{
	struct buf why = BUF_INIT(1000);
	struct pool_query q = {.model = STR("qwen3-32b")};
	struct pool_lease l;

	ok(pool_pick(d.app.pool, &q, clock_mono_ms(), &l, &why) == POOL_PICKED,
	   "%s is picked", id);
	pool_report(d.app.pool, &l, event, 60000, "status 500",
		    clock_mono_ms());
	pool_return(d.app.pool, &l, clock_mono_ms());
	buf_release(&why);
}

static void test_status(void)
{
	char *id = create(""); /* whose test failed: the first */

	fail_once(id, HEALTH_FAILED);
	check_id("GET", id, NULL, 200, "data.status", "active");
	check_id("GET", id, NULL, 200, "data.statusReason",
		 "2 failures in a row, the last: status 500");
	fail_once(id, HEALTH_RATE_LIMITED);
	check_id("GET", id, NULL, 200, "data.status", "rateLimited");
	admin_check(&d, "GET /admin/dashboard", NULL, 200,
		    "data.overview.rateLimitedAccounts", "1");
	admin_check(&d, "GET /admin/dashboard", NULL, 200,
		    "data.overview.normalAccounts", "0");
	fail_once(id, HEALTH_UNAUTHORIZED);
	check_id("GET", id, NULL, 200, "data.status", "unauthorized");
	check_id("GET", id, NULL, 200, "data.statusReason",
		 "4 failures in a row, the last: status 500");
	check_id("POST /health-check", id, NULL, 200, "data.status", "error");
	check_id("POST /health-check", id, NULL, 200, "data.message",
		 "4 failures in a row, the last: status 500");
	check_id("POST /reset-status", id, NULL, 200, "data.status", "active");
	check_id("GET", id, NULL, 200, "data.statusReason", "null");
	check_id("POST /health-check", id, NULL, 200, "data.status", "healthy");
	admin_check(&d, "POST " AZURE "/health-check-all", NULL, 200,
		    "data.0.message", "It takes requests");
	admin_check(&d, "POST " AZURE "/nothing/health-check", NULL, 404,
		    "error", "Not found");
	check_id("DELETE", id, NULL, 200, "success", "true");
	mem_free(id);
}

static void test_crud(void)
{
	char *id = create(",\"priority\":60");

	check_id("GET", id, NULL, 200, "data.priority", "60");
	check_id("GET", id, NULL, 200, "data.status", "active");
	check_id("GET", id, NULL, 200, "data.inFlight", "0");
	check_id("GET", id, NULL, 200, "data.usage.total.requests", "0");
	check_id("PUT", id, "{\"priority\":70}", 200, "data.priority", "70");
	check_id("PUT", id, "{\"priority\":\"70\"}", 400, "message",
		 "priority must be a whole number from 1 to 100");
	check_id("PUT", id, "{\"name\":\"\"}", 400, "message",
		 "Account name is required");
	check_id("GET", id, NULL, 200, "data.name", "Qwen");
	check_id("PUT", id, "{\"azureEndpoint\":\"http://169.254.169.254\"}",
		 400, "message",
		 "This address is refused: link-local and metadata addresses "
		 "cannot be model servers");
	check_id("PUT", id, "{\"azureEndpoint\":\"nowhere\"}", 400, "message",
		 "Invalid endpoint format. Expected: http://ip:port or "
		 "https://domain");
	check_id("PUT /toggle", id, NULL, 200, "message",
		 "Account deactivated successfully");
	check_id("GET", id, NULL, 200, "data.status", "inactive");
	check_id("PUT /toggle", id, NULL, 200, "isActive", "true");
	check_id("PUT /toggle-schedulable", id, NULL, 200, "schedulable",
		 "false");
	check_id("GET", id, NULL, 200, "data.status", "paused");
	check_id("POST /reset-status", id, NULL, 200, "data.id", id);
	check_id("DELETE", id, NULL, 200, "message",
		 "Azure OpenAI account deleted successfully");
	check_id("GET", id, NULL, 404, "",
		 "{\"success\":false,\"error\":\"Not found\","
		 "\"message\":\"Account not found\"}");
	check_id("DELETE", id, NULL, 404, "message", "Account not found");
	check_id("PUT /toggle", id, NULL, 404, "message", "Account not found");
	mem_free(id);
}

static void test_faces(void)
{
	struct buf request = BUF_INIT(256);
	char *id = create("");

	buf_addf(&request, "GET /admin/openai-accounts/%s", id);
	admin_check(&d, request.data, NULL, 404, "message",
		    "Account not found");
	buf_reset(&request);
	buf_addf(&request, "PUT /admin/openai-accounts/%s/toggle", id);
	admin_check(&d, request.data, NULL, 404, "message",
		    "Account not found");
	check_id("GET", id, NULL, 200, "data.isActive", "true");
	admin_check(&d, "GET /admin/openai-accounts", NULL, 200, "data", "[]");
	admin_check(&d, "GET " AZURE, NULL, 200, "data.0.name", "first");
	buf_release(&request);
	mem_free(id);
}

static void test_test(void)
{
	char *id = create("");

	check_id("POST /test", id, NULL, 200, "success", "true");
	check_id("POST /test", id, "{\"model\":\"x\"}", 200, "data.ok",
		 "false");
	check_id("POST /test", id, NULL, 200, "data.accountId", id);
	check_id("POST /test", "nothing", NULL, 404, "message",
		 "Account not found");
	mem_free(id);
}

static void test_options(void)
{
	admin_check(&d, "GET /admin/account-options", NULL, 200, "data.0.name",
		    "thinkTags");
	admin_check(&d, "GET /admin/account-options", NULL, 200,
		    "data.0.values", "[\"auto\",\"off\",\"strip\"]");
	admin_check(&d, "GET /admin/account-options", NULL, 200, "data.1.type",
		    "boolean");
	admin_check(&d, "GET /admin/account-options", NULL, 200,
		    "data.1.values", "absent");
}

static void test_requests(void)
{
	static const char unknown[] = "00000000-0000-0000-0000-000000000000";
	static const char type[] = "Content-Type: application/json";
	struct fcgi_call call = {
	    .method = "POST", .uri = AZURE, .headers = {type}, .body = "{}"};
	struct fcgi_reply reply;
	struct buf body = BUF_INIT(256 * 1024);

	admin_check(&d, "GET /admin/nothing", NULL, 404, "",
		    "{\"success\":false,\"error\":\"Not found\","
		    "\"message\":\"Route not found\"}");
	check_id("GET", unknown, NULL, 404, "success", "false");
	admin_check(&d, "PATCH " AZURE, NULL, 405, "error",
		    "Method not allowed");
	admin_check_call(&d, &call, 401, "error", "Missing admin token");
	call.method = "DELETE";
	fcgi_client_call(d.socket, &call, &reply);
	is_text(fcgi_reply_header(&reply, "Allow"), "GET, POST", "Allow");
	fcgi_reply_release(&reply);
	call.method = "POST";
	call.headers[0] = "Content-Type: text/plain";
	admin_check_call(&d, &call, 415, "error", "Unsupported media type");
	call.headers[0] = type;
	call.announce = 10;
	admin_check_call(&d, &call, 400, "message",
			 "The request body is incomplete");
	call.announce = 0;
	while (body.len <= 64 * 1024)
		buf_addc(&body, ' ');
	call.body = body.data;
	admin_check_call(&d, &call, 413, "error", "Payload too large");
	buf_release(&body);
}

/* A client that leaves while its test runs is no harm. */
static void test_gone(void)
{
	struct fcgi_call call = {.method = "GET", .uri = "/admin/session"};
	int fd = fcgi_client_connect(d.socket);

	ok(fd >= 0 && fcgi_client_send(fd, &call) == 0, "asked");
	close(fd);
	admin_check(&d, "GET " AZURE, NULL, 200, "success", "true");
}

int main(void)
{
	int fd;

	admin_client_start(&d);
	fd = bind_closed(&closed_port);
	test_status();
	test_create();
	test_crud();
	test_faces();
	test_test();
	test_options();
	test_requests();
	test_gone();
	app_dir_stop(&d);
	close(fd);
	return done_testing();
}
