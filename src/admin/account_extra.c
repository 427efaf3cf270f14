/* extraBody: members that are added to every request of an account. */
#include <string.h>

#include "admin/account_json.h"
#include "admin/field.h"
#include "base/mem.h"

enum { EXTRA_MAX = 16 * 1024 };

/* What the relay writes itself and what the translation of the answer rests
 * on. */
static const char *const own_members[] = {
    "model", "messages", "stream", "stream_options", "tools", "functions", "n",
};

static int check_members(const cJSON *o, struct err *e)
{
	for (size_t i = 0; i < sizeof(own_members) / sizeof(own_members[0]);
	     i++) {
		if (cJSON_GetObjectItemCaseSensitive(o, own_members[i]))
			return err_set(e, ERR_BAD_REQUEST,
				       "extraBody must not set %s, which the "
				       "relay sets itself",
				       own_members[i]);
	}
	return 0;
}

int account_read_extra(struct account *a, const cJSON *body, struct err *e)
{
	const cJSON *o;
	char *text = NULL;

	if (field_object(body, "extraBody", &o, e) < 0 ||
	    (o && check_members(o, e) < 0))
		return -1;
	if (!o && !field_is_null(body, "extraBody"))
		return 0;
	if (o && o->child)
		text = json_print(o);
	if (text && strlen(text) > EXTRA_MAX) {
		mem_free(text);
		return err_set(e, ERR_BAD_REQUEST,
			       "extraBody must have at most %d bytes",
			       EXTRA_MAX);
	}
	mem_free(a->extra_body);
	a->extra_body = text;
	return 0;
}

void account_write_extra(cJSON *o, const struct account *a)
{
	if (a->extra_body && a->extra_body[0])
		cJSON_AddRawToObject(o, "extraBody", a->extra_body);
	else
		cJSON_AddNullToObject(o, "extraBody");
}
