#include "tests/support/tap.h"

#include "relay/path.h"
#include "web/path.h"
#include "web/response.h"
#include "web/route.h"

static const struct {
	const char *uri, *script, *path, *query;
} uris[] = {
    {"/v1/messages?beta=true", "", "/v1/messages", "beta=true"},
    {"/v1//messages/", "", "/v1/messages", ""},
    {"http://host:3000/v1/models?limit=1", "", "/v1/models", "limit=1"},
    {"http://host", "", "/", ""},
    {"", "", "/", ""},
    {"/a%2Fb%20c", "", "/a/b c", ""},
    {"/cgi-bin/llmrelay.cgi/v1/messages", "/cgi-bin/llmrelay.cgi",
     "/v1/messages", ""},
    {"/cgi-bin/llmrelay.cgi?x", "/cgi-bin/llmrelay.cgi", "/", "x"},
    {"/v1/messages", "/v1", "/v1/messages", ""},
    {"/x.cgiz/v1", "/x.cgi", "/x.cgiz/v1", ""},
};

static void test_split(void)
{
	struct arena a = ARENA_INIT;
	struct str path, query;

	for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
		path_split(str_of(uris[i].uri), str_of(uris[i].script), &a,
			   &path, &query);
		is_text(path, uris[i].path, uris[i].uri);
		is_text(query, uris[i].query, "its query");
	}
	arena_release(&a);
}

static const char *const spellings[][2] = {
    {"/v1/messages", "/v1/messages"},
    {"/v1/v1/messages", "/v1/messages"},
    {"/api/v1/messages", "/v1/messages"},
    {"/claude/v1/messages", "/v1/messages"},
    {"/api/claude/v1/messages", "/v1/messages"},
    {"/api/v1/v1/messages", "/v1/messages"},
    {"/apiStats/v1/x", "/apiStats/v1/x"},
    {"/api/x", "/api/x"},
    {"/claude", "/"},
    {"/api/claude/v1", "/"},
    {"/v1", "/"},
    {"/v1x", "/v1x"},
    {"/claudex", "/claudex"},
    {"/api/event_logging/batch", "/api/event_logging/batch"},
    {"/api/api/event_logging/batch", "/api/event_logging/batch"},
    {"/claude/api/event_logging/batch", "/api/event_logging/batch"},
};

static void test_spellings(void)
{
	for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++)
		is_text(relay_path(str_of(spellings[i][0])), spellings[i][1],
			spellings[i][0]);
}

static const struct route table[] = {
    {"GET", "/a", 0, NULL},
    {"POST", "/a", 0, NULL},
    {"PUT", "/a/:id/toggle", 0, NULL},
    {"GET", "/a/all", 0, NULL},
    {"GET", "/a/:id", 0, NULL},
    {"GET", "/b/:rest*", 0, NULL},
};

static enum route_match find(const char *method, const char *path,
			     const struct route **found,
			     struct route_args *args, struct buf *allow)
{
	*found = NULL;
	buf_reset(allow);
	return route_find(table, 6, str_of(method), str_of(path), found, args,
			  allow);
}

static void test_routes(void)
{
	struct buf allow = BUF_INIT(100);
	const struct route *r;
	struct route_args args;

	ok(find("POST", "/a", &r, &args, &allow) == ROUTE_MATCH &&
	       r == &table[1],
	   "method and path");
	ok(find("HEAD", "/a", &r, &args, &allow) == ROUTE_MATCH &&
	       r == &table[0],
	   "HEAD is GET");
	ok(find("PUT", "/a/7/toggle", &r, &args, &allow) == ROUTE_MATCH &&
	       r == &table[2],
	   "a segment");
	is_text(args.arg[0], "7", "its value");
	ok(find("GET", "/a/all", &r, &args, &allow) == ROUTE_MATCH &&
	       r == &table[3],
	   "earlier rows win");
	ok(find("DELETE", "/a", &r, &args, &allow) == ROUTE_NO_METHOD, "405");
	is_text(buf_str(&allow), "GET, POST", "Allow");
	ok(find("GET", "/a//toggle", &r, &args, &allow) == ROUTE_NO_PATH,
	   "an empty segment is none");
	ok(find("GET", "/b/x/y", &r, &args, &allow) == ROUTE_MATCH, "the rest");
	is_text(args.arg[0], "x/y", "with its slashes");
	ok(find("GET", "/b", &r, &args, &allow) == ROUTE_NO_PATH,
	   "an empty rest is none");
	ok(find("GET", "/", &r, &args, &allow) == ROUTE_NO_PATH, "404");
	buf_release(&allow);
}

static void test_head(void)
{
	struct buf out = BUF_INIT(1000);
	struct response_header evil = {"x", STR("a\r\nSet-Cookie: b")};

	response_head(&out, 429, "application/json", STR("req_1"), &evil, 1);
	is_text(buf_str(&out),
		"Status: 429 Too Many Requests\r\n"
		"Content-Type: application/json\r\nrequest-id: req_1\r\n"
		"x-request-id: req_1\r\n"
		"Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
		"\r\n",
		"a head, without a header that would split it");
	buf_release(&out);
}

int main(void)
{
	test_split();
	test_spellings();
	test_routes();
	test_head();
	return done_testing();
}
