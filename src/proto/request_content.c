/* Items as text and as content parts (messages-api §6). */
#include <inttypes.h>

#include "proto/chat_text.h"
#include "proto/request_writer.h"

bool request_item_is_part(const struct request_writer *w,
			  const struct chat_item *item)
{
	if (item->kind == ITEM_IMAGE)
		return !w->target->no_vision;
	return item->kind == ITEM_PDF && writer_has(w, TRAIT_PDF);
}

static void write_pdf_placeholder(struct buf *out, const struct chat_item *item)
{
	struct str data = item->text;
	size_t n = data.n;

	while (n && data.p[n - 1] == '=')
		n--;
	buf_adds(out, "[PDF document \\\"");
	buf_addstr(out, item->more->name);
	buf_addf(out, "\\\", %zu bytes, omitted: this model cannot read PDF]",
		 n / 4 * 3 + n % 4 * 3 / 4);
}

static void write_texts(struct request_writer *w,
			const struct chat_items *items, const char *separator)
{
	for (size_t i = 0; i < items->n; i++) {
		if (i && !items->v[i].glued)
			buf_adds(w->out, separator);
		request_write_item(w, &items->v[i]);
	}
}

/* Wrapped as Claude Code wraps such texts itself, unless it has done so. */
static void write_system(struct request_writer *w, const struct chat_item *item)
{
	bool wrapped = chat_text_starts(item->more->parts.v[0].text,
					"<system-reminder>", NULL);

	if (!wrapped)
		buf_adds(w->out, "<system-reminder>\\n");
	write_texts(w, &item->more->parts, "\\n\\n");
	if (!wrapped)
		buf_adds(w->out, "\\n</system-reminder>");
}

void request_write_item(struct request_writer *w, const struct chat_item *item)
{
	switch (item->kind) {
	case ITEM_TEXT:
	case ITEM_THINKING:
		buf_addstr(w->out, item->text);
		break;
	case ITEM_JSON:
		buf_json_chars(w->out, item->text);
		break;
	case ITEM_IMAGE:
		buf_adds(w->out,
			 "[image omitted: this model cannot see images]");
		break;
	case ITEM_PDF:
		write_pdf_placeholder(w->out, item);
		break;
	case ITEM_SYSTEM:
		write_system(w, item);
		break;
	case ITEM_RESULT: /* an orphan */
		buf_adds(w->out, "[result of an earlier tool call: ");
		request_write_result(w, item);
		buf_addc(w->out, ']');
		break;
	case ITEM_CALL:
		break;
	}
}

/* The text of an error starts with "Error", if need be with ours. */
static void write_error_mark(struct request_writer *w,
			     const struct chat_item *result)
{
	const struct chat_items *parts = &result->more->parts;

	if (!result->more->is_error)
		return;
	if (parts->n && parts->v[0].kind == ITEM_TEXT &&
	    chat_text_istarts(parts->v[0].text, "error"))
		return;
	buf_adds(w->out, "Error: ");
}

void request_write_result(struct request_writer *w,
			  const struct chat_item *result)
{
	const struct chat_items *parts = &result->more->parts;
	size_t images = 0, files = 0;

	write_error_mark(w, result);
	for (size_t i = 0; i < parts->n; i++) {
		const struct chat_item *item = &parts->v[i];

		if (i && !item->glued)
			buf_adds(w->out, "\\n");
		if (!request_item_is_part(w, item))
			request_write_item(w, item);
		else if (item->kind == ITEM_IMAGE)
			buf_addf(w->out,
				 "[image %zu of tool result, shown below]",
				 ++images);
		else
			buf_addf(w->out,
				 "[document %zu of tool result, shown below]",
				 ++files);
	}
}

static void write_image(struct buf *out, const struct chat_item *item)
{
	buf_adds(out, "{\"type\":\"image_url\",\"image_url\":{\"url\":\"");
	if (item->more->name.n) {
		buf_adds(out, "data:");
		buf_addstr(out, item->more->name);
		buf_adds(out, ";base64,");
	}
	buf_addstr(out, item->text);
	buf_adds(out, "\"}}");
}

void request_write_part(struct request_writer *w, const struct chat_item *item)
{
	if (item->kind == ITEM_IMAGE) {
		write_image(w->out, item);
		return;
	}
	buf_adds(w->out, "{\"type\":\"file\",\"file\":{\"filename\":\"");
	buf_addstr(w->out, item->more->name);
	buf_adds(w->out, "\",\"file_data\":\"data:application/pdf;base64,");
	buf_addstr(w->out, item->text);
	buf_adds(w->out, "\"}}");
}
