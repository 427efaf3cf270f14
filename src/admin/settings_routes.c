/* /admin/settings: what counts, and reading the file again. */
#include <string.h>

#include "admin/reply.h"
#include "admin/routes.h"
#include "app/reload.h"
#include "base/mem.h"

enum { VALUE_BYTES = 64 * 1024 };

/* The password of an address (http://user:password@host) stays here. */
static void strike_credentials(char *text)
{
	char *at, *from = text;

	while ((from = strstr(from, "://")) != NULL) {
		from += 3;
		at = from + strcspn(from, "/ @");
		if (*at == '@')
			memset(from, '*', (size_t)(at - from));
	}
}

static void add_value(cJSON *o, const char *name, const void *settings,
		      const struct config_row *row)
{
	struct buf text = BUF_INIT(VALUE_BYTES);

	config_value(&text, settings, row);
	if (row->type == CONFIG_INT) {
		json_add_int(
		    o, name,
		    *(const int64_t *)((const char *)settings + row->offset));
	} else if (row->type == CONFIG_BOOL) {
		cJSON_AddBoolToObject(o, name, str_is(buf_str(&text), "yes"));
	} else {
		if (text.len)
			strike_credentials(text.data);
		cJSON_AddStringToObject(o, name, text.len ? text.data : "");
	}
	buf_release(&text);
}

static cJSON *row_json(const struct config_row *row, const void *now,
		       const void *defaults)
{
	static const char *const types[] = {[CONFIG_STRING] = "text",
					    [CONFIG_PATH] = "path",
					    [CONFIG_INT] = "number",
					    [CONFIG_BOOL] = "boolean",
					    [CONFIG_WORD] = "word"};
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "name", row->name);
	cJSON_AddStringToObject(o, "type", types[row->type]);
	add_value(o, "value", now, row);
	add_value(o, "default", defaults, row);
	if (row->type == CONFIG_INT) {
		json_add_int(o, "min", row->min);
		json_add_int(o, "max", row->max);
	}
	if (row->choices)
		cJSON_AddStringToObject(o, "choices", row->choices);
	cJSON_AddStringToObject(o, "help", row->help);
	cJSON_AddBoolToObject(o, "needsRestart", settings_needs_restart(row));
	return o;
}

enum route_result settings_get(struct app *app, struct request *r,
			       const struct route_args *args)
{
	const struct settings *now = app->settings;
	cJSON *data = cJSON_CreateObject(), *list;
	struct settings defaults;

	(void)args;
	config_defaults(&defaults, settings_rows, settings_count);
	if (app->source && app->source->path)
		cJSON_AddStringToObject(data, "file", app->source->path);
	else
		cJSON_AddNullToObject(data, "file");
	list = cJSON_AddArrayToObject(data, "settings");
	for (size_t i = 0; i < settings_count; i++)
		cJSON_AddItemToArray(
		    list, row_json(&settings_rows[i], now, &defaults));
	settings_release(&defaults);
	return reply_data(r, data, NULL);
}

static cJSON *lines_json(const struct buf *lines)
{
	cJSON *list = cJSON_CreateArray();
	struct str rest = buf_str(lines);

	while (rest.n) {
		char line[ERR_MESSAGE_BYTES];

		str_put(line, sizeof(line), str_cut(&rest, '\n'));
		cJSON_AddItemToArray(list, cJSON_CreateString(line));
	}
	return list;
}

/* The usual envelope of a failure, and every mistake. */
static enum route_result refuse(struct request *r,
				const struct reload_report *report,
				const struct err *e)
{
	cJSON *o = cJSON_CreateObject();
	char *text;

	cJSON_AddFalseToObject(o, "success");
	cJSON_AddStringToObject(o, "error", "Bad request");
	cJSON_AddStringToObject(o, "message", e->message);
	cJSON_AddItemToObject(o, "errors", lines_json(&report->errors));
	text = json_print(o);
	cJSON_Delete(o);
	response_send(r, 400, "application/json", str_of(text), NULL, 0);
	mem_free(text);
	return ROUTE_ANSWERED;
}

enum route_result settings_reload(struct app *app, struct request *r,
				  const struct route_args *args)
{
	struct reload_report report;
	enum route_result done;
	struct err e;
	cJSON *data;

	(void)args;
	reload_report_init(&report);
	if (reload(app, &report, &e) < 0) {
		done = report.errors.len ? refuse(r, &report, &e)
					 : reply_err(r, &e);
	} else {
		data = cJSON_CreateObject();
		cJSON_AddItemToObject(data, "changed",
				      lines_json(&report.changed));
		cJSON_AddItemToObject(data, "needsRestart",
				      lines_json(&report.restart));
		done = reply_data(r, data, NULL);
	}
	reload_report_release(&report);
	return done;
}
