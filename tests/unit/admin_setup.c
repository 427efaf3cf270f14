/* The first administrator: by a code, once, and only while there is none. */
#include "tests/support/tap.h"

#include <stdio.h>
#include <string.h>

#include "admin/admin.h"
#include "admin/credential.h"
#include "app/control.h"
#include "base/clock.h"
#include "base/mem.h"
#include "store/audit.h"
#include "store/first_admin.h"
#include "tests/support/admin_client.h"

#define JSON_TYPE "Content-Type: application/json"
#define URI	  "/web/auth/setup"
#define WORDS                                                                  \
	"The code is wrong, used or too old: get another one by "              \
	"llmrelayctl admin code"
#define EXISTS                                                                 \
	"There is an administrator already: log in, or give a new password "   \
	"by llmrelayctl admin password"

static struct app_dir d;
static char operator_header[160];
/* Each call comes from elsewhere: what is slow here is the code itself. */
static int caller;

static void check(const char *request, const char *header, const char *body,
		  int status, const char *path, const char *json)
{
	struct str uri = str_of(request);
	struct str method = str_cut(&uri, ' ');
	char *name = mem_strndup(method.p, method.n);
	char remote[32];
	struct fcgi_call call = {.method = name,
				 .uri = uri.p,
				 .headers = {JSON_TYPE, header},
				 .body = body,
				 .remote = remote};

	snprintf(remote, sizeof(remote), "198.51.100.%d", ++caller);
	admin_check_call(&d, &call, status, path, json);
	mem_free(name);
}

/* Of the code, by root with a good password. */
static void try_code(const char *code, int status, const char *path,
		     const char *json)
{
	char body[200];

	snprintf(body, sizeof(body),
		 "{\"code\":\"%s\",\"username\":\"root\",\"password\":"
		 "\"correct horse\"}",
		 code);
	check("POST " URI, NULL, body, status, path, json);
}

/* The text at a path of an answer; mem_free(). */
static char *post(const char *uri, const char *header, const char *body,
		  const char *path, struct fcgi_reply *reply)
{
	struct fcgi_call call = {.method = "POST",
				 .uri = uri,
				 .headers = {JSON_TYPE, header},
				 .body = body};
	cJSON *tree;
	char *text;

	fcgi_client_call(d.socket, &call, reply);
	tree = json_parse(fcgi_reply_body(reply), NULL);
	text = admin_text(tree, path);
	cJSON_Delete(tree);
	return text;
}

static void new_code(char code[SETUP_CODE_TEXT + 1])
{
	struct fcgi_reply reply;
	char *text =
	    post("/admin/setup-code", operator_header, "", "data.code", &reply);

	is_int(fcgi_reply_status(&reply), 200, "a code");
	is_int((int64_t)strlen(text), SETUP_CODE_TEXT, "of four groups");
	str_put(code, SETUP_CODE_TEXT + 1, str_of(text));
	fcgi_reply_release(&reply);
	mem_free(text);
}

static void test_bad(void)
{
	check("POST " URI, NULL, "[]", 400, "message",
	      "The request body must be an object");
	check("POST " URI, NULL, "{}", 400, "message", "username is required");
	check("POST " URI, NULL, "{\"username\":\"operator\"}", 400, "message",
	      "username: operator is reserved, and so are names that begin "
	      "with token:");
	check("POST " URI, NULL, "{\"username\":\"root\"}", 400, "message",
	      "code is required");
	check("POST " URI, NULL, "{\"username\":\"root\",\"code\":7}", 400,
	      "message", "code must be a string");
	check("POST " URI, "Origin: http://evil.test", "{}", 403, "error",
	      "Forbidden");
	check("PUT " URI, NULL, "{}", 405, "error", "Method not allowed");
}

/* The code is there for whoever mistyped the password. */
static void test_short_password(const char *code)
{
	char body[200];

	snprintf(body, sizeof(body),
		 "{\"code\":\"%s\",\"username\":\"root\",\"password\":"
		 "\"short\"}",
		 code);
	for (int i = 0; i < 5; i++)
		check("POST " URI, NULL, body, 400, "message",
		      "The password must have at least 8 characters");
}

static void test_store(void)
{
	const char *good = "aa", *bad = "ab";
	struct err e;

	ok(store_setup_code_put(d.app.store, good, 1000, &e) == 0, "stored");
	ok(store_setup_code_use(d.app.store, good, 999, NULL, &e) == 0,
	   "good until it expires");
	ok(store_setup_code_use(d.app.store, good, 1000, NULL, &e) < 0 &&
	       e.kind == ERR_AUTH,
	   "and not then");
	ok(store_setup_code_use(d.app.store, "", 999, NULL, &e) < 0,
	   "nothing is no code");
	ok(store_setup_code_put(d.app.store, good, 1000, &e) == 0, "again");
	for (int i = 0; i < FIRST_ADMIN_TRIES; i++) {
		if (store_setup_code_use(d.app.store, good, 0, NULL, &e) < 0)
			ok(false, "void after %d wrong ones", i);
		if (store_setup_code_use(d.app.store, bad, 0, NULL, &e) == 0)
			ok(false, "a wrong one is right");
	}
	ok(store_setup_code_use(d.app.store, good, 0, NULL, &e) < 0 &&
	       e.kind == ERR_AUTH,
	   "ten wrong ones make it void");
}

