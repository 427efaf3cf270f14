/* GET /admin/account-usage-trend, /admin/api-keys-usage-trend: who used how
 * much over time, the busiest only (CRS 1.8). */
#include <stdlib.h>
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
	struct line *lines;
	size_t n, all;
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

static int by_requests(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	return (y->requests > x->requests) - (y->requests < x->requests);
}

/* The busiest first; the others are dropped. */
static int choose(struct chart *c, size_t most, struct err *e)
{
	for (size_t i = 0; i < c->n; i++) {
		struct usage_totals t;

		if (sum(c, c->lines[i].id, c->span.at_ms[0],
			c->span.at_ms[c->span.n], &t, e) < 0)
			return -1;
		c->lines[i].requests = t.requests;
	}
	qsort(c->lines, c->n, sizeof(*c->lines), by_requests);
	while (c->n > most || (c->n && c->lines[c->n - 1].requests == 0))
		mem_free(c->lines[--c->n].name);
	return 0;
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

static enum route_result answer(struct request *r, struct chart *c, size_t most)
{
	cJSON *list = cJSON_CreateArray();
	struct err e;

	c->all = c->n;
	if (choose(c, most, &e) < 0 ||
	    (csv_wanted(r) ? add_rows(c, list, &e) : add_points(c, list, &e)) <
		0) {
		cJSON_Delete(list);
		return reply_err(r, &e);
	}
	if (!csv_wanted(r))
		return reply_points(r, c, list);
	csv_reply(r, list, c->file_name);
	return ROUTE_ANSWERED;
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
	enum route_result done;
	struct account *list;
	struct err e;
	size_t n;

	(void)args;
	if (usage_span_read(r, &c.span, &e) < 0 ||
	    store_account_list(app->store, &list, &n, &e) < 0)
		return reply_err(r, &e);
	c.lines = mem_array(n, sizeof(*c.lines));
	for (size_t i = 0; i < n; i++)
		add_line(&c, list[i].id, list[i].name);
	account_list_free(list, n);
	done = answer(r, &c, TOP_ACCOUNTS);
	release(&c);
	return done;
}

/* Was the key used in that time?  Spares sums of those that were not. */
static bool was_used(const struct chart *c, const struct api_key *k)
{
	int64_t at_ms = 0;
	struct err e;

	return store_api_key_last_used(c->app->store, k->id, &at_ms, &e) < 0 ||
	       at_ms >= c->span.at_ms[0];
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
	enum route_result done;
	struct api_key *list;
	struct err e;
	size_t n;

	(void)args;
	if (usage_span_read(r, &c.span, &e) < 0 ||
	    store_api_key_list(app->store, &list, &n, &e) < 0)
		return reply_err(r, &e);
	c.lines = mem_array(n, sizeof(*c.lines));
	for (size_t i = 0; i < n; i++) {
		if (was_used(&c, &list[i]))
			add_line(&c, list[i].id, list[i].name);
	}
	api_key_list_free(list, n);
	done = answer(r, &c, TOP_KEYS);
	release(&c);
	return done;
}
