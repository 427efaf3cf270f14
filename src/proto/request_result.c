/* Contents of tool results, of the client's tools and of servers' tools
 * (messages-api §6). */
#include "proto/request_reader.h"

static int add_chars(struct request_reader *r, jref v, struct chat_items *out)
{
	struct str chars;

	if (reader_optional_chars(r, v, &chars) < 0)
		return -1;
	if (chars.n)
		chat_items_add(out, r->arena, ITEM_TEXT, chars);
	return 0;
}

/* A text made of a literal, a string and a literal. */
static int add_framed(struct request_reader *r, struct str before, jref v,
		      struct str after, struct chat_items *out)
{
	struct str chars;

	if (reader_optional_chars(r, v, &chars) < 0)
		return -1;
	if (!chars.n)
		return 0;
	chat_items_add(out, r->arena, ITEM_TEXT, before);
	chat_items_add(out, r->arena, ITEM_TEXT, chars)->glued = true;
	if (after.n)
		chat_items_add(out, r->arena, ITEM_TEXT, after)->glued = true;
	return 0;
}

static int read_reference(struct request_reader *r, const struct block *b,
			  struct chat_items *out)
{
	return add_framed(r, STR("[tool now available: "), b->f[BF_TOOL_NAME],
			  STR("]"), out);
}

typedef int nested_reader(struct request_reader *r, const struct block *b,
			  struct chat_items *out);

static nested_reader *nested_type(const struct request_reader *r,
				  const struct block *b)
{
	static const struct {
		const char *type;
		nested_reader *read;
	} types[] = {
	    {"text", request_text_read},
	    {"image", request_image_read},
	    {"document", request_document_read},
	    {"search_result", request_search_result_read},
	    {"tool_reference", read_reference},
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (block_is(r, b, types[i].type))
			return types[i].read;
	}
	return NULL;
}

/* Anything without a known type is shown as the JSON that it is. */
static int read_element(struct request_reader *r, const struct block *outer,
			size_t index, jref v, struct chat_items *out)
{
	struct block b = {.at = {&outer->at, "tool_result.content", index},
			  .assistant = outer->assistant,
			  .nested = true};
	static const struct str type_name[] = {STR("type")};
	nested_reader *read = NULL;
	jref type;

	if (jdoc_type(r->doc, v) == J_STRING)
		return add_chars(r, v, out);
	json_fields(r->doc, v, type_name, 1, &type);
	if (jdoc_type(r->doc, type) == J_STRING) {
		if (block_open(r, v, &b) < 0)
			return -1;
		read = nested_type(r, &b);
	}
	if (read)
		return read(r, &b, out);
	chat_items_add(out, r->arena, ITEM_JSON, jdoc_raw(r->doc, v));
	return 0;
}

int request_result_content(struct request_reader *r, const struct block *b,
			   struct chat_items *out)
{
	jref content = b->f[BF_CONTENT];
	size_t index = 0;

	if (jdoc_is_null(r->doc, content))
		return 0;
	if (jdoc_type(r->doc, content) == J_STRING)
		return add_chars(r, content, out);
	if (jdoc_type(r->doc, content) != J_ARRAY) {
		chat_items_add(out, r->arena, ITEM_JSON,
			       jdoc_raw(r->doc, content));
		return 0;
	}
	if (reader_recorded(r, &b->at, content) < 0)
		return -1;
	for (jref v = jdoc_first(r->doc, content); v != JNONE;
	     v = jdoc_next(r->doc, content, v)) {
		if (read_element(r, b, index++, v, out) < 0)
			return -1;
	}
	return 0;
}

/* `- title: url`, as far as there are any. */
static int gather_link(struct request_reader *r, const struct block *b,
		       struct chat_items *out)
{
	struct str title, url;

	if (reader_optional_chars(r, b->f[BF_TITLE], &title) < 0 ||
	    reader_optional_chars(r, b->f[BF_URL], &url) < 0)
		return -1;
	if (!title.n && !url.n)
		return 0;
	chat_items_add(out, r->arena, ITEM_TEXT, STR("- "));
	chat_items_add(out, r->arena, ITEM_TEXT, title)->glued = true;
	if (title.n && url.n)
		chat_items_add(out, r->arena, ITEM_TEXT, STR(": "))->glued =
		    true;
	chat_items_add(out, r->arena, ITEM_TEXT, url)->glued = true;
	return 0;
}

static int gather_object(struct request_reader *r, const struct block *outer,
			 jref v, struct chat_items *out)
{
	static const enum block_field texts[] = {
	    BF_TEXT, BF_STDOUT, BF_STDERR, BF_LINES, BF_REFERENCES, BF_CONTENT};
	struct block b = {
	    .at = outer->at, .assistant = outer->assistant, .nested = true};
	nested_reader *read;

	if (block_fields(r, v, &b) < 0)
		return -1;
	read = nested_type(r, &b);
	if (read)
		return read(r, &b, out);
	if (add_framed(r, STR("error: "), b.f[BF_ERROR_CODE], STR_NONE, out) <
		0 ||
	    gather_link(r, &b, out) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (request_gather(r, &b, b.f[texts[i]], out) < 0)
			return -1;
	}
	return 0;
}

/* The depth of this recursion is that of the recorded values. */
int request_gather(struct request_reader *r, const struct block *outer, jref v,
		   struct chat_items *out)
{
	if (reader_recorded(r, &outer->at, v) < 0)
		return -1;
	if (jdoc_type(r->doc, v) == J_STRING)
		return add_chars(r, v, out);
	if (jdoc_type(r->doc, v) == J_OBJECT)
		return gather_object(r, outer, v, out);
	if (jdoc_type(r->doc, v) != J_ARRAY)
		return 0;
	for (jref e = jdoc_first(r->doc, v); e != JNONE;
	     e = jdoc_next(r->doc, v, e)) {
		if (request_gather(r, outer, e, out) < 0)
			return -1;
	}
	return 0;
}
