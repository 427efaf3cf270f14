/* /admin/account-groups (CRS 1.6). */
#include <string.h>

#include "admin/account_edit.h"
#include "admin/field.h"
#include "admin/reply.h"
#include "admin/routes.h"
#include "app/accounts.h"
#include "base/mem.h"
#include "store/group.h"

enum { NAME_BYTES = 100, DESCRIPTION_BYTES = 500, GROUPS_MAX = 1000 };

static const char *const platforms[] = {"openai", "azure-openai",
					"openai-responses"};

static bool is_platform(const char *word)
{
	for (size_t i = 0; i < sizeof(platforms) / sizeof(platforms[0]); i++) {
		if (strcmp(word, platforms[i]) == 0)
			return true;
	}
	return false;
}

static bool is_member(const struct account *a, const char *group)
{
	for (size_t i = 0; i < a->ngroups; i++) {
		if (strcmp(a->groups[i], group) == 0)
			return true;
	}
	return false;
}

/* The platform is set once. */
static int read_platform(struct account_group *g, const cJSON *body,
			 struct err *e)
{
	char *word = NULL;
	int rc;

	if (json_read_string(body, "platform", NAME_BYTES, &word, e) < 0)
		return -1;
	if (!g->platform) {
		g->platform = word ? word : mem_strdup(platforms[0]);
		return is_platform(g->platform)
			   ? 0
			   : err_set(e, ERR_BAD_REQUEST,
				     "platform must be one of openai, "
				     "azure-openai, openai-responses");
	}
	rc = !word || strcmp(word, g->platform) == 0
		 ? 0
		 : err_set(e, ERR_BAD_REQUEST, "platform cannot be changed");
	mem_free(word);
	return rc;
}

static int read_group(struct account_group *g, const cJSON *body, struct err *e)
{
	if (json_read_string(body, "name", NAME_BYTES, &g->name, e) < 0 ||
	    json_read_string(body, "description", DESCRIPTION_BYTES,
			     &g->description, e) < 0)
		return -1;
	if (!g->name || str_trim(str_of(g->name)).n == 0)
		return err_set(e, ERR_BAD_REQUEST, "name is required");
	if (field_has_controls(g->name))
		return err_set(e, ERR_BAD_REQUEST,
			       "name must not hold control characters");
	return read_platform(g, body, e);
}

static int64_t count_members(const struct account *list, size_t n,
			     const char *group)
{
	int64_t members = 0;

	for (size_t i = 0; i < n; i++)
		members += is_member(&list[i], group);
	return members;
}

static cJSON *show(const struct account_group *g, const struct account *list,
		   size_t n)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "id", g->id);
	cJSON_AddStringToObject(o, "name", g->name ? g->name : "");
	cJSON_AddStringToObject(o, "platform", g->platform ? g->platform : "");
	cJSON_AddStringToObject(o, "description",
				g->description ? g->description : "");
	json_add_int(o, "memberCount", count_members(list, n, g->id));
	field_add_time(o, "createdAt", g->created_ms);
	field_add_time(o, "updatedAt", g->updated_ms);
	return o;
}

static enum route_result answer(struct app *app, struct request *r,
				const struct account_group *g,
				const char *message)
{
	struct account *list;
	struct err e;
	cJSON *data;
	size_t n;

	if (store_account_list(app->store, &list, &n, &e) < 0)
		return reply_err(r, &e);
	data = show(g, list, n);
	account_list_free(list, n);
	return reply_data(r, data, message);
}

static int load(struct app *app, struct request *r,
		const struct route_args *args, struct account_group *g,
		struct err *e)
{
	struct str id = args->arg[0];

	if (id.n < STORE_ID_BYTES &&
	    store_group_get(app->store, arena_strz(&r->arena, id), g, e) == 0)
		return 0;
	if (id.n < STORE_ID_BYTES && e->kind != ERR_NOT_FOUND)
		return -1;
	return err_set(e, ERR_NOT_FOUND, "Account group not found");
}

