/* Administrators, admin tokens, the operator: who may do what. */
#include "tests/support/tap.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin/credential.h"
#include "app/control.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "tests/support/admin_client.h"
#include "tests/support/file.h"

#define JSON_TYPE "Content-Type: application/json"

static struct app_dir d;
static char operator_header[160], session_header[160];

/* By whom: a header line; NULL: nobody. */
static void check_as(const char *header, const char *request, const char *body,
		     int status, const char *path, const char *json)
{
	struct str uri = str_of(request);
	struct str method = str_cut(&uri, ' ');
	char *name = mem_strndup(method.p, method.n);
	struct fcgi_call call = {.method = name,
				 .uri = uri.p,
				 .headers = {JSON_TYPE, header},
				 .body = body};

	admin_check_call(&d, &call, status, path, json);
	mem_free(name);
}

static void check(const char *request, const char *body, int status,
		  const char *path, const char *json)
{
	check_as(operator_header, request, body, status, path, json);
}

/* The text at a path of an answer to the operator; mem_free(). */
static char *get(const char *method, const char *uri, const char *body,
		 const char *path)
{
	struct fcgi_call call = {.method = method,
				 .uri = uri,
				 .headers = {JSON_TYPE, operator_header},
				 .body = body};
	struct fcgi_reply reply;
	struct err e;
	cJSON *tree;
	char *text;

	fcgi_client_call(d.socket, &call, &reply);
	tree = json_parse(fcgi_reply_body(&reply), &e);
	text = admin_text(tree, path);
	cJSON_Delete(tree);
	fcgi_reply_release(&reply);
	return text;
}

/* The control file as llmrelayctl finds it. */
static void test_file(void)
{
	struct control c;
	struct stat st;
	char path[128];
	struct err e;

	snprintf(path, sizeof(path), "%s/control", d.settings.state_dir);
	ok(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600,
	   "the file is for its owner only");
	is_int(control_read(d.settings.state_dir, &c, &e), CONTROL_THERE,
	       "it can be read");
	is_int((int64_t)strlen(c.token), CONTROL_TOKEN, "a token");
	is_text(str_of(c.socket), d.socket, "the socket");
	is_int(c.pid, getpid(), "the process");
	ok(strcmp(c.token, d.app.control_hash) != 0 &&
	       strlen(d.app.control_hash) == SECRET_HASH_HEX - 1,
	   "the process keeps a hash of it");
	snprintf(operator_header, sizeof(operator_header), "x-admin-token: %s",
		 c.token);
	control_release(&c);
	is_int(control_read("/nonexistent", &c, &e), CONTROL_ABSENT,
	       "without a responder there is none");
}

static void make_session(void)
{
	struct admin_session s = {.kind = SESSION_LOGIN, .username = "root"};
	char token[TOKEN_HEX + 1];
	struct err e;

	credential_token(&d.app.keys, &s, clock_wall_ms(), 3600000, token);
	ok(store_session_put(d.app.store, &s, &e) == 0, "a session of root");
	snprintf(session_header, sizeof(session_header),
		 "authorization: bearer %s", token);
}

static void test_token(void)
{
	char almost[160];

	check("GET /admin/session", NULL, 200, "user.username", "operator");
	check("GET /web/auth/user", NULL, 200, "user.expiresAt", "absent");
	check("POST /web/auth/refresh", "{}", 200, "success", "true");
	check("POST /web/auth/logout", "{}", 200, "success", "true");
	check("GET /admin/session", NULL, 200, "success", "true");
	check("POST /web/auth/change-password",
	      "{\"currentPassword\":\"correct horse\","
	      "\"newPassword\":\"battery staple\"}",
	      401, "error", "Invalid current password");
	memcpy(almost, operator_header, sizeof(almost));
	almost[strlen(almost) - 1] ^= 1;
	check_as(almost, "GET /admin/session", NULL, 401, "error",
		 "Invalid admin token");
	almost[strlen(almost) - 1] = '\0';
	check_as(almost, "GET /admin/session", NULL, 401, "error",
		 "Invalid admin token");
	/* The hash is no token. */
	snprintf(almost, sizeof(almost), "x-admin-token: %s",
		 d.app.control_hash);
	check_as(almost, "GET /admin/session", NULL, 401, "error",
		 "Invalid admin token");
}

static const struct rule {
	const char *request, *body;
	bool persons; /* not for admin tokens */
} rules[] = {
    {"GET /admin/admins", NULL, false},
    {"POST /admin/admins", "{}", true},
    {"DELETE /admin/admins/x", NULL, true},
    {"PUT /admin/admins/x/password", "{}", true},
    {"GET /admin/tokens", NULL, false},
    {"POST /admin/tokens", "{}", true},
    {"DELETE /admin/tokens/x", NULL, true},
    {"GET /admin/model-routes", NULL, false},
};

