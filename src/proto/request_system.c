/* The system prompt and inline system turns (messages-api §§5.1, 5.2). */
#include "proto/chat_text.h"
#include "proto/request_reader.h"

static int add_text(struct request_reader *r, jref v, struct chat_items *texts)
{
	struct str chars;

	if (reader_optional_chars(r, v, &chars) < 0)
		return -1;
	if (!r->options->keep_attribution)
		chars = chat_text_without_attribution(chars);
	if (chars.n)
		chat_items_add(texts, r->arena, ITEM_TEXT, chars);
	return 0;
}

static int add_block(struct request_reader *r, const struct place *at, jref v,
		     struct chat_items *texts)
{
	struct block b = {.at = *at};

	if (block_open(r, v, &b) < 0)
		return -1;
	if (jdoc_type(r->doc, b.f[BF_TEXT]) == J_STRING)
		return add_text(r, b.f[BF_TEXT], texts);
	if (block_is(r, &b, "text"))
		return reader_fail(r, at, "text.text", "Field required");
	r->out->dropped |= DROPPED_BLOCKS;
	return 0;
}

int request_system_texts(struct request_reader *r, const struct place *at,
			 jref content, struct chat_items *texts)
{
	struct place element = *at;

	if (jdoc_type(r->doc, content) == J_STRING)
		return add_text(r, content, texts);
	if (jdoc_type(r->doc, content) != J_ARRAY)
		return reader_fail(r, at, NULL,
				   "Input should be a valid string or list");
	if (reader_recorded(r, at, content) < 0)
		return -1;
	element.index = 0;
	for (jref v = jdoc_first(r->doc, content); v != JNONE;
	     v = jdoc_next(r->doc, content, v)) {
		if (add_block(r, &element, v, texts) < 0)
			return -1;
		element.index++;
	}
	return 0;
}

int request_system_read(struct request_reader *r, jref v,
			struct chat_items *texts)
{
	struct place at = {NULL, "system", NO_INDEX};

	if (jdoc_is_null(r->doc, v))
		return 0;
	return request_system_texts(r, &at, v, texts);
}