enum route_result group_list(struct app *app, struct request *r,
			     const struct route_args *args)
{
	struct str platform = request_query(r, "platform");
	struct account_group *groups;
	struct account *list;
	size_t n, ngroups;
	struct err e;
	cJSON *data;

	(void)args;
	if (store_group_list(app->store, &groups, &ngroups, &e) < 0)
		return reply_err(r, &e);
	if (store_account_list(app->store, &list, &n, &e) < 0) {
		group_list_free(groups, ngroups);
		return reply_err(r, &e);
	}
	data = cJSON_CreateArray();
	for (size_t i = 0; i < ngroups; i++) {
		if (!platform.n || str_is(platform, "all") ||
		    str_is(platform, groups[i].platform))
			cJSON_AddItemToArray(data, show(&groups[i], list, n));
	}
	account_list_free(list, n);
	group_list_free(groups, ngroups);
	return reply_data(r, data, NULL);
}

static int check_room(struct app *app, struct err *e)
{
	struct account_group *list;
	size_t n;

	if (store_group_list(app->store, &list, &n, e) < 0)
		return -1;
	group_list_free(list, n);
	return n < GROUPS_MAX
		   ? 0
		   : err_set(e, ERR_BAD_REQUEST,
			     "There are %zu account groups already", n);
}

enum route_result group_create(struct app *app, struct request *r,
			       const struct route_args *args)
{
	struct account_group g = {.created_ms = 0};
	enum route_result done;
	struct err e;
	cJSON *body = json_parse_object(buf_str(&r->body), &e);

	(void)args;
	if (!body)
		return reply_err(r, &e);
	if (read_group(&g, body, &e) < 0 || check_room(app, &e) < 0 ||
	    store_group_put(app->store, &g, &e) < 0)
		done = reply_err(r, &e);
	else
		done = answer(app, r, &g, "Account group created successfully");
	group_release(&g);
	cJSON_Delete(body);
	return done;
}

enum route_result group_get(struct app *app, struct request *r,
			    const struct route_args *args)
{
	enum route_result done;
	struct account_group g;
	struct err e;

	if (load(app, r, args, &g, &e) < 0)
		return reply_err(r, &e);
	done = answer(app, r, &g, NULL);
	group_release(&g);
	return done;
}

enum route_result group_update(struct app *app, struct request *r,
			       const struct route_args *args)
{
	enum route_result done;
	struct account_group g;
	struct err e;
	cJSON *body = json_parse_object(buf_str(&r->body), &e);

	if (!body)
		return reply_err(r, &e);
	if (load(app, r, args, &g, &e) < 0) {
		cJSON_Delete(body);
		return reply_err(r, &e);
	}
	if (read_group(&g, body, &e) < 0 ||
	    store_group_put(app->store, &g, &e) < 0)
		done = reply_err(r, &e);
	else
		done = answer(app, r, &g, "Account group updated successfully");
	group_release(&g);
	cJSON_Delete(body);
	return done;
}

enum route_result group_remove(struct app *app, struct request *r,
			       const struct route_args *args)
{
	struct account_group g;
	struct err e;
	int rc;

	if (load(app, r, args, &g, &e) < 0)
		return reply_err(r, &e);
	rc = accounts_drop_group(app, g.id, &e);
	group_release(&g);
	if (rc < 0)
		return reply_err(r, &e);
	return reply_data(r, NULL, "Account group deleted successfully");
}

enum route_result group_members(struct app *app, struct request *r,
				const struct route_args *args)
{
	struct account_group g;
	struct account *list;
	struct err e;
	cJSON *data;
	size_t n;

	if (load(app, r, args, &g, &e) < 0)
		return reply_err(r, &e);
	if (store_account_list(app->store, &list, &n, &e) < 0) {
		group_release(&g);
		return reply_err(r, &e);
	}
	data = cJSON_CreateArray();
	for (size_t i = 0; i < n; i++) {
		if (is_member(&list[i], g.id))
			cJSON_AddItemToArray(data, account_show(app, &list[i]));
	}
	account_list_free(list, n);
	group_release(&g);
	return reply_data(r, data, NULL);
}
