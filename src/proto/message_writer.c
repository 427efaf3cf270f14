/* Messages of each role but the assistant's (messages-api §5.3). */
#include "proto/message_writer.h"

#include <string.h>

void message_close(struct message_writer *m)
{
	if (m->open == OPEN_STRING)
		buf_adds(m->w->out, "\"}");
	else if (m->open == OPEN_PARTS)
		buf_adds(m->w->out, "]}");
	m->open = OPEN_NONE;
}

void message_begin(struct message_writer *m, const char *role)
{
	message_close(m);
	if (m->comma)
		buf_addc(m->w->out, ',');
	m->comma = true;
	m->spoken++;
	buf_adds(m->w->out, "{\"role\":\"");
	buf_adds(m->w->out, role);
	buf_addc(m->w->out, '"');
}

static bool has_parts(const struct request_writer *w,
		      const struct chat_items *items)
{
	for (size_t i = 0; i < items->n; i++) {
		if (request_item_is_part(w, &items->v[i]))
			return true;
	}
	return false;
}

/* Text parts run over the items that are glued together. */
static size_t write_text_part(struct request_writer *w,
			      const struct chat_item *items, size_t n)
{
	size_t i = 0;

	buf_adds(w->out, "{\"type\":\"text\",\"text\":\"");
	do {
		request_write_item(w, &items[i++]);
	} while (i < n && items[i].glued);
	buf_adds(w->out, "\"}");
	return i;
}

static void write_items(struct request_writer *w,
			const struct chat_items *items)
{
	for (size_t i = 0; i < items->n;) {
		if (i)
			buf_addc(w->out, ',');
		if (request_item_is_part(w, &items->v[i]))
			request_write_part(w, &items->v[i++]);
		else
			i += write_text_part(w, &items->v[i], items->n - i);
	}
}

/* The error mark has no text to stand before: it is a part of its own. */
static void write_inline_result(struct message_writer *m,
				const struct chat_item *result)
{
	if (result->more->is_error)
		buf_adds(m->w->out, "{\"type\":\"text\",\"text\":\"Error: "
				    "\"},");
	write_items(m->w, &result->more->parts);
}

void message_tool(struct message_writer *m, const struct chat_item *call,
		  const struct chat_item *result)
{
	struct buf *out = m->w->out;
	bool parts = result && m->w->target->tool_images_inline &&
		     has_parts(m->w, &result->more->parts);

	message_begin(m, "tool");
	buf_adds(out, ",\"tool_call_id\":");
	buf_json(out, call->more->id);
	buf_adds(out, parts ? ",\"content\":[" : ",\"content\":\"");
	m->open = parts ? OPEN_PARTS : OPEN_STRING;
	m->start = out->len;
	if (parts)
		write_inline_result(m, result);
	else if (result)
		request_write_result(m->w, result);
	else
		buf_adds(out, "[no result]");
}

void message_tool_add(struct message_writer *m, const struct chat_item *item)
{
	struct buf *out = m->w->out;

	if (m->open == OPEN_PARTS) {
		buf_addc(out, ',');
		write_text_part(m->w, item, 1);
		return;
	}
	if (out->len > m->start)
		buf_adds(out, "\\n");
	request_write_item(m->w, item);
}

void message_system(struct message_writer *m, const struct chat_item *item)
{
	const struct chat_items *texts = &item->more->parts;
	struct buf *out = m->w->out;

	message_begin(m, "system");
	buf_adds(out, ",\"content\":\"");
	for (size_t i = 0; i < texts->n; i++) {
		if (i)
			buf_adds(out, "\\n\\n");
		request_write_item(m->w, &texts->v[i]);
	}
	buf_adds(out, "\"}");
}

void user_parts_add(struct user_parts *parts, struct arena *a,
		    const struct chat_item *item, const char *label)
{
	if (parts->n == parts->cap) {
		size_t cap = parts->cap ? parts->cap * 2 : 8;
		struct user_part *v = arena_array(a, cap, sizeof(*v));

		if (parts->n)
			memcpy(v, parts->v, parts->n * sizeof(*v));
		parts->v = v;
		parts->cap = cap;
	}
	parts->v[parts->n++] = (struct user_part){item, label};
}

static void write_label(struct request_writer *w, const struct user_part *part)
{
	const struct chat_item *call = part->item->more->other;

	buf_adds(w->out, part->label);
	buf_adds(w->out, " from tool result");
	if (call) {
		buf_addc(w->out, ' ');
		buf_json_chars(w->out, request_tool_name(w, call->more->name));
	}
	buf_addc(w->out, ':');
}

static void write_text(struct request_writer *w, const struct user_part *part)
{
	if (part->label)
		write_label(w, part);
	else
		request_write_item(w, part->item);
}

static bool is_part(const struct request_writer *w,
		    const struct user_part *part)
{
	return !part->label && request_item_is_part(w, part->item);
}

static bool is_glued(const struct user_part *part)
{
	return !part->label && part->item->glued;
}

/* Servers whose templates want a string get one unless there is an image. */
static void write_string(struct request_writer *w,
			 const struct user_parts *parts)
{
	buf_addc(w->out, '"');
	for (size_t i = 0; i < parts->n; i++) {
		if (i && !is_glued(&parts->v[i]))
			buf_adds(w->out, "\\n");
		write_text(w, &parts->v[i]);
	}
	buf_addc(w->out, '"');
}

static void write_array(struct request_writer *w,
			const struct user_parts *parts)
{
	buf_addc(w->out, '[');
	for (size_t i = 0; i < parts->n;) {
		if (i)
			buf_addc(w->out, ',');
		if (is_part(w, &parts->v[i])) {
			request_write_part(w, parts->v[i++].item);
			continue;
		}
		buf_adds(w->out, "{\"type\":\"text\",\"text\":\"");
		do {
			write_text(w, &parts->v[i++]);
		} while (i < parts->n && is_glued(&parts->v[i]));
		buf_adds(w->out, "\"}");
	}
	buf_addc(w->out, ']');
}

void message_user(struct message_writer *m, struct user_parts *parts)
{
	bool array = false;

	if (parts->n == 0)
		return;
	for (size_t i = 0; i < parts->n && !array; i++)
		array = is_part(m->w, &parts->v[i]);
	message_begin(m, "user");
	buf_adds(m->w->out, ",\"content\":");
	if (array)
		write_array(m->w, parts);
	else
		write_string(m->w, parts);
	buf_addc(m->w->out, '}');
	parts->n = 0;
}
