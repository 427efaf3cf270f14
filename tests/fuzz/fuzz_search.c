/*
 * Any bytes as the answer of a search server, or as a request that may search.
 * The first byte chooses; what the client gets must be JSON, what the model
 * gets a good body, the address one line.
 */
#include "proto/web_search.h"
#include "proto/anthropic_request.h"
#include "proto/openai_request.h"
#include "tests/fuzz/check_body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { OUT_MAX = 64 << 20, RESULTS = 5 };
enum { ALLOW = 1, BLOCK = 2, ASK = 4 };

static const char question[] =
    "{\"model\":\"m\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\","
    "\"content\":\"Perform a web search for the query: x\"}],\"tools\":[{"
    "\"type\":\"web_search_20250305\",\"name\":\"web_search\"}]}";
static const char answer[] =
    "{\"results\":[{\"url\":\"https://a.org\",\"title\":\"t\",\"content\":"
    "\"c\"}]}";

static void check_json(struct str text)
{
	struct jerror why;
	struct jdoc d;

	jdoc_init(&d);
	require(jdoc_parse(&d, text, &jscan_request_limits, &why) == 0);
	jdoc_release(&d);
}

static void check_url(struct str query, const struct chat_search *search)
{
	struct buf url = BUF_INIT(OUT_MAX);

	web_search_url(&url, STR("http://s/search"), query, search);
	for (size_t i = 0; i < url.len; i++)
		require(url.data[i] > ' ' && url.data[i] < 0x7f);
	buf_release(&url);
}

static void check_told(struct chat_request *r, struct arena *a)
{
	struct openai_target target = {.model = STR("m")};
	struct buf body = BUF_INIT(OUT_MAX);
	struct tool_names names;
	struct err e;

	if (openai_request_write(&body, r, &target, a, &names, &e) == 0)
		check_body(buf_str(&body));
	buf_release(&body);
}

static void search(struct chat_request *r, struct str found, struct arena *a)
{
	struct buf content = BUF_INIT(OUT_MAX);
	struct web_results results;
	struct str query;
	enum web_search_fault fault = web_search_query(r, a, &query);

	require(query.n <= WEB_QUERY_BYTES);
	check_url(query, &r->search);
	web_search_read(&results, found, &r->search, RESULTS, a);
	require(results.n <= RESULTS);
	for (size_t i = 0; i < results.n; i++) {
		buf_reset(&content);
		web_search_citation(&content, &results.v[i]);
		check_json(buf_str(&content));
		web_search_cites(found, results.v[i].url);
		require(web_search_cites(results.v[i].url, results.v[i].url) ||
			results.v[i].url.n <= sizeof("https://"));
	}
	buf_reset(&content);
	if (fault != WEB_SEARCH_OK)
		results = (struct web_results){.fault = fault};
	web_search_content(&content, &results);
	check_json(buf_str(&content));
	web_search_tell(r, query, &results, a);
	check_told(r, a);
	buf_release(&content);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct str domains[] = {STR("a.org"), STR("b.com/x*")};
	struct anthropic_request_options options = {.can_search = true};
	struct str rest = {(const char *)data + 1, n ? n - 1 : 0};
	struct arena a = ARENA_INIT;
	struct chat_request r;
	struct jdoc doc;
	struct err e;
	unsigned mode = n ? data[0] : 0;

	if (n == 0)
		return 0;
	jdoc_init(&doc);
	if (anthropic_request_read(&r, &doc, mode & ASK ? rest : STR(question),
				   &a, &options, &e) == 0 &&
	    r.search.wanted) {
		if (mode & ALLOW)
			r.search.allowed = (struct search_domains){domains, 2};
		if (mode & BLOCK)
			r.search.blocked = (struct search_domains){domains, 2};
		search(&r, mode & ASK ? STR(answer) : rest, &a);
	}
	jdoc_release(&doc);
	arena_release(&a);
	return 0;
}
