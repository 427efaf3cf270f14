#include "admin/audit.h"

#include <string.h>

#include "base/json.h"
#include "base/log.h"

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
	static const char *const members[] = {"name", "baseName", "username",
					      "model"};

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
