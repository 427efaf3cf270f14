#include "relay/models.h"

#include "app/backend.h"
#include "base/mem.h"
#include "relay/answer.h"
#include "relay/auth.h"

enum { LIST_BYTES = 16 * 1024 * 1024, LIMIT_MAX = 1000, LOOKED_AT = 8 };

/* What is known of the accounts that would get a request for a name. */
struct limits {
	int64_t window, output; /* tokens, 0: not known */
};

static void take_less(int64_t *to, int64_t n)
{
	if (n > 0 && (*to == 0 || n < *to))
		*to = n;
}

/* The least of them: any of these may get it. */
static struct limits limits_of(struct app *app, struct str model,
			       const struct api_key *key)
{
	struct pool_query q = {.model = model, .binding = key->binding};
	struct limits found = {0, 0};
	struct pool_view views[LOOKED_AT];
	size_t n = pool_look(app->pool, &q, views, LOOKED_AT);

	for (size_t i = 0; i < n; i++) {
		const struct backend *b = views[i].data;

		take_less(&found.window,
			  backend_window(b, str_of(views[i].sent_model)));
		take_less(&found.output, b->account.max_output);
		pool_unview(app->pool, &views[i]);
	}
	/* An answer cannot be longer than prompt and answer together. */
	take_less(&found.output, found.window);
	return found;
}

static void add_tokens(struct buf *out, const char *key, int64_t tokens)
{
	buf_addf(out, ",\"%s\":", key);
	if (tokens)
		buf_addi(out, tokens);
	else
		buf_adds(out, "null");
}

/* Members of Anthropic's entries, null where nothing is known, and of
 * OpenAI's. */
static void add_entry(struct app *app, struct buf *out, struct str id,
		      const struct api_key *key)
{
	struct limits limits = limits_of(app, id, key);

	buf_adds(out, "{\"type\":\"model\",\"id\":");
	buf_json(out, id);
	buf_adds(out, ",\"display_name\":");
	buf_json(out, id);
	buf_adds(out, ",\"created_at\":\"2025-01-01T00:00:00Z\"");
	add_tokens(out, "max_input_tokens", limits.window);
	add_tokens(out, "max_tokens", limits.output);
	buf_adds(out, ",\"object\":\"model\",\"created\":1735689600,"
		      "\"owned_by\":\"llmrelay\"}");
}

/* The names that this key may ask for, sorted. */
struct names {
	const struct api_key *key;
	char **list;
	size_t n, cap;
};

static void collect(void *ctx, const char *name)
{
	struct names *names = ctx;

	if (auth_model(names->key, str_of(name), NULL) < 0)
		return;
	if (names->n == names->cap) {
		names->cap = names->cap ? 2 * names->cap : 64;
		names->list =
		    mem_realloc(names->list, names->cap * sizeof(*names->list));
	}
	names->list[names->n++] = mem_strdup(name);
}

static void names_release(struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		mem_free(names->list[i]);
	mem_free(names->list);
}

/* Where a cursor stands; n when it is not there. */
static size_t place(const struct names *names, struct str id)
{
	size_t i = 0;

	while (i < names->n && !str_is(id, names->list[i]))
		i++;
	return i;
}

struct page {
	size_t from, to;
};

/* limit, after_id and before_id, as Anthropic pages. */
static int page_of(struct request *r, const struct names *names,
		   struct page *page, struct err *e)
{
	struct str limit = request_query(r, "limit");
	struct str after = request_query(r, "after_id");
	struct str before = request_query(r, "before_id");
	int64_t n = LIMIT_MAX;

	if (limit.n && str_to_i64(limit, 1, LIMIT_MAX, &n) < 0)
		return err_set(e, ERR_BAD_REQUEST,
			       "limit: Input should be from 1 to %d",
			       LIMIT_MAX);
	page->from = 0;
	page->to = names->n;
	if (after.n)
		page->from = place(names, after) + 1;
	if (before.n)
		page->to = place(names, before);
	if (page->from > page->to)
		page->from = page->to;
	if (page->to - page->from > (size_t)n) {
		/* Before a cursor the last ones count, else the first. */
		if (before.n)
			page->from = page->to - (size_t)n;
		else
			page->to = page->from + (size_t)n;
	}
	return 0;
}

static void add_cursor(struct buf *out, const char *key,
		       const struct names *names, const struct page *page,
		       size_t at)
{
	buf_addf(out, ",\"%s\":", key);
	if (page->from < page->to)
		buf_json(out, str_of(names->list[at]));
	else
		buf_adds(out, "null");
}

static void answer_page(struct app *app, struct request *r,
			const struct names *names, const struct page *page)
{
	struct buf out = BUF_INIT(LIST_BYTES);
	bool before = request_query(r, "before_id").n > 0;
	bool more = before ? page->from > 0 : page->to < names->n;

	buf_adds(&out, "{\"object\":\"list\",\"data\":[");
	for (size_t i = page->from; i < page->to; i++) {
		if (i > page->from)
			buf_addc(&out, ',');
		add_entry(app, &out, str_of(names->list[i]), names->key);
	}
	buf_addf(&out, "],\"has_more\":%s", more ? "true" : "false");
	add_cursor(&out, "first_id", names, page, page->from);
	add_cursor(&out, "last_id", names, page, page->to - 1);
	buf_addc(&out, '}');
	answer_json(r, 200, buf_str(&out));
	buf_release(&out);
}

enum route_result models_list(struct app *app, struct request *r,
			      const struct route_args *args)
{
	struct api_key key;
	struct names names = {&key, NULL, 0, 0};
	struct page page = {0, 0};
	struct err e;

	(void)args;
	if (auth_caller(app, r, &key, &e) < 0) {
		answer_error(r, &e);
		return ROUTE_ANSWERED;
	}
	pool_models(app->pool, key.binding, collect, &names);
	if (page_of(r, &names, &page, &e) < 0)
		answer_error(r, &e);
	else
		answer_page(app, r, &names, &page);
	names_release(&names);
	api_key_release(&key);
	return ROUTE_ANSWERED;
}

static int find(struct app *app, const struct api_key *key, struct str id,
		struct err *e)
{
	if (!pool_serves(app->pool, id, key->binding) ||
	    auth_model(key, id, NULL) < 0)
		return err_set(e, ERR_NOT_FOUND, "model: %.*s",
			       STR_ARG(str_sub(id, 0, 200)));
	return 0;
}

enum route_result models_get(struct app *app, struct request *r,
			     const struct route_args *args)
{
	struct buf out = BUF_INIT(LIST_BYTES);
	struct api_key key;
	struct err e;
	int rc = auth_caller(app, r, &key, &e);

	if (rc < 0) {
		answer_error(r, &e);
		return ROUTE_ANSWERED;
	}
	if (find(app, &key, args->arg[0], &e) < 0) {
		answer_error(r, &e);
	} else {
		add_entry(app, &out, args->arg[0], &key);
		answer_json(r, 200, buf_str(&out));
	}
	api_key_release(&key);
	buf_release(&out);
	return ROUTE_ANSWERED;
}
