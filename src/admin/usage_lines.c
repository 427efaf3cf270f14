/* GET /admin/account-usage-trend, /admin/api-keys-usage-trend: who used how
 * much over time, the busiest only (CRS 1.8). */
#include <string.h>

#include "admin/csv.h"
#include "admin/reply.h"
#include "admin/routes.h"
#include "admin/usage_json.h"
#include "admin/usage_span.h"
#include "base/mem.h"
#include "store/account.h"
#include "store/api_key.h"

enum { TOP_KEYS = 10, TOP_ACCOUNTS = 20 };

/* An account or a key. */
struct line {
	char id[STORE_ID_BYTES];
	char *name;
	int64_t requests; /* in the whole time: the order */
};

struct chart {
	struct app *app;
	struct usage_span_query span;
	struct line *lines; /* the busiest first; most of them, and one */
	size_t n, most, all;
	void (*ask)(struct usage_query *q, const char *id);
	const char *member, *top, *total; /* their names in the answer */
	const char *file_name;
};

static void ask_key(struct usage_query *q, const char *id)
{
	q->key_id = id;
}

static void ask_account(struct usage_query *q, const char *id)
{
	q->account_id = id;
}

static void add_line(struct chart *c, const char *id, const char *name)
{
	struct line *l = &c->lines[c->n++];

	str_put(l->id, sizeof(l->id), str_of(id));
	l->name = mem_strdup(name ? name : "");
}

static int sum(const struct chart *c, const char *id, int64_t from_ms,
	       int64_t to_ms, struct usage_totals *out, struct err *e)
{
	struct usage_query q = {"", "", "", from_ms, to_ms};

	c->ask(&q, id);
	return store_usage_sum(c->app->store, &q, out, e);
}

static void drop_last(struct chart *c)
{
	mem_free(c->lines[--c->n].name);
}

/* Before those that were used less; the last goes when there are too many. */
static void insert(struct chart *c, const char *id, const char *name,
		   int64_t requests)
{
	struct line line;
	size_t at = c->n;

	add_line(c, id, name);
	line = c->lines[c->n - 1];
	line.requests = requests;
	while (at > 0 && c->lines[at - 1].requests < requests) {
		c->lines[at] = c->lines[at - 1];
		at--;
	}
	c->lines[at] = line;
	if (c->n > c->most)
		drop_last(c);
}

static int sum_all(const struct chart *c, const char *id, int64_t *requests,
		   struct err *e)
{
	struct usage_totals t;

	if (sum(c, id, c->span.at_ms[0], c->span.at_ms[c->span.n], &t, e) < 0)
		return -1;
	*requests = t.requests;
	return 0;
}

/* Is it more than what the last of the busiest has? */
static bool belongs(const struct chart *c, int64_t requests)
{
	return requests > 0 &&
	       (c->n < c->most || requests > c->lines[c->n - 1].requests);
}

static void release(struct chart *c)
{
	for (size_t i = 0; i < c->n; i++)
		mem_free(c->lines[i].name);
	mem_free(c->lines);
}

static cJSON *value(const struct chart *c, const struct line *l, size_t point,
		    struct err *e)
{
	struct usage_totals t;
	cJSON *o;

	if (sum(c, l->id, c->span.at_ms[point], c->span.at_ms[point + 1], &t,
		e) < 0)
		return NULL;
	o = usage_counts(&t);
	cJSON_AddStringToObject(o, "name", l->name);
	return o;
}

/* One object a point, with a member for each line. */
static int add_points(const struct chart *c, cJSON *points, struct err *e)
{
	for (size_t i = 0; i < c->span.n; i++) {
		cJSON *o = cJSON_CreateObject(), *members;

		cJSON_AddItemToArray(points, o);
		usage_span_label(&c->span, i, o);
		members = cJSON_AddObjectToObject(o, c->member);
		for (size_t j = 0; j < c->n; j++) {
			cJSON *v = value(c, &c->lines[j], i, e);

			if (!v)
				return -1;
			cJSON_AddItemToObject(members, c->lines[j].id, v);
		}
	}
	return 0;
}

/* The same as rows of a table: a point and a line each. */
static int add_rows(const struct chart *c, cJSON *rows, struct err *e)
{
	for (size_t i = 0; i < c->span.n; i++) {
		for (size_t j = 0; j < c->n; j++) {
			cJSON *v = value(c, &c->lines[j], i, e);

			if (!v)
				return -1;
			usage_span_label(&c->span, i, v);
			cJSON_AddStringToObject(v, "id", c->lines[j].id);
			cJSON_AddItemToArray(rows, v);
		}
	}
	return 0;
}