static int status_as(const char *header, const struct rule *rule)
{
	struct str uri = str_of(rule->request);
	struct str method = str_cut(&uri, ' ');
	char *name = mem_strndup(method.p, method.n);
	struct fcgi_call call = {.method = name,
				 .uri = uri.p,
				 .headers = {JSON_TYPE, header},
				 .body = rule->body};
	struct fcgi_reply reply;
	int status;

	fcgi_client_call(d.socket, &call, &reply);
	status = fcgi_reply_status(&reply);
	fcgi_reply_release(&reply);
	mem_free(name);
	return status;
}

static bool let_in(int status)
{
	return status == 200 || status == 400 || status == 404;
}

static void test_rules(void)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		const struct rule *r = &rules[i];

		is_int(status_as(NULL, r), 401, "%s: nobody", r->request);
		is_int(status_as("x-admin-token: "
				 "0000000000000000000000000000000000000000",
				 r),
		       401, "%s: a wrong token", r->request);
		is_int(status_as(admin_authorization(), r),
		       r->persons ? 403 : 200, "%s: an admin token",
		       r->request);
		ok(let_in(status_as(session_header, r)), "%s: a session",
		   r->request);
		ok(let_in(status_as(operator_header, r)), "%s: the operator",
		   r->request);
	}
}

static void test_admins(void)
{
	static const char create[] = "POST /admin/admins";

	check("GET /admin/admins", NULL, 200, "data.0.username", "root");
	check("GET /admin/admins", NULL, 200, "data.0.passwordHash", "absent");
	check(create, "{\"username\":\"bob\",\"password\":\"short\"}", 400,
	      "message", "The password must have at least 8 characters");
	check(create, "{\"username\":\"bob\"}", 400, "message",
	      "password is required");
	check(create, "{\"password\":\"long enough\"}", 400, "message",
	      "username is required");
	check(create, "{\"username\":7,\"password\":\"long enough\"}", 400,
	      "error", "Invalid request");
	for (int i = 0; i < 2; i++)
		check(create,
		      i ? "{\"username\":\"operator\",\"password\":"
			  "\"long enough\"}"
			: "{\"username\":\"token:ci\",\"password\":"
			  "\"long enough\"}",
		      400, "message",
		      "username: operator is reserved, and so are names that "
		      "begin with token:");
	for (int i = 0; i < 2; i++)
		check(create,
		      i ? "{\"username\":\"a/b\",\"password\":\"long enough\"}"
			: "{\"username\":\"..\",\"password\":\"long enough\"}",
		      400, "message",
		      "username must have no slash, and is not . or ..: it is "
		      "part of addresses");
	check("DELETE /admin/admins/root", NULL, 409, "message",
	      "root is the last administrator: make another one first");
	check(create, "{\"username\":\"b%b\",\"password\":\"long enough\"}",
	      200, "data.username", "b%b");
	check(create, "{\"username\":\"b%b\",\"password\":\"long enough\"}",
	      409, "error", "Conflict");
	check_as(NULL, "POST /web/auth/login",
		 "{\"username\":\"b%b\",\"password\":\"long enough\"}", 200,
		 "username", "b%b");
	check("DELETE /admin/admins/nobody", NULL, 404, "message",
	      "Administrator not found");
	check("PUT /admin/admins/nobody/password",
	      "{\"password\":\"long enough\"}", 404, "error", "Not found");
	check("DELETE /admin/admins/b%25b", NULL, 200, "success", "true");
	check("GET /admin/admins", NULL, 200, "data.1", "absent");
}

/* A new password ends what was begun with the old one. */
static void test_password(void)
{
	static const char login[] = "POST /web/auth/login";

	check_as(session_header, "GET /admin/session", NULL, 200,
		 "user.username", "root");
	check("PUT /admin/admins/root/password", "{\"password\":\"tiny\"}", 400,
	      "error", "Invalid request");
	check("PUT /admin/admins/root/password",
	      "{\"password\":\"battery staple\"}", 200, "data.username",
	      "root");
	check_as(session_header, "GET /admin/session", NULL, 401, "error",
		 "Invalid admin token");
	check_as(NULL, login,
		 "{\"username\":\"root\",\"password\":\"correct horse\"}", 401,
		 "success", "false");
	check_as(NULL, login,
		 "{\"username\":\"root\",\"password\":\"battery staple\"}", 200,
		 "success", "true");
	check_as(admin_authorization(), "GET /admin/session", NULL, 200,
		 "success", "true");
}

