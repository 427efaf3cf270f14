/* Sessions, through real requests: who gets in, and how. */
#include "tests/support/tap.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/admin.h"
#include "tests/support/admin_client.h"
#include "tests/support/file.h"

#define JSON_TYPE "Content-Type: application/json"
#define GOOD	  "{\"username\":\"root\",\"password\":\"correct horse\"}"

static struct app_dir d;
/* Wrong logins slow an address down: tests that make some have their own. */
static const char *remote = "192.0.2.1";

/* A login's token, and its whole answer when reply is not NULL. */
static char *login(const char *uri, bool https, struct fcgi_reply *reply)
{
	struct fcgi_call call = {.method = "POST",
				 .uri = uri,
				 .headers = {JSON_TYPE},
				 .body = GOOD,
				 .https = https,
				 .remote = "192.0.2.77"};
	struct fcgi_reply own;
	struct err e;
	cJSON *tree;
	char *token;

	fcgi_client_call(d.socket, &call, reply ? reply : &own);
	tree = json_parse(fcgi_reply_body(reply ? reply : &own), &e);
	token = admin_text(tree, "token");
	cJSON_Delete(tree);
	if (!reply)
		fcgi_reply_release(&own);
	return token;
}

static void check(const char *method, const char *uri, const char *header,
		  int status, const char *path, const char *json)
{
	struct fcgi_call call = {
	    .method = method, .uri = uri, .headers = {header}};

	admin_check_call(&d, &call, status, path, json);
}

static void check_post(const char *uri, const char *header, const char *body,
		       int status, const char *path, const char *json)
{
	struct fcgi_call call = {.method = "POST",
				 .uri = uri,
				 .headers = {JSON_TYPE, header},
				 .body = body,
				 .remote = remote};

	admin_check_call(&d, &call, status, path, json);
}

static void test_login(void)
{
	struct fcgi_reply reply;
	struct buf want = BUF_INIT(512);
	char *token = login("/web/auth/login", false, &reply);

	is_int(fcgi_reply_status(&reply), 200, "logged in");
	is_int((int64_t)strlen(token), 64, "a token of 64 hex digits");
	buf_addf(&want,
		 "{\"success\":true,\"token\":\"%s\",\"expiresIn\":86400000,"
		 "\"username\":\"root\"}",
		 token);
	is_str(fcgi_reply_body(&reply), buf_str(&want), "the answer");
	buf_reset(&want);
	buf_addf(&want,
		 "admin_session=%s; HttpOnly; SameSite=Strict; Path=/; "
		 "Max-Age=86400",
		 token);
	is_str(fcgi_reply_header(&reply, "Set-Cookie"), buf_str(&want),
	       "the cookie");
	is_text(fcgi_reply_header(&reply, "Cache-Control"), "no-store",
		"not to be kept");
	fcgi_reply_release(&reply);
	mem_free(token);
	token = login("/admin/login", true, &reply);
	ok(str_ends(fcgi_reply_header(&reply, "Set-Cookie"), STR("; Secure")),
	   "the cookie of https is for https only");
	fcgi_reply_release(&reply);
	buf_release(&want);
	mem_free(token);
}

struct form {
	const char *before, *after; /* around the token, in a header */
};

/* With the first n characters of the token. */
static void check_token(const struct form *form, const char *token, size_t n,
			int status, const char *path, const char *json)
{
	struct buf header = BUF_INIT(256);

	buf_adds(&header, form->before);
	buf_add(&header, token, n);
	buf_adds(&header, form->after);
	check("GET", "/web/auth/user", header.data, status, path, json);
	buf_release(&header);
}

static void test_credentials(void)
{
	static const struct form forms[] = {
	    {"Authorization: Bearer ", ""},
	    {"authorization: bearer ", ""},
	    {"x-admin-token: ", ""},
	    {"Cookie: admin_session=", ""},
	    {"Cookie: adminToken=", ""},
	    {"Cookie: a=b; admin_session=", "; c=d"},
	};
	static const struct form longer = {"x-admin-token: ", "0"};
	static const char zeros[] = "00000000000000000000000000000000"
				    "00000000000000000000000000000000";
	char *token = login("/web/auth/login", false, NULL);

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		const struct form *form = &forms[i];

		check_token(form, token, 64, 200, "user.username", "root");
		check_token(form, token, 63, 401, "error",
			    "Invalid admin token");
		check_token(form, zeros, 64, 401, "error",
			    "Invalid admin token");
		check_token(form, zeros, 10, 401, "error",
			    "Invalid admin token format");
	}
	check_token(&longer, token, 64, 401, "error", "Invalid admin token");
	check("GET", "/admin/session", NULL, 401, "",
	      "{\"success\":false,\"error\":\"Missing admin token\","
	      "\"message\":\"Please provide an admin token\"}");
	check("GET", "/admin/session", "Authorization: Basic eDp5", 401,
	      "error", "Missing admin token");
	mem_free(token);
}

