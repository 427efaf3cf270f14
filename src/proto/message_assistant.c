/* The assistant's messages: text, reasoning, calls (messages-api §§5.3, 8.3).
 */
#include "proto/chat_text.h"
#include "proto/message_writer.h"

struct group {
	const struct chat_turn *turns;
	size_t n;
};

static bool is_text(const struct chat_item *item)
{
	switch (item->kind) {
	case ITEM_TEXT:
	case ITEM_JSON:
	case ITEM_IMAGE:
	case ITEM_PDF:
		return true;
	default:
		return false;
	}
}

static bool is_thinking(const struct chat_item *item)
{
	return item->kind == ITEM_THINKING;
}

static bool is_call(const struct chat_item *item)
{
	return item->kind == ITEM_CALL;
}

typedef bool item_test(const struct chat_item *item);

static bool has(const struct group *g, item_test *test)
{
	for (size_t t = 0; t < g->n; t++) {
		for (size_t i = 0; i < g->turns[t].items.n; i++) {
			if (test(&g->turns[t].items.v[i]))
				return true;
		}
	}
	return false;
}

/* All items that pass, joined by line ends, as string contents. */
static void write_joined(struct request_writer *w, const struct group *g,
			 item_test *test)
{
	bool first = true;

	for (size_t t = 0; t < g->n; t++) {
		const struct chat_items *items = &g->turns[t].items;

		for (size_t i = 0; i < items->n; i++) {
			if (!test(&items->v[i]))
				continue;
			if (!first && !items->v[i].glued)
				buf_adds(w->out, "\\n");
			request_write_item(w, &items->v[i]);
			first = false;
		}
	}
}

static void write_call(struct request_writer *w, const struct chat_item *call)
{
	buf_adds(w->out, "{\"id\":");
	buf_json(w->out, call->more->id);
	buf_adds(w->out, ",\"type\":\"function\",\"function\":{\"name\":");
	buf_json(w->out, request_tool_name(w, call->more->name));
	buf_adds(w->out, ",\"arguments\":");
	buf_json(w->out, call->text);
	buf_adds(w->out, "}}");
}

static void write_calls(struct request_writer *w, const struct group *g)
{
	bool comma = false;

	buf_adds(w->out, ",\"tool_calls\":[");
	for (size_t t = 0; t < g->n; t++) {
		const struct chat_items *items = &g->turns[t].items;

		for (size_t i = 0; i < items->n; i++) {
			if (!is_call(&items->v[i]))
				continue;
			if (comma)
				buf_addc(w->out, ',');
			comma = true;
			write_call(w, &items->v[i]);
		}
	}
	buf_addc(w->out, ']');
}

static void write_thinking(struct request_writer *w, const struct group *g)
{
	static const struct {
		enum flavour_trait bit;
		const char *member;
	} fields[] = {
	    {TRAIT_REASONING_CONTENT, ",\"reasoning_content\":\""},
	    {TRAIT_REASONING, ",\"reasoning\":\""},
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (!(writer_has(w, fields[i].bit)))
			continue;
		buf_adds(w->out, fields[i].member);
		write_joined(w, g, is_thinking);
		buf_addc(w->out, '"');
	}
}

/* Models go on badly after white space: the end of a prefill is trimmed. */
static void trim(struct buf *out, size_t start)
{
	struct str text = str_sub(buf_str(out), start, out->len);

	if (!buf_ok(out))
		return;
	out->len = start + chat_text_trimmed(text);
	out->data[out->len] = '\0';
}

/* Takes back the message that was begun at before: nothing is left of it. */
static bool forget(struct message_writer *m, size_t before)
{
	m->w->out->len = before;
	m->w->out->data[before] = '\0';
	m->spoken--;
	m->comma = m->w->out->data[before - 1] != '[';
	return false;
}

bool message_assistant(struct message_writer *m, const struct chat_turn *turns,
		       size_t n, bool last)
{
	struct group g = {turns, n};
	struct buf *out = m->w->out;
	bool text = has(&g, is_text), calls = has(&g, is_call);
	bool thinking = has(&g, is_thinking), more = false;
	size_t before, start;

	if (last && !text && !calls && !thinking)
		return false;
	message_close(m);
	before = out->len;
	message_begin(m, "assistant");
	buf_adds(out, ",\"content\":");
	if (calls && !text) {
		buf_adds(out, "null");
	} else {
		buf_addc(out, '"');
		start = out->len;
		write_joined(m->w, &g, is_text);
		if (last && !calls)
			trim(out, start);
		more = last && !calls && out->len > start;
		if (last && out->len == start && !thinking && buf_ok(out))
			return forget(m, before);
		buf_addc(out, '"');
	}
	if (thinking)
		write_thinking(m->w, &g);
	if (calls)
		write_calls(m->w, &g);
	buf_addc(out, '}');
	return more;
}
