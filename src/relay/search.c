#include "relay/search.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/secret.h"
#include "io/transfer.h"
#include "proto/web_search.h"

enum {
	URL_BYTES = 64 * 1024,
	CONTENT_BYTES = 4 << 20,
	ID_BYTES = 40,
	CONNECT_MS = 5000
};

struct search {
	const struct settings *settings;
	struct chat_search wish; /* its domains live in the request */
	struct arena arena;
	enum web_search_fault fault;
	struct str query;
	struct buf url, body;
	struct transfer *transfer;
	struct loop_timer *soon; /* for what need not be asked */
	int status;
	const char *request_id;
	void (*done)(void *ctx);
	void *ctx;
	/* The end: */
	char id[ID_BYTES];
	struct buf content;
	struct event_search shown;
	bool told;
};

struct search *search_new(const struct settings *s,
			  const struct chat_request *r)
{
	struct search *v = mem_zalloc(sizeof(*v));

	v->settings = s;
	v->wish = r->search;
	v->arena = ARENA_INIT;
	buf_init(&v->url, URL_BYTES);
	buf_init(&v->body, WEB_ANSWER_BYTES);
	buf_init(&v->content, CONTENT_BYTES);
	memcpy(v->id, "srvtoolu_", 9);
	secret_base62(v->id + 9, 24);
	v->fault = web_search_query(r, &v->arena, &v->query);
	if (v->fault == WEB_SEARCH_OK)
		web_search_url(&v->url, str_of(s->search_url), v->query,
			       &v->wish);
	if (!buf_ok(&v->url))
		v->fault = WEB_SEARCH_QUERY_TOO_LONG;
	return v;
}

void search_free(struct search *v)
{
	if (!v)
		return;
	buf_release(&v->url);
	buf_release(&v->body);
	buf_release(&v->content);
	arena_release(&v->arena);
	mem_free(v);
}

static void finish(struct search *v, enum web_search_fault fault,
		   const char *detail)
{
	v->transfer = NULL;
	v->fault = fault;
	if (fault != WEB_SEARCH_OK)
		log_note(LOG_WARN, "search", "id=%s status=%d %s: %s",
			 v->request_id, v->status, web_search_word(fault),
			 detail);
	v->done(v->ctx);
}

static int on_head(void *ctx, const struct transfer_head *head)
{
	struct search *v = ctx;

	v->status = head->status;
	return 0;
}

static int on_data(void *ctx, struct str bytes)
{
	struct search *v = ctx;

	buf_addstr(&v->body, bytes);
	if (buf_ok(&v->body))
		return 0;
	finish(v, WEB_SEARCH_UNAVAILABLE, "the answer is too large");
	return 1;
}

static void on_flush(void *ctx)
{
	(void)ctx;
}

static void on_done(void *ctx, enum transfer_end end, const char *detail)
{
	struct search *v = ctx;

	if (end != TRANSFER_OK)
		finish(v, WEB_SEARCH_UNAVAILABLE, detail);
	else if (v->status == 429)
		finish(v, WEB_SEARCH_TOO_MANY, "asked too often");
	else if (v->status != 200)
		finish(v, WEB_SEARCH_UNAVAILABLE, "no good status");
	else
		finish(v, WEB_SEARCH_OK, "");
}

static const struct transfer_events events = {on_head, on_data, on_flush,
					      on_done};

static void on_soon(void *ctx)
{
	struct search *v = ctx;

	loop_timer_free(v->soon);
	v->soon = NULL;
	finish(v, v->fault, "not asked");
}

void search_start(struct search *v, struct loop *l, const char *request_id,
		  void (*done)(void *ctx), void *ctx)
{
	static const char *const headers[] = {
	    "Accept: application/json",
	    "User-Agent: llmrelay/" PACKAGE_VERSION};
	int64_t limit_ms = v->settings->search_ms;
	struct transfer_spec spec = {
	    .method = "GET",
	    .url = v->url.data,
	    .headers = headers,
	    .nheaders = 2,
	    .connect_ms = limit_ms < CONNECT_MS ? limit_ms : CONNECT_MS,
	    .total_ms = limit_ms,
	};

	v->request_id = request_id;
	v->done = done;
	v->ctx = ctx;
	if (v->fault == WEB_SEARCH_OK) {
		v->transfer = transfer_start(l, &spec, &events, v);
		return;
	}
	v->soon = loop_timer_new(l, on_soon, v);
	loop_timer_set(v->soon, 0);
}

bool search_stop(struct search *v)
{
	bool running = v->transfer || v->soon;

	if (v->transfer)
		transfer_cancel(v->transfer);
	loop_timer_free(v->soon);
	v->transfer = NULL;
	v->soon = NULL;
	return running;
}

/* Everything that a text may cite. */
static void add_citations(struct search *v, const struct web_results *results)
{
	struct event_citation *list =
	    arena_array(&v->arena, results->n + 1, sizeof(*list));
	struct buf json = BUF_INIT(CONTENT_BYTES);

	for (size_t i = 0; i < results->n; i++) {
		buf_reset(&json);
		web_search_citation(&json, &results->v[i]);
		list[i].url = results->v[i].url;
		list[i].json = arena_str(&v->arena, buf_str(&json));
	}
	v->shown.citations = list;
	v->shown.ncitations = results->n;
	buf_release(&json);
}

void search_tell(struct search *v, struct chat_request *r, struct arena *a)
{
	struct web_results results = {.fault = v->fault};

	if (v->told)
		return;
	v->told = true;
	if (v->fault == WEB_SEARCH_OK)
		web_search_read(&results, buf_str(&v->body), &v->wish,
				(size_t)v->settings->search_results, &v->arena);
	buf_release(&v->body);
	v->fault = results.fault;
	web_search_content(&v->content, &results);
	web_search_tell(r, v->query, &results, a);
	v->shown = (struct event_search){
	    .id = str_of(v->id),
	    .query = v->query,
	    .result = buf_str(&v->content),
	    .failed = results.fault != WEB_SEARCH_OK,
	};
	add_citations(v, &results);
}

const struct event_search *search_shown(const struct search *v)
{
	return v->told ? &v->shown : NULL;
}

const char *search_outcome(const struct search *v)
{
	return v->fault == WEB_SEARCH_OK ? "ok" : web_search_word(v->fault);
}
