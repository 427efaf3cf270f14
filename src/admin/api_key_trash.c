/* Keys that were deleted: listed, restored, removed for good. */
#include <stdlib.h>

#include "admin/api_key_change.h"
#include "admin/api_key_show.h"
#include "admin/field.h"
#include "admin/page.h"
#include "admin/reply.h"
#include "admin/routes.h"
#include "base/mem.h"

/* The one that was deleted last stands first. */
static int by_deletion(const void *a, const void *b)
{
	const struct api_key *const *x = a, *const *y = b;

	return ((*x)->deleted_ms < (*y)->deleted_ms) -
	       ((*x)->deleted_ms > (*y)->deleted_ms);
}

static cJSON *show_deleted(struct app *app, const struct api_key *k)
{
	cJSON *item = api_key_show(app, k);

	cJSON_AddBoolToObject(item, "isDeleted", true);
	field_add_time(item, "deletedAt", k->deleted_ms);
	return item;
}

/* All of them, or with pageSize one page. */
enum route_result api_key_deleted(struct app *app, struct request *r,
				  const struct route_args *args)
{
	bool paged = request_query(r, "pageSize").n > 0;
	const struct api_key **found;
	size_t n, total = 0, from, to;
	const struct api_key *list;
	struct page page;
	cJSON *o, *items;
	struct err e;

	(void)args;
	if (page_read(r, 1, &page, &e) < 0 ||
	    store_api_keys_borrow(app->store, &list, &n, &e) < 0)
		return reply_err(r, &e);
	found = mem_array(n, sizeof(const struct api_key *));
	for (size_t i = 0; i < n; i++) {
		if (list[i].deleted_ms)
			found[total++] = &list[i];
	}
	qsort(found, total, sizeof(const struct api_key *), by_deletion);
	page_window(&page, total, &from, &to);
	o = reply_begin();
	items = cJSON_AddArrayToObject(o, "apiKeys");
	for (size_t i = paged ? from : 0; i < (paged ? to : total); i++)
		cJSON_AddItemToArray(items, show_deleted(app, found[i]));
	json_add_int(o, "total", (int64_t)total);
	mem_free(found);
	store_api_keys_return(app->store);
	return reply_object(r, o, NULL, 0);
}

static int take_out(struct api_key *k, const cJSON *body, struct err *e)
{
	(void)body, (void)e;
	k->deleted_ms = 0;
	return 0;
}

enum route_result api_key_restore(struct app *app, struct request *r,
				  const struct route_args *args)
{
	struct api_key_change c = {.in_trash = true, .change = take_out};
	struct api_key k;
	struct err e;
	cJSON *data;

	if (api_key_change(app, args->arg[0], &c, &k, &e) < 0)
		return reply_err(r, &e);
	data = api_key_show(app, &k);
	api_key_release(&k);
	return reply_data(r, data, "API key restored successfully");
}

static int nothing(struct api_key *k, const cJSON *body, struct err *e)
{
	(void)k, (void)body, (void)e;
	return 0;
}

/* Only out of the trash.  Its requests stay in the ledger. */
enum route_result api_key_purge(struct app *app, struct request *r,
				const struct route_args *args)
{
	struct api_key_change c = {.in_trash = true, .change = nothing};
	struct api_key k;
	struct err e;
	int rc;

	if (api_key_change(app, args->arg[0], &c, &k, &e) < 0)
		return reply_err(r, &e);
	rc = store_api_key_delete(app->store, k.id, &e);
	api_key_release(&k);
	if (rc < 0)
		return reply_err(r, &e);
	return reply_data(r, NULL, "API key removed for good");
}

enum route_result api_key_purge_all(struct app *app, struct request *r,
				    const struct route_args *args)
{
	struct api_key *list;
	int64_t removed = 0;
	struct err e;
	cJSON *data;
	size_t n;
	int rc = 0;

	(void)args;
	if (store_api_key_list(app->store, &list, &n, &e) < 0)
		return reply_err(r, &e);
	for (size_t i = 0; i < n && rc == 0; i++) {
		if (!list[i].deleted_ms)
			continue;
		rc = store_api_key_delete(app->store, list[i].id, &e);
		removed += rc == 0;
	}
	api_key_list_free(list, n);
	if (rc < 0)
		return reply_err(r, &e);
	data = cJSON_CreateObject();
	json_add_int(data, "removed", removed);
	return reply_data(r, data, "The trash is empty");
}
