#include "admin/csv.h"

#include "base/buf.h"
#include "base/mem.h"
#include "web/response.h"

enum { TEXT_BYTES = 64 * 1024 * 1024 };

bool csv_wanted(struct request *r)
{
	return str_is(request_query(r, "format"), "csv");
}

static void add_text(struct buf *out, const char *text)
{
	static const char formula[] = "=+-@\t\r";

	buf_addc(out, '"');
	for (const char *f = formula; *f; f++) {
		if (text[0] == *f)
			buf_addc(out, '\'');
	}
	for (; *text; text++) {
		if (*text == '"')
			buf_addc(out, '"');
		buf_addc(out, *text);
	}
	buf_addc(out, '"');
}

static void add_value(struct buf *out, const cJSON *v)
{
	char *text;

	if (!v || cJSON_IsNull(v))
		return;
	if (cJSON_IsString(v)) {
		add_text(out, v->valuestring);
		return;
	}
	text = json_print(v);
	buf_adds(out, text);
	mem_free(text);
}

static bool is_plain(const cJSON *v)
{
	return !cJSON_IsArray(v) && !cJSON_IsObject(v);
}

static void add_row(struct buf *out, const cJSON *columns, const cJSON *row)
{
	const cJSON *c;
	bool first = true;

	cJSON_ArrayForEach(c, columns)
	{
		if (!is_plain(c))
			continue;
		if (!first)
			buf_addc(out, ',');
		first = false;
		if (row)
			add_value(out, cJSON_GetObjectItemCaseSensitive(
					   row, c->string));
		else
			add_text(out, c->string);
	}
	buf_adds(out, "\r\n");
}

void csv_reply(struct request *r, cJSON *list, const char *file_name)
{
	const struct response_header disposition = {
	    "Content-Disposition",
	    arena_printf(&r->arena, "attachment; filename=\"%s\"", file_name)};
	struct buf out = BUF_INIT(TEXT_BYTES);
	const cJSON *row;

	if (list->child)
		add_row(&out, list->child, NULL);
	cJSON_ArrayForEach(row, list) add_row(&out, list->child, row);
	response_send(r, 200, "text/csv; charset=utf-8", buf_str(&out),
		      &disposition, 1);
	buf_release(&out);
	cJSON_Delete(list);
}
