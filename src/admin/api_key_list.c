/* GET /admin/api-keys: searched, sorted, paged. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "admin/api_key_csv.h"
#include "admin/api_key_show.h"
#include "admin/api_key_tags.h"
#include "admin/csv.h"
#include "admin/page.h"
#include "admin/reply.h"
#include "admin/routes.h"
#include "admin/usage_json.h"
#include "base/clock.h"
#include "base/mem.h"

enum { PAGE_DEFAULT = 20, CSV_MAX = 10000 };

struct row {
	const struct api_key *key;
	const char *status;
	int64_t number; /* sort keys that have to be looked up */
	double cost;
};

struct rows {
	const struct api_key *keys; /* all, borrowed */
	size_t nkeys;
	struct row *list;
	size_t n;
};

struct filter {
	struct str search, tag, active, status;
	struct str named; /* the whole name, or the id */
};

typedef int order_fn(const void *a, const void *b);

static int cmp_i64(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

/* Equal ones keep the order of their making. */
static int by_created(const void *a, const void *b)
{
	const struct api_key *x = ((const struct row *)a)->key;
	const struct api_key *y = ((const struct row *)b)->key;
	int c = cmp_i64(x->created_ms, y->created_ms);

	return c ? c : strcmp(x->id, y->id);
}

static int by_name(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int c = strcasecmp(x->key->name, y->key->name);

	return c ? c : by_created(a, b);
}

static int by_expiry(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	/* Never is later than any date. */
	int64_t at = x->key->expires_ms ? x->key->expires_ms : INT64_MAX;
	int64_t bt = y->key->expires_ms ? y->key->expires_ms : INT64_MAX;
	int c = cmp_i64(at, bt);

	return c ? c : by_created(a, b);
}

static int by_number(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int c = cmp_i64(x->number, y->number);

	return c ? c : by_created(a, b);
}

static int by_active(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int c = cmp_i64(x->key->active, y->key->active);

	return c ? c : by_created(a, b);
}

static int by_status(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int c = strcmp(x->status, y->status);

	return c ? c : by_created(a, b);
}

static int by_cost(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int c = (x->cost > y->cost) - (x->cost < y->cost);

	return c ? c : by_created(a, b);
}

static const struct sort {
	const char *name;
	order_fn *order;
	bool last_used, cost; /* has to be looked up */
} sorts[] = {
    {"createdAt", by_created, false, false},
    {"name", by_name, false, false},
    {"expiresAt", by_expiry, false, false},
    {"lastUsedAt", by_number, true, false},
    {"isActive", by_active, false, false},
    {"status", by_status, false, false},
    {"cost", by_cost, false, true},
};

static const struct sort *read_sort(struct request *r, struct err *e)
{
	struct str name = request_query(r, "sortBy");

	if (!name.n)
		return &sorts[0];
	for (size_t i = 0; i < sizeof(sorts) / sizeof(sorts[0]); i++) {
		if (str_is(name, sorts[i].name))
			return &sorts[i];
	}
	err_set(e, ERR_BAD_REQUEST,
		"sortBy must be one of createdAt, name, expiresAt, "
		"lastUsedAt, isActive, status, cost");
	return NULL;
}

static bool is_status(struct str word)
{
	static const char *const words[] = {"active", "waiting", "inactive",
					    "expired"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (str_is(word, words[i]))
			return true;
	}
	return false;
}

static int read_filter(struct request *r, struct filter *f, struct err *e)
{
	f->search = request_query(r, "search");
	f->named = request_query(r, "named");
	f->tag = request_query(r, "tag");
	f->active = request_query(r, "isActive");
	f->status = request_query(r, "status");
	if (f->status.n && !is_status(f->status))
		return err_set(e, ERR_BAD_REQUEST,
			       "status must be one of active, waiting, "
			       "inactive, expired");
	if (f->active.n && !str_is(f->active, "true") &&
	    !str_is(f->active, "false"))
		return err_set(e, ERR_BAD_REQUEST,
			       "isActive must be true or false");
	return 0;
}

static bool has_tag(const struct api_key *k, struct str tag)
{
	for (size_t i = 0; i < k->ntags; i++) {
		if (str_is(tag, k->tags[i]))
			return true;
	}
	return false;
}

static bool is_wanted(const struct api_key *k, const struct filter *f)
{
	if (k->deleted_ms)
		return false;
	if (f->active.n && str_is(f->active, "true") != k->active)
		return false;
	if (f->status.n &&
	    !str_is(f->status, api_key_status(k, clock_wall_ms())))
		return false;
	if (f->tag.n && !has_tag(k, f->tag))
		return false;
	if (f->named.n && !str_is(f->named, k->name) &&
	    !str_is(f->named, k->id))
		return false;
	return !f->search.n ||
	       str_ifind(str_of(k->name), f->search) != SIZE_MAX ||
	       str_ifind(str_of(k->description), f->search) != SIZE_MAX ||
	       str_find(str_of(k->hint), f->search) != SIZE_MAX ||
	       str_is(f->search, k->id);
}

static void look_up(struct row *row)
{
	row->status = api_key_status(row->key, clock_wall_ms());
}

static cJSON *items_json(struct app *app, const struct row *rows, size_t n,
			 const struct page *page)
{
	cJSON *items = cJSON_CreateArray();
	size_t from, to;

	page_window(page, n, &from, &to);
	for (size_t i = from; i < to; i++) {
		const struct row *row = &rows[page->descending ? n - 1 - i : i];

		cJSON_AddItemToArray(items, api_key_show(app, row->key));
	}
	return items;
}

static cJSON *page_of(struct app *app, const struct page *page,
		      const struct api_key *keys, size_t n,
		      const struct row *rows, size_t found)
{
	cJSON *data = cJSON_CreateObject();

	cJSON_AddItemToObject(data, "items",
			      items_json(app, rows, found, page));
	cJSON_AddItemToObject(data, "pagination", page_json(page, found));
	cJSON_AddItemToObject(data, "availableTags",
			      api_key_tags_json(keys, n, false));
	return data;
}

/* All that match, in the same order. */
static cJSON *table_of(struct app *app, struct row *rows, size_t n,
		       const struct page *page)
{
	const struct page all = {1, CSV_MAX, page->descending};
	cJSON *items = items_json(app, rows, n, &all), *item;

	cJSON_ArrayForEach(item, items) api_key_flatten(item);
	return items;
}

static int by_key_id(const void *a, const void *b)
{
	const struct key_usage *x = a, *y = b;

	return strcmp(x->key_id, y->key_id);
}

static double cost_of(const struct key_usage *list, size_t n, const char *id)
{
	struct key_usage wanted;
	const struct key_usage *found;

	str_put(wanted.key_id, sizeof(wanted.key_id), str_of(id));
	found = n ? bsearch(&wanted, list, n, sizeof(*list), by_key_id) : NULL;
	return found ? found->cost : 0;
}

/* The keys that are wanted, with what they are sorted by. */
static int find_rows(struct app *app, const struct filter *f,
		     const struct sort *sort, struct rows *out, struct err *e)
{
	struct key_use *uses = NULL;
	struct key_usage *costs = NULL;
	size_t nuses = 0, ncosts = 0;

	out->list = mem_array(out->nkeys, sizeof(*out->list));
	if (sort->last_used &&
	    store_api_keys_used(app->store, &uses, &nuses, e) < 0)
		return -1;
	if (sort->cost && store_usage_ever(app->store, &costs, &ncosts, e) < 0)
		return -1;
	if (ncosts)
		qsort(costs, ncosts, sizeof(*costs), by_key_id);
	for (size_t i = 0; i < out->nkeys; i++) {
		const struct api_key *k = &out->keys[i];
		struct row *row = &out->list[out->n];

		if (!is_wanted(k, f))
			continue;
		out->n++;
		row->key = k;
		look_up(row);
		if (sort->last_used)
			row->number = key_use_of(uses, nuses, k->id);
		if (sort->cost)
			row->cost = cost_of(costs, ncosts, k->id);
	}
	mem_free(uses);
	mem_free(costs);
	qsort(out->list, out->n, sizeof(*out->list), sort->order);
	return 0;
}

enum route_result api_key_list(struct app *app, struct request *r,
			       const struct route_args *args)
{
	struct rows rows = {.list = NULL};
	const struct sort *sort;
	struct filter filter;
	cJSON *data = NULL;
	struct page page;
	struct err e;

	(void)args;
	if (page_read(r, PAGE_DEFAULT, &page, &e) < 0 ||
	    read_filter(r, &filter, &e) < 0 || !(sort = read_sort(r, &e)) ||
	    store_api_keys_borrow(app->store, &rows.keys, &rows.nkeys, &e) < 0)
		return reply_err(r, &e);
	if (find_rows(app, &filter, sort, &rows, &e) == 0)
		data = csv_wanted(r) ? table_of(app, rows.list, rows.n, &page)
				     : page_of(app, &page, rows.keys,
					       rows.nkeys, rows.list, rows.n);
	mem_free(rows.list);
	store_api_keys_return(app->store);
	if (!data)
		return reply_err(r, &e);
	if (!csv_wanted(r))
		return reply_data(r, data, NULL);
	csv_reply(r, data, "api-keys.csv");
	return ROUTE_ANSWERED;
}