/* As people type it. */
static void mangle(const char *code, char out[80])
{
	size_t n = 0;

	for (; *code; code++) {
		if (*code == '-')
			continue;
		out[n++] = *code == '0'	  ? 'o'
			   : *code == '1' ? 'l'
			   : *code >= 'A' ? (char)(*code - 'A' + 'a')
					  : *code;
		out[n++] = ' ';
	}
	out[n] = '\0';
}

static void test_good(const char *code)
{
	char typed[80], body[250], header[128], *token;
	struct fcgi_reply reply;

	mangle(code, typed);
	snprintf(body, sizeof(body),
		 "{\"code\":\"%s\",\"username\":\"root\",\"password\":"
		 "\"correct horse\"}",
		 typed);
	token = post(URI, NULL, body, "token", &reply);
	is_int(fcgi_reply_status(&reply), 200, "the first administrator");
	ok(str_starts(fcgi_reply_header(&reply, "Set-Cookie"),
		      STR("admin_session=")),
	   "is logged in");
	snprintf(header, sizeof(header), "x-admin-token: %s", token);
	check("GET /web/auth/user", header, NULL, 200, "user.username", "root");
	check("POST /web/auth/login", NULL,
	      "{\"username\":\"root\",\"password\":\"correct horse\"}", 200,
	      "username", "root");
	check("GET " URI, NULL, NULL, 200, "data", "{\"needed\":false}");
	fcgi_reply_release(&reply);
	mem_free(token);
}

static void test_closed(const char *code)
{
	try_code(code, 409, "message", EXISTS);
	check("POST /admin/setup-code", operator_header, "", 409, "message",
	      EXISTS);
}

/* Who tried is written down, without the code. */
static void test_audit(void)
{
	struct audit_entry *list;
	size_t n, good = 0, bad = 0;
	struct err e;

	ok(store_audit_list(d.app.store, 0, 100, &list, &n, &e) == 0, "audit");
	for (size_t i = 0; i < n; i++) {
		if (strcmp(list[i].path, URI) != 0)
			continue;
		is_text(str_of(list[i].fields), "code, username, password",
			"names only");
		is_text(str_of(list[i].name), "root", "and who");
		good += list[i].status == 200;
		bad += list[i].status == 401;
	}
	is_int((int64_t)good, 1, "the one that succeeded");
	is_int((int64_t)bad, 2, "and the two that did not");
	mem_free(list);
}

static void test_throttle(void)
{
	struct fcgi_call call = {.method = "POST",
				 .uri = URI,
				 .headers = {JSON_TYPE},
				 .remote = "203.0.113.9"};
	char code[SETUP_CODE_TEXT + 1], body[200];
	struct fcgi_reply reply;

	new_code(code);
	try_code("0000-0000-0000-0000", 401, "error", "Invalid code");
	try_code("0000-0000-0000-0000", 401, "error", "Invalid code");
	snprintf(body, sizeof(body),
		 "{\"code\":\"%s\",\"username\":\"root\",\"password\":"
		 "\"correct horse\"}",
		 code);
	call.body = body;
	fcgi_client_call(d.socket, &call, &reply);
	is_int(fcgi_reply_status(&reply), 429, "from anywhere: it is slow");
	ok(fcgi_reply_header(&reply, "Retry-After").n > 0, "and says so");
	fcgi_reply_release(&reply);
}

static void learn_operator(void)
{
	struct control c;
	struct err e;

	is_int(control_read(d.settings.state_dir, &c, &e), CONTROL_THERE,
	       "the operator");
	snprintf(operator_header, sizeof(operator_header), "x-admin-token: %s",
		 c.token);
	control_release(&c);
}

int main(void)
{
	char first[SETUP_CODE_TEXT + 1], code[SETUP_CODE_TEXT + 1];
	struct err e;

	app_dir_start(&d, admin_serve);
	learn_operator();
	check("GET " URI, NULL, NULL, 200, "data", "{\"needed\":true}");
	test_bad();
	try_code("0000-0000-0000-0000", 401, "message", WORDS);
	test_store();
	new_code(first);
	new_code(code);
	ok(strcmp(first, code) != 0, "another one each time");
	try_code(first, 401, "message", WORDS);
	test_short_password(code);
	test_good(code);
	test_closed(code);
	test_audit();
	/* As if there were none again: what was used stays used. */
	ok(store_admin_delete(d.app.store, "root", &e) == 0, "none again");
	try_code(code, 401, "message", WORDS);
	test_throttle();
	app_dir_stop(&d);
	return done_testing();
}