static void test_logout(void)
{
	char *token = login("/web/auth/login", false, NULL);
	char header[128];

	snprintf(header, sizeof(header), "x-admin-token: %s", token);
	check("POST", "/web/auth/refresh", header, 200, "token", token);
	check("POST", "/web/auth/logout", header, 200, "",
	      "{\"success\":true,\"message\":\"Logout successful\"}");
	check("GET", "/web/auth/user", header, 401, "error",
	      "Invalid admin token");
	mem_free(token);
}

/* The session as the store has it, moved into the past. */
static void age_session(const char *token, int64_t created_ms,
			int64_t active_ms)
{
	struct admin_session s;
	char hash[SECRET_HASH_HEX];
	struct err e;

	secret_hash(&d.app.keys, str_of(token), hash);
	ok(store_session_get(d.app.store, hash, &s, &e) == 0,
	   "a session is stored by the hash of its token");
	s.created_ms -= created_ms;
	s.expires_ms -= created_ms;
	s.active_ms -= active_ms;
	ok(store_session_put(d.app.store, &s, &e) == 0, "aged");
}

static void test_times(void)
{
	const int64_t hour_ms = 3600000;
	char *token = login("/web/auth/login", false, NULL);
	char header[128];

	snprintf(header, sizeof(header), "x-admin-token: %s", token);
	age_session(token, 0, 12 * hour_ms - 60000);
	check("GET", "/admin/session", header, 200, "success", "true");
	age_session(token, 0, 12 * hour_ms + 1000);
	check("GET", "/admin/session", header, 401, "error", "Session expired");
	mem_free(token);
	token = login("/web/auth/login", false, NULL);
	snprintf(header, sizeof(header), "x-admin-token: %s", token);
	age_session(token, 24 * hour_ms, 0);
	check("GET", "/admin/session", header, 401, "error",
	      "Invalid admin token");
	mem_free(token);
}

static void test_forged(void)
{
	static const char path[] = "/web/auth/refresh";
	char *token = login("/web/auth/login", false, NULL);
	char cookie[128], bearer[128];
	struct fcgi_call call = {.method = "POST", .uri = path};

	snprintf(cookie, sizeof(cookie), "Cookie: admin_session=%s", token);
	snprintf(bearer, sizeof(bearer), "Authorization: Bearer %s", token);
	check("POST", path, cookie, 200, "token", token);
	call.headers[0] = cookie;
	call.headers[1] = "Host: relay:3000";
	call.headers[2] = "Origin: http://evil.test";
	admin_check_call(&d, &call, 403, "error", "Forbidden");
	call.headers[2] = "Origin: http://relay:3000";
	admin_check_call(&d, &call, 200, "token", token);
	call.headers[2] = "Sec-Fetch-Site: cross-site";
	admin_check_call(&d, &call, 403, "error", "Forbidden");
	call.headers[2] = "Sec-Fetch-Site: same-origin";
	admin_check_call(&d, &call, 200, "token", token);
	call.headers[0] = bearer;
	call.headers[2] = "Origin: http://evil.test";
	admin_check_call(&d, &call, 200, "token", token);
	check_post("/admin/login", "Origin: http://evil.test", GOOD, 403,
		   "error", "Forbidden");
	mem_free(token);
}

static void test_refused(void)
{
	static const char wrong[] =
	    "{\"success\":false,\"error\":\"Invalid credentials\","
	    "\"message\":\"Invalid username or password\"}";

	check_post("/web/auth/login", NULL, "{}", 400, "",
		   "{\"success\":false,\"error\":\"Missing credentials\","
		   "\"message\":\"Username and password are required\"}");
	check_post("/web/auth/login", NULL, "{\"username\":1}", 400, "message",
		   "username must be a string");
	check_post("/web/auth/login", NULL, "[]", 400, "message",
		   "The request body must be an object");
	check_post("/web/auth/login", NULL, "{\"a\"", 400, "error",
		   "Invalid request");
	check_post("/web/auth/login", NULL,
		   "{\"username\":\"root\",\"password\":\"wrong horse\"}", 401,
		   "", wrong);
	check_post("/web/auth/login", NULL,
		   "{\"username\":\"nobody\",\"password\":\"wrong horse\"}",
		   401, "", wrong);
}

static void test_large(void)
{
	struct buf body = BUF_INIT(32 * 1024);

	while (body.len <= 16 * 1024)
		buf_addc(&body, ' ');
	check_post("/web/auth/login", NULL, body.data, 413, "error",
		   "Payload too large");
	buf_release(&body);
}

/* The log once text is in it (or ten seconds later): a request's line is
 * written after its answer. */
static struct str wait_for_log(const char *text)
{
	int64_t until = clock_mono_ms() + 10000;
	struct str log = file_read(d.root, "log");