static void check_token_works(const char *token, int status)
{
	char header[128];

	snprintf(header, sizeof(header), "Authorization: Bearer %s", token);
	check_as(header, "GET /admin/dashboard", NULL, status, "success",
		 status == 200 ? "true" : "false");
}

static void test_tokens(void)
{
	static const char create[] = "POST /admin/tokens";
	char *token, *id, *list, uri[96];

	check(create, "{}", 400, "message",
	      "name must have 1 to 58 bytes, without spaces and control "
	      "characters");
	check(create, "{\"name\":\"two words\"}", 400, "error",
	      "Invalid request");
	check(create, "{\"name\":\"x\",\"expiresAt\":\"2001-01-01\"}", 400,
	      "message",
	      "expiresAt must be a date to come, such as "
	      "2030-01-31T12:00:00Z, or null");
	token = get("POST", "/admin/tokens",
		    "{\"name\":\"ci\",\"expiresAt\":\"2099-01-31T00:00:00Z\"}",
		    "data.token");
	is_int((int64_t)strlen(token), TOKEN_HEX, "a token");
	check_token_works(token, 200);
	check(create, "{\"name\":\"ci\"}", 409, "error", "Conflict");
	list = get("GET", "/admin/tokens", NULL, "");
	ok(str_find(str_of(list), str_of(token)) == SIZE_MAX &&
	       str_find(str_of(list), STR("hash")) == SIZE_MAX,
	   "it is shown once");
	ok(str_find(str_of(list), STR("\"name\":\"ci\",\"remote\":\"\"")) !=
	       SIZE_MAX,
	   "and listed by its name");
	ok(str_find(str_of(list), STR("\"expiresAt\":\"2099-01-31T00:00:00."
				      "000Z\"")) != SIZE_MAX,
	   "with its end");
	check("DELETE /admin/tokens/ci", NULL, 404, "message",
	      "Token not found");
	for (int i = 0; i < 9; i++) {
		snprintf(uri, sizeof(uri), "data.%d.name", i);
		id = get("GET", "/admin/tokens", NULL, uri);
		if (strcmp(id, "ci") == 0) {
			mem_free(id);
			snprintf(uri, sizeof(uri), "data.%d.id", i);
			id = get("GET", "/admin/tokens", NULL, uri);
			snprintf(uri, sizeof(uri), "DELETE /admin/tokens/%s",
				 id);
			check(uri, NULL, 200, "success", "true");
			i = 9;
		}
		mem_free(id);
	}
	check_token_works(token, 401);
	mem_free(token);
	mem_free(list);
}

/* Who it was stands in the log; with what, does not.  A request's line is
 * written after its answer. */
static void test_log(void)
{
	static const char line[] = "path=/admin/admins/root/password "
				   "status=200 remote=127.0.0.1 user=operator";
	int64_t until = clock_mono_ms() + 10000;
	char path[128];
	struct str log = STR_NONE;
	int fd;

	snprintf(path, sizeof(path), "%s/log", d.root);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	log_init(fd, LOG_DEBUG);
	check("PUT /admin/admins/root/password",
	      "{\"password\":\"canary password\"}", 200, "success", "true");
	do {
		mem_free((char *)log.p);
		sched_yield();
		log = file_read(d.root, "log");
	} while (str_find(log, STR(line)) == SIZE_MAX &&
		 clock_mono_ms() < until);
	ok(str_find(log, STR(line)) != SIZE_MAX, "the log names the operator");
	ok(str_find(log, STR("canary")) == SIZE_MAX &&
	       str_find(log, str_of(operator_header + 15)) == SIZE_MAX,
	   "and neither passwords nor the token");
	mem_free((char *)log.p);
	log_init(STDERR_FILENO, LOG_ERROR);
	close(fd);
}

static void test_withdrawn(void)
{
	struct control c;
	struct err e;

	control_withdraw(&d.app);
	is_int(control_read(d.settings.state_dir, &c, &e), CONTROL_ABSENT,
	       "at the end the file goes");
	check("GET /admin/session", NULL, 401, "error", "Invalid admin token");
	/* Nobody is not somebody without a token. */
	check_as("x-admin-token: ", "GET /admin/session", NULL, 401, "error",
		 "Missing admin token");
}

int main(void)
{
	admin_client_start(&d);
	test_file();
	make_session();
	test_token();
	test_rules();
	test_admins();
	test_password();
	test_tokens();
	test_log();
	test_withdrawn();
	app_dir_stop(&d);
	return done_testing();
}
