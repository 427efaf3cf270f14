/* options: choices that few accounts need (app/options.h). */
#include "admin/account_json.h"
#include "admin/field.h"
#include "app/options.h"
#include "base/mem.h"

int account_read_options(struct account *a, const cJSON *body, struct err *e)
{
	struct backend_options o;
	const cJSON *given;

	if (field_object(body, "options", &given, e) < 0)
		return -1;
	if (!given && !field_is_null(body, "options"))
		return 0;
	options_parse(&o, given ? a->options : NULL);
	if (given && options_read(&o, given, e) < 0)
		return -1;
	mem_free(a->options);
	a->options = options_text(&o);
	return 0;
}

void account_write_options(cJSON *o, const struct account *a)
{
	struct backend_options options;

	options_parse(&options, a->options);
	cJSON_AddItemToObject(o, "options", options_show(&options));
}
