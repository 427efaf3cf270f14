/* GET /admin/audit: the newest first, filtered while they are read. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "admin/csv.h"
#include "admin/field.h"
#include "admin/page.h"
#include "admin/reply.h"
#include "admin/routes.h"
#include "base/clock.h"
#include "base/mem.h"
#include "store/audit.h"

/* Records are read in batches, and of those that do not match only so many. */
enum { LIMIT_DEFAULT = 100, LIMIT_MAX = 1000, BATCH = 500, LOOK_MAX = 20000 };

struct listing {
	struct str actor, search;
	bool done, refused; /* only those */
	int64_t from_id, before_id, limit;
	cJSON *records;
	int64_t n, looked;
	bool ended;
};

static int read_outcome(struct request *r, struct listing *l, struct err *e)
{
	struct str word = request_query(r, "outcome");

	l->done = str_is(word, "done");
	l->refused = str_is(word, "refused");
	if (!word.n || l->done || l->refused)
		return 0;
	return err_set(e, ERR_BAD_REQUEST, "outcome must be done or refused");
}

static int read_date(struct request *r, const char *name, int64_t *out_id,
		     struct err *e)
{
	struct str text = request_query(r, name);
	int64_t ms;

	if (!text.n)
		return 0;
	if (clock_parse_iso(arena_strz(&r->arena, text), &ms) < 0)
		return err_set(e, ERR_BAD_REQUEST, "%s must be an ISO date",
			       name);
	*out_id = ms * 1000;
	return 0;
}

static int read_query(struct request *r, struct listing *l, struct err *e)
{
	int64_t until_id = 0;

	l->actor = request_query(r, "actor");
	l->search = request_query(r, "search");
	l->limit = LIMIT_DEFAULT;
	if (page_read_int(r, "limit", 1, LIMIT_MAX, &l->limit, e) < 0 ||
	    page_read_int(r, "before", 0, INT64_MAX, &l->before_id, e) < 0 ||
	    read_outcome(r, l, e) < 0 ||
	    read_date(r, "startDate", &l->from_id, e) < 0 ||
	    read_date(r, "endDate", &until_id, e) < 0)
		return -1;
	if (until_id && (!l->before_id || until_id < l->before_id))
		l->before_id = until_id;
	return 0;
}

static bool matches(const struct listing *l, const struct audit_entry *a)
{
	const char *const texts[] = {a->path, a->name, a->fields, a->remote,
				     a->actor};
	bool found = !l->search.n;

	for (size_t i = 0; !found && i < sizeof(texts) / sizeof(*texts); i++)
		found = str_ifind(str_of(texts[i]), l->search) != SIZE_MAX;
	return found && (!l->actor.n || str_is(l->actor, a->actor)) &&
	       !(l->done && a->status >= 400) &&
	       !(l->refused && a->status < 400);
}

/* Text, as ids are: it has more digits than some readers of JSON keep. */
static void add_id(cJSON *o, const char *key, int64_t id)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, id);
	cJSON_AddStringToObject(o, key, text);
}

static cJSON *entry_json(const struct audit_entry *a)
{
	cJSON *o = cJSON_CreateObject();

	add_id(o, "id", a->id);
	field_add_time(o, "timestamp", a->id / 1000);
	cJSON_AddStringToObject(o, "actor", a->actor);
	cJSON_AddStringToObject(o, "remote", a->remote);
	cJSON_AddStringToObject(o, "method", a->method);
	cJSON_AddStringToObject(o, "path", a->path);
	cJSON_AddStringToObject(o, "name", a->name);
	cJSON_AddStringToObject(o, "fields", a->fields);
	json_add_int(o, "status", a->status);
	return o;
}

static void take(struct listing *l, const struct audit_entry *list, size_t n)
{
	for (size_t i = 0; i < n && l->n < l->limit; i++) {
		if (list[i].id < l->from_id) {
			l->ended = true;
			return;
		}
		l->before_id = list[i].id;
		l->looked++;
		l->ended = n < BATCH && i + 1 == n;
		if (!matches(l, &list[i]))
			continue;
		cJSON_AddItemToArray(l->records, entry_json(&list[i]));
		l->n++;
	}
}

static int walk(struct app *app, struct listing *l, struct err *e)
{
	struct audit_entry *list;
	size_t n;

	while (!l->ended && l->n < l->limit && l->looked < LOOK_MAX) {
		if (store_audit_list(app->store, l->before_id, BATCH, &list, &n,
				     e) < 0)
			return -1;
		l->ended = n == 0;
		take(l, list, n);
		mem_free(list);
	}
	return 0;
}

static enum route_result answer(struct request *r, struct listing *l)
{
	cJSON *data;

	if (csv_wanted(r)) {
		csv_reply(r, l->records, "audit.csv");
		return ROUTE_ANSWERED;
	}
	data = cJSON_CreateObject();
	cJSON_AddItemToObject(data, "records", l->records);
	if (l->ended)
		cJSON_AddNullToObject(data, "nextBefore");
	else
		add_id(data, "nextBefore", l->before_id);
	field_add_time(data, "lookedBackTo", l->before_id / 1000);
	return reply_data(r, data, NULL);
}

enum route_result audit_get(struct app *app, struct request *r,
			    const struct route_args *args)
{
	struct listing l = {.n = 0};
	struct err e;

	(void)args;
	if (read_query(r, &l, &e) < 0)
		return reply_err(r, &e);
	l.records = cJSON_CreateArray();
	if (walk(app, &l, &e) == 0)
		return answer(r, &l);
	cJSON_Delete(l.records);
	return reply_err(r, &e);
}
