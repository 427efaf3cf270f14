/* Who may call which route: every row of the table, with every kind of
 * credential.  A new route that strangers or tokens may call must be named
 * here, too. */
#include "tests/support/tap.h"

#include <stdio.h>
#include <string.h>

#include "admin/admin.h"
#include "admin/credential.h"
#include "app/control.h"
#include "base/clock.h"
#include "base/mem.h"
#include "tests/support/admin_client.h"
#include "web/route.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define HOUR_MS	    3600000LL

enum { LINE = 200 };

static struct app_dir d;

/* "METHOD pattern" of routes without a login. */
static const char *const open_routes[] = {
    "GET /admin",
    "POST /web/auth/login",
    "POST /admin/login",
    "GET /web/auth/setup",
    "POST /web/auth/setup",
    "POST /apiStats/api/get-key-id",
    "POST /apiStats/api/user-stats",
    "POST /apiStats/api/user-model-stats",
};

/* Of routes that no admin token may call. */
static const char *const persons_routes[] = {
    "POST /admin/setup-code",	  "POST /admin/admins",
    "DELETE /admin/admins/:name", "PUT /admin/admins/:name/password",
    "POST /admin/tokens",	  "DELETE /admin/tokens/:id",
};

static bool is_listed(const char *const *list, size_t n,
		      const struct route *route)
{
	char name[LINE];

	snprintf(name, sizeof(name), "%s %s", route->method, route->pattern);
	for (size_t i = 0; i < n; i++) {
		if (strcmp(list[i], name) == 0)
			return true;
	}
	return false;
}

/* ------------------------------------------------------------ credentials */

/* A session or token that exists; times before now. */
static void put_session(enum session_kind kind, int64_t created_ms,
			int64_t life_ms, char hash[SECRET_HASH_HEX],
			char token[TOKEN_HEX + 1])
{
	struct admin_session s = {.kind = kind, .username = "root"};
	struct err e;

	credential_token(&d.app.keys, &s, created_ms, life_ms, token);
	snprintf(hash, SECRET_HASH_HEX, "%s", s.hash);
	if (store_session_put(d.app.store, &s, &e) < 0)
		ok(false, "a session: %s", e.message);
}

static void say_nobody(char line[LINE])
{
	snprintf(line, LINE, "x-nothing: 1");
}

static void say_wrong(char line[LINE])
{
	snprintf(line, LINE, "x-admin-token: %064d", 7);
}

static void say_empty(char line[LINE])
{
	snprintf(line, LINE, "Authorization: Bearer ");
}

static void say_key(char line[LINE])
{
	static char key[API_KEY_TEXT + 1];
	struct api_key k;
	struct err e;

	if (!key[0]) {
		api_key_init(&k);
		k.name = mem_strdup("holder");
		store_new_id(k.id);
		credential_api_key(&d.app.keys, &k, key);
		ok(store_api_key_put(d.app.store, &k, &e) == 0, "an API key");
		api_key_release(&k);
	}
	snprintf(line, LINE, "Authorization: Bearer %s", key);
}

static void say_expired(char line[LINE])
{
	char hash[SECRET_HASH_HEX], token[TOKEN_HEX + 1];

	put_session(SESSION_LOGIN, clock_wall_ms() - 25 * HOUR_MS, 24 * HOUR_MS,
		    hash, token);
	snprintf(line, LINE, "Cookie: admin_session=%s", token);
}

static void say_idle(char line[LINE])
{
	char hash[SECRET_HASH_HEX], token[TOKEN_HEX + 1];

	put_session(SESSION_LOGIN, clock_wall_ms() - 13 * HOUR_MS, 24 * HOUR_MS,
		    hash, token);
	snprintf(line, LINE, "Authorization: Bearer %s", token);
}

static void say_revoked(char line[LINE])
{
	char hash[SECRET_HASH_HEX], token[TOKEN_HEX + 1];
	struct err e;

	put_session(SESSION_TOKEN, clock_wall_ms(), 0, hash, token);
	if (store_session_delete(d.app.store, hash, &e) < 0)
		ok(false, "revoked: %s", e.message);
	snprintf(line, LINE, "x-admin-token: %s", token);
}

static void say_token(char line[LINE])
{
	char hash[SECRET_HASH_HEX], token[TOKEN_HEX + 1];

	put_session(SESSION_TOKEN, clock_wall_ms(), 0, hash, token);
	snprintf(line, LINE, "x-admin-token: %s", token);
}

