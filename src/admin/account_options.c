/* options: choices that few accounts need (app/options.h). */
#include "admin/account_json.h"
#include "admin/field.h"
#include "admin/reply.h"
#include "admin/routes.h"
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

static void add_words(cJSON *o, struct str words)
{
	cJSON *list = cJSON_AddArrayToObject(o, "values");

	while (words.n) {
		struct str word = str_cut(&words, '|');
		char *text = mem_strndup(word.p, word.n);

		cJSON_AddItemToArray(list, cJSON_CreateString(text));
		mem_free(text);
	}
}

/* The table itself, for forms: what there is and what it means. */
enum route_result account_options_list(struct app *app, struct request *r,
				       const struct route_args *args)
{
	static const char *const types[] = {[OPTION_SWITCH] = "boolean",
					    [OPTION_WORD] = "word",
					    [OPTION_TEXT] = "text"};
	cJSON *data = cJSON_CreateArray();

	(void)app, (void)args;
	for (size_t i = 0; i < option_count; i++) {
		const struct option_row *row = &option_rows[i];
		cJSON *o = cJSON_CreateObject();

		cJSON_AddStringToObject(o, "name", row->name);
		cJSON_AddStringToObject(o, "type", types[row->type]);
		if (row->words)
			add_words(o, str_of(row->words));
		cJSON_AddStringToObject(o, "help", row->help);
		cJSON_AddItemToArray(data, o);
	}
	return reply_data(r, data, NULL);
}
