/* GET /admin/audit, and what writes it. */
#include "admin/audit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "admin/csv.h"
#include "admin/field.h"
#include "admin/page.h"
#include "admin/reply.h"
#include "admin/routes.h"
#include "base/log.h"
#include "base/mem.h"

enum { LIMIT_DEFAULT = 100, LIMIT_MAX = 1000 };

static void add_names(struct audit_entry *a, const cJSON *body)
{
	struct buf names = BUF_INIT(sizeof(a->fields) - 1);
	const cJSON *member;

	cJSON_ArrayForEach(member, body)
	{
		buf_addf(&names, "%s%s", names.len ? ", " : "", member->string);
	}
	str_put(a->fields, sizeof(a->fields), buf_str(&names));
	buf_release(&names);
}

static void add_name(struct audit_entry *a, const cJSON *body)
{
	static const char *const members[] = {"name", "baseName", "username"};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		const char *text = json_string_or(body, members[i], "");

		if (!a->name[0])
			str_put(a->name, sizeof(a->name), str_of(text));
	}
}

void audit_begin(struct audit_entry *a, const struct request *r,
		 const char *actor)
{
	cJSON *body = json_parse_object(buf_str(&r->body), NULL);

	memset(a, 0, sizeof(*a));
	str_put(a->remote, sizeof(a->remote), r->remote);
	str_put(a->method, sizeof(a->method), r->method);
	str_put(a->path, sizeof(a->path), r->path);
	add_names(a, body);
	add_name(a, body);
	str_put(a->actor, sizeof(a->actor), str_of(actor ? actor : a->name));
	cJSON_Delete(body);
}

void audit_end(struct app *app, struct audit_entry *a, int status)
{
	struct err e;

	a->status = status;
	if (store_audit_add(app->store, a, &e) < 0)
		log_note(LOG_ERROR, "audit", "%s %s of %s: %s", a->method,
			 a->path, a->actor, e.message);
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

static enum route_result answer(struct request *r,
				const struct audit_entry *list, size_t n,
				int64_t limit)
{
	cJSON *records = cJSON_CreateArray(), *data;

	for (size_t i = 0; i < n; i++)
		cJSON_AddItemToArray(records, entry_json(&list[i]));
	if (csv_wanted(r)) {
		csv_reply(r, records, "audit.csv");
		return ROUTE_ANSWERED;
	}
	data = cJSON_CreateObject();
	cJSON_AddItemToObject(data, "records", records);
	if (n == (size_t)limit)
		add_id(data, "nextBefore", list[n - 1].id);
	else
		cJSON_AddNullToObject(data, "nextBefore");
	return reply_data(r, data, NULL);
}

enum route_result audit_get(struct app *app, struct request *r,
			    const struct route_args *args)
{
	int64_t limit = LIMIT_DEFAULT, before = 0;
	struct audit_entry *list;
	enum route_result done;
	struct err e;
	size_t n;

	(void)args;
	if (page_read_int(r, "limit", 1, LIMIT_MAX, &limit, &e) < 0 ||
	    page_read_int(r, "before", 0, INT64_MAX, &before, &e) < 0 ||
	    store_audit_list(app->store, before, (size_t)limit, &list, &n, &e) <
		0)
		return reply_err(r, &e);
	done = answer(r, list, n, limit);
	mem_free(list);
	return done;
}
