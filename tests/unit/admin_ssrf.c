/* Addresses of tests/unit/ssrf.txt, wherever an administrator may put one. */
#include "tests/support/tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/admin_client.h"
#include "tests/support/file.h"

enum { LINE = 200, URL = 300, BODY = 2000 };

static struct app_dir d;
static char account[200]; /* "PUT /admin/...", of one that is right */
static size_t lines;

static void refused(const char *request, const char *body, const char *what)
{
	struct str uri = str_of(request);
	char method[8];
	cJSON *answer;
	int status;

	str_put(method, sizeof(method), str_cut(&uri, ' '));
	answer = admin_call(&d, method, uri.p, body, &status);
	is_int(status, 400, "%s: %s", request, what);
	cJSON_Delete(answer);
}

static void add_text(struct buf *out, const char *member, const char *text)
{
	buf_addf(out, "\"%s\":", member);
	buf_json(out, str_of(text));
}

/* A body of the text as one member, which may lie in an object. */
static void try_member(const char *request, const char *before,
		       const char *member, const char *text, const char *after)
{
	struct buf body = BUF_INIT(BODY);

	buf_adds(&body, before);
	add_text(&body, member, text);
	buf_adds(&body, after);
	refused(request, body.data, text);
	buf_release(&body);
}

static void try_address(const char *url)
{
	try_member("POST /admin/azure-openai-accounts",
		   "{\"name\":\"x\",\"deploymentName\":\"m\","
		   "\"apiKey\":\"k\",",
		   "azureEndpoint", url, "}");
	try_member("POST /admin/openai-responses-accounts",
		   "{\"name\":\"x\",\"apiKey\":\"k\",", "baseApi", url, "}");
	try_member(account, "{", "azureEndpoint", url, "}");
}

static void try_webhook(const char *url)
{
	try_member("PUT /admin/webhook", "{", "url", url, "}");
}

static void try_proxy(const char *host)
{
	static const char *const types[] = {"http", "https", "socks5",
					    "socks5h", "socks4a"};
	char url[URL], before[LINE];

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		snprintf(url, sizeof(url), "%s://%s:3128", types[i], host);
		try_member(account, "{", "proxy", url, "}");
		snprintf(url, sizeof(url), "%s://u:p@%s:3128", types[i], host);
		try_member(account, "{", "proxy", url, "}");
	}
	snprintf(before, sizeof(before),
		 "{\"proxy\":{\"type\":\"http\",\"port\":3128,");
	try_member(account, before, "host", host, "}}");
}

static void try_host(const char *host)
{
	static const struct {
		const char *before, *after;
	} forms[] = {
	    {"http://", ""}, {"https://", "/"}, {"HTTP://", ":8000/v1"}};
	char url[URL];

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		snprintf(url, sizeof(url), "%s%s%s", forms[i].before, host,
			 forms[i].after);
		try_address(url);
		try_webhook(url);
	}
	snprintf(url, sizeof(url), "https://%s/in?token=x", host);
	try_webhook(url);
	try_proxy(host);
}

static void try_line(struct str line)
{
	struct str text = line;
	struct str kind = str_cut(&text, ' ');
	char value[LINE];

	str_put(value, sizeof(value), text);
	if (str_is(kind, "host")) {
		try_host(value);
	} else if (str_is(kind, "url")) {
		try_address(value);
		try_webhook(value);
	} else {
		return;
	}
	lines++;
}

static void make_account(void)
{
	int status;
	cJSON *answer = admin_call(
	    &d, "POST", "/admin/azure-openai-accounts",
	    "{\"name\":\"right\",\"azureEndpoint\":\"http://127.0.0.1:1\","
	    "\"deploymentName\":\"m\",\"apiKey\":\"k\"}",
	    &status);
	char *id = admin_text(answer, "data.id");

	is_int(status, 200, "an account at a right address");
	snprintf(account, sizeof(account),
		 "PUT /admin/azure-openai-accounts/%s", id);
	mem_free(id);
	cJSON_Delete(answer);
}

/* Nothing of all that was kept. */
static void test_unchanged(void)
{
	char uri[220];

	snprintf(uri, sizeof(uri), "GET %s", account + 4);
	admin_check(&d, uri, NULL, 200, "data.azureEndpoint",
		    "http://127.0.0.1:1");
	admin_check(&d, uri, NULL, 200, "data.proxy", "null");
	admin_check(&d, "GET /admin/webhook", NULL, 200, "data.url", "null");
	admin_check(&d, "GET /admin/azure-openai-accounts", NULL, 200, "data.1",
		    "absent");
}

int main(void)
{
	const char *folder = getenv("srcdir");
	char path[4096];
	struct str text, rest;

	snprintf(path, sizeof(path), "%s/tests/unit", folder ? folder : ".");
	text = file_read(path, "ssrf.txt");
	ok(text.p != NULL, "ssrf.txt");
	admin_client_start(&d);
	make_account();
	rest = text;
	while (rest.n)
		try_line(str_cut(&rest, '\n'));
	ok(lines >= 60, "%zu addresses", lines);
	test_unchanged();
	app_dir_stop(&d);
	mem_free((char *)(uintptr_t)text.p);
	return done_testing();
}