static void say_session(char line[LINE])
{
	char hash[SECRET_HASH_HEX], token[TOKEN_HEX + 1];

	put_session(SESSION_LOGIN, clock_wall_ms(), HOUR_MS, hash, token);
	snprintf(line, LINE, "Cookie: admin_session=%s", token);
}

static void say_operator(char line[LINE])
{
	struct control c;
	struct err e;

	if (control_read(d.settings.state_dir, &c, &e) != CONTROL_THERE) {
		ok(false, "the operator's token");
		return;
	}
	snprintf(line, LINE, "x-admin-token: %s", c.token);
	control_release(&c);
}

/* ------------------------------------------------------------- the matrix */

/* A body that no handler takes, so that nothing is changed. */
static int status_of(const struct route *route, const char *credential,
		     const char *origin)
{
	bool has_body = strcmp(route->method, "GET") != 0;
	struct fcgi_call call = {
	    .method = route->method,
	    .headers = {"Content-Type: application/json", credential, origin},
	    .body = has_body ? "[]" : NULL};
	struct buf uri = BUF_INIT(256);
	struct fcgi_reply reply;
	int status;

	for (const char *p = route->pattern; *p; p++) {
		buf_addc(&uri, *p);
		if (*p != ':')
			continue;
		p += strcspn(p, "/") - 1; /* the name of the argument */
	}
	call.uri = uri.data;
	fcgi_client_call(d.socket, &call, &reply);
	status = fcgi_reply_status(&reply);
	fcgi_reply_release(&reply);
	buf_release(&uri);
	return status;
}

static const struct {
	const char *name;
	void (*say)(char line[LINE]);
} refused[] = {
    {"nobody", say_nobody},
    {"a wrong token", say_wrong},
    {"an empty token", say_empty},
    {"a key holder", say_key},
    {"an expired session", say_expired},
    {"an idle session", say_idle},
    {"a revoked token", say_revoked},
};

static void test_refused(const struct route *route)
{
	bool open = is_listed(open_routes, COUNT(open_routes), route);
	char line[LINE];

	for (size_t i = 0; i < COUNT(refused); i++) {
		int status;

		refused[i].say(line);
		status = status_of(route, line, NULL);
		if (open)
			ok(status == 200 || status == 400 || status == 404,
			   "%s %s: %s: %d", route->method, route->pattern,
			   refused[i].name, status);
		else
			is_int(status, 401, "%s %s: %s", route->method,
			       route->pattern, refused[i].name);
	}
}

static void test_let_in(const struct route *route)
{
	bool open = is_listed(open_routes, COUNT(open_routes), route);
	bool persons = is_listed(persons_routes, COUNT(persons_routes), route);
	bool changes = strcmp(route->method, "GET") != 0;
	static const struct {
		const char *name;
		void (*say)(char line[LINE]);
		bool is_token;
	} rows[] = {
	    {"a session", say_session, false},
	    {"a token", say_token, true},
	    {"the operator", say_operator, false},
	};
	char line[LINE];

	for (size_t i = 0; i < COUNT(rows); i++) {
		int status;

		rows[i].say(line);
		status = status_of(route, line, NULL);
		if (persons && rows[i].is_token)
			is_int(status, 403, "%s %s: %s", route->method,
			       route->pattern, rows[i].name);
		else
			ok(status == 200 || status == 400 || status == 404 ||
			       status == 409,
			   "%s %s: %s: %d", route->method, route->pattern,
			   rows[i].name, status);
	}
	say_session(line);
	if (changes)
		is_int(status_of(route, line, "Origin: https://evil.example"),
		       403, "%s %s: the cookie from another site",
		       route->method, route->pattern);
	else if (!open)
		is_int(status_of(route, line, "Origin: https://evil.example"),
		       status_of(route, line, NULL),
		       "%s %s: reading is not forgery", route->method,
		       route->pattern);
}

int main(void)
{
	const struct route *routes;
	size_t n, open = 0, persons = 0;

	admin_client_start(&d);
	routes = admin_routes(&n);
	for (size_t i = 0; i < n; i++) {
		test_refused(&routes[i]);
		test_let_in(&routes[i]);
		open += is_listed(open_routes, COUNT(open_routes), &routes[i]);
		persons += is_listed(persons_routes, COUNT(persons_routes),
				     &routes[i]);
	}
	is_int((int64_t)open, COUNT(open_routes), "the open ones are there");
	is_int((int64_t)persons, COUNT(persons_routes),
	       "those of persons are there");
	ok(n > 90, "every route was tried: %zu", n);
	app_dir_stop(&d);
	return done_testing();
}