static enum route_result reply_points(struct request *r, const struct chart *c,
				      cJSON *points)
{
	cJSON *o = reply_begin(), *top;

	cJSON_AddItemToObject(o, "data", points);
	cJSON_AddStringToObject(o, "granularity",
				c->span.hours ? "hour" : "day");
	cJSON_AddNumberToObject(o, "timezone",
				usage_zone_hours(c->span.at_ms[0]));
	top = cJSON_AddArrayToObject(o, c->top);
	for (size_t i = 0; i < c->n; i++)
		cJSON_AddItemToArray(top, cJSON_CreateString(c->lines[i].id));
	json_add_int(o, c->total, (int64_t)c->all);
	return reply_object(r, o, NULL, 0);
}

static enum route_result answer(struct request *r, struct chart *c)
{
	cJSON *list = cJSON_CreateArray();
	struct err e;

	if ((csv_wanted(r) ? add_rows(c, list, &e) : add_points(c, list, &e)) <
	    0) {
		cJSON_Delete(list);
		return reply_err(r, &e);
	}
	if (!csv_wanted(r))
		return reply_points(r, c, list);
	csv_reply(r, list, c->file_name);
	return ROUTE_ANSWERED;
}

static void start(struct chart *c, size_t most)
{
	c->most = most;
	c->lines = mem_array(most + 1, sizeof(*c->lines));
}

static int add_accounts(struct chart *c, struct err *e)
{
	struct account *list;
	size_t n;
	int rc = 0;

	if (store_account_list(c->app->store, &list, &n, e) < 0)
		return -1;
	c->all = n;
	for (size_t i = 0; rc == 0 && i < n; i++) {
		int64_t requests;

		rc = sum_all(c, list[i].id, &requests, e);
		if (rc == 0 && belongs(c, requests))
			insert(c, list[i].id, list[i].name, requests);
	}
	account_list_free(list, n);
	return rc;
}

static enum route_result chart_get(struct request *r, struct chart *c,
				   int (*add)(struct chart *c, struct err *e))
{
	enum route_result done;
	struct err e;

	if (usage_span_read(r, &c->span, &e) < 0) {
		release(c);
		return reply_err(r, &e);
	}
	done = add(c, &e) < 0 ? reply_err(r, &e) : answer(r, c);
	release(c);
	return done;
}

enum route_result account_trend_get(struct app *app, struct request *r,
				    const struct route_args *args)
{
	struct chart c = {.app = app,
			  .ask = ask_account,
			  .member = "accounts",
			  .top = "topAccounts",
			  .total = "totalAccounts",
			  .file_name = "accounts.csv"};

	(void)args;
	start(&c, TOP_ACCOUNTS);
	return chart_get(r, &c, add_accounts);
}

/* A key that was removed for good is in no chart. */
static int offer_key(struct chart *c, const char *id, struct err *e)
{
	int64_t requests;
	struct api_key k;

	if (sum_all(c, id, &requests, e) < 0)
		return -1;
	if (!belongs(c, requests))
		return 0;
	if (store_api_key_get(c->app->store, id, &k, e) < 0)
		return e->kind == ERR_NOT_FOUND ? 0 : -1;
	insert(c, id, k.name, requests);
	api_key_release(&k);
	return 0;
}

/* Those that can be among the busiest: until the bound of the next one is less
 * than what the last of them has. */
static int add_keys(struct chart *c, struct err *e)
{
	struct key_usage *list;
	size_t n;
	int rc = 0;

	if (store_usage_bounds(c->app->store, c->span.at_ms[0],
			       c->span.at_ms[c->span.n], &list, &n, e) < 0)
		return -1;
	c->all = n;
	while (rc == 0 && n && belongs(c, list[0].requests)) {
		struct key_usage next = key_usage_pop(list, &n);

		rc = offer_key(c, next.key_id, e);
	}
	mem_free(list);
	return rc;
}

enum route_result key_trend_get(struct app *app, struct request *r,
				const struct route_args *args)
{
	struct chart c = {.app = app,
			  .ask = ask_key,
			  .member = "apiKeys",
			  .top = "topApiKeys",
			  .total = "totalApiKeys",
			  .file_name = "keys.csv"};

	(void)args;
	start(&c, TOP_KEYS);
	return chart_get(r, &c, add_keys);
}