	while (str_find(log, str_of(text)) == SIZE_MAX &&
	       clock_mono_ms() < until) {
		mem_free((char *)log.p);
		sched_yield();
		log = file_read(d.root, "log");
	}
	return log;
}

/* What the log says of logins: who and whence, no secrets, one line each. */
static void test_log(void)
{
	char path[128], *token;
	struct str log;
	int fd;

	snprintf(path, sizeof(path), "%s/log", d.root);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	log_init(fd, LOG_DEBUG);
	token = login("/web/auth/login?secret=query", false, NULL);
	check_post("/admin/login", NULL,
		   "{\"username\":\"a\\nb c\",\"password\":\"canary pass\"}",
		   401, "success", "false");
	check("GET", "/admin/x%0aadmin%20user=root", NULL, 404, "success",
	      "false");
	log = wait_for_log("path=\"/admin/x\\nadmin user=root\"");
	ok(str_find(log, STR(" info login id=req_")) != SIZE_MAX &&
	       str_find(log, STR("user=root result=ok\n")) != SIZE_MAX,
	   "a login is recorded");
	ok(str_find(log, STR("user=\"a\\nb c\" result=\"Invalid username or "
			     "password\"\n")) != SIZE_MAX,
	   "so is a wrong one, on one line");
	ok(str_find(log, STR("method=POST path=/web/auth/login status=200")) !=
	       SIZE_MAX,
	   "and the request, without its query");
	ok(str_find(log, STR("canary pass")) == SIZE_MAX &&
	       str_find(log, STR("correct horse")) == SIZE_MAX &&
	       str_find(log, str_of(token)) == SIZE_MAX &&
	       str_find(log, STR("secret=query")) == SIZE_MAX,
	   "no password, token or query is in the log");
	mem_free((char *)log.p);
	mem_free(token);
	log_init(STDERR_FILENO, LOG_ERROR);
	close(fd);
}

static void test_throttle(void)
{
	struct fcgi_call call = {
	    .method = "POST",
	    .uri = "/web/auth/login",
	    .headers = {JSON_TYPE},
	    .body = "{\"username\":\"ghost\",\"password\":\"guess\"}",
	    .remote = "198.51.100.7"};
	struct fcgi_reply reply;
	int64_t seconds = 0;

	for (int i = 0; i < 3; i++)
		admin_check_call(&d, &call, 401, "error",
				 "Invalid credentials");
	fcgi_client_call(d.socket, &call, &reply);
	is_int(fcgi_reply_status(&reply), 429, "the fourth has to wait");
	str_to_i64(fcgi_reply_header(&reply, "retry-after"), 1, 60, &seconds);
	ok(seconds >= 1 && seconds <= 2, "for seconds, said by retry-after");
	fcgi_reply_release(&reply);
	call.remote = "198.51.100.8";
	admin_check_call(&d, &call, 429, "error", "Too many requests");
	call.body = GOOD;
	admin_check_call(&d, &call, 200, "success", "true");
}

static void test_password(void)
{
	static const char uri[] = "/web/auth/change-password";
	char *token = login("/web/auth/login", false, NULL);
	char header[128];

	remote = "192.0.2.2";
	snprintf(header, sizeof(header), "x-admin-token: %s", token);
	check_post(uri, header, "{}", 400, "message",
		   "currentPassword and newPassword are required");
	check_post(uri, header,
		   "{\"currentPassword\":\"correct horse\","
		   "\"newPassword\":\"short\"}",
		   400, "message",
		   "The password must have at least 8 characters");
	check_post(uri, header,
		   "{\"currentPassword\":\"wrong\",\"newPassword\":"
		   "\"battery staple\"}",
		   401, "error", "Invalid current password");
	check_post(uri, header,
		   "{\"currentPassword\":\"correct horse\",\"newPassword\":"
		   "\"battery staple\",\"newUsername\":\"token:x\"}",
		   400, "message",
		   "username: operator is reserved, and so are names that "
		   "begin with token:");
	check_post(uri, header,
		   "{\"currentPassword\":\"correct horse\",\"newPassword\":"
		   "\"battery staple\",\"newUsername\":\"chief\"}",
		   200, "newUsername", "chief");
	check("GET", "/web/auth/user", header, 401, "error",
	      "Invalid admin token");
	check_post("/web/auth/login", NULL, GOOD, 401, "error",
		   "Invalid credentials");
	check_post("/web/auth/login", NULL,
		   "{\"username\":\"chief\",\"password\":\"battery staple\"}",
		   200, "username", "chief");
	mem_free(token);
}

int main(void)
{
	admin_client_start(&d);
	test_login();
	test_credentials();
	test_logout();
	test_times();
	test_forged();
	test_refused();
	test_large();
	remote = "192.0.2.3";
	test_log();
	test_throttle();
	test_password();
	app_dir_stop(&d);
	return done_testing();
}
