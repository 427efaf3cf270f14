/* Content blocks of user and assistant turns (messages-api §6). */
#include "proto/chat_text.h"
#include "proto/request_reader.h"
#include "proto/surrogates.h"

typedef int block_reader(struct request_reader *r, const struct block *b,
			 struct chat_items *out);

int request_text_read(struct request_reader *r, const struct block *b,
		      struct chat_items *out)
{
	struct str chars;

	if (reader_chars(r, &b->at, "text.text", b->f[BF_TEXT], &chars) < 0)
		return -1;
	if (chars.n)
		chat_items_add(out, r->arena, ITEM_TEXT, chars);
	return 0;
}

/* In a user's turn it is an attempt to put thoughts into the model. */
static int read_thinking(struct request_reader *r, const struct block *b,
			 struct chat_items *out)
{
	struct str chars;

	if (reader_optional_chars(r, b->f[BF_THINKING], &chars) < 0)
		return -1;
	if (chars.n && b->assistant)
		chat_items_add(out, r->arena, ITEM_THINKING, chars);
	return 0;
}

static int read_nothing(struct request_reader *r, const struct block *b,
			struct chat_items *out)
{
	(void)r;
	(void)b;
	(void)out;
	return 0;
}

/* What a call was given.  Half a surrogate pair in it would make backends fail
 * for as long as the conversation lasts: it is mended instead of refused. */
static struct str call_input(struct request_reader *r, jref v)
{
	struct str raw = jdoc_raw(r->doc, v);
	char *copy;

	/* llama.cpp parses the arguments of past calls: never "". */
	if (jdoc_type(r->doc, v) != J_OBJECT ||
	    (jdoc_first(r->doc, v) == JNONE &&
	     !(jdoc_flags(r->doc, v) & JSCAN_OPAQUE)))
		return STR("{}");
	if (surrogates_find(raw) == raw.n)
		return raw;
	copy = arena_strz(r->arena, raw);
	surrogates_mend(copy, raw.n);
	return (struct str){copy, raw.n};
}

static int read_tool_use(struct request_reader *r, const struct block *b,
			 struct chat_items *out)
{
	enum jtype type = jdoc_type(r->doc, b->f[BF_INPUT]);
	struct chat_item *item;
	struct str id, name;

	if (!b->assistant)
		return reader_fail(r, &b->at, NULL,
				   "tool_use blocks can only be in assistant "
				   "messages");
	if (reader_word(r, &b->at, "tool_use.id", b->f[BF_ID], &id) < 0 ||
	    reader_word(r, &b->at, "tool_use.name", b->f[BF_NAME], &name) < 0)
		return -1;
	if (type > J_NULL && type != J_OBJECT)
		return reader_fail(r, &b->at, "tool_use.input",
				   "Input should be a valid dictionary");
	item = chat_items_add_more(out, r->arena, ITEM_CALL,
				   call_input(r, b->f[BF_INPUT]));
	item->more->id = request_tool_id(id, r->arena);
	item->more->name = name;
	return 0;
}

static int read_is_error(struct request_reader *r, const struct block *b,
			 bool *out)
{
	enum jtype type = jdoc_type(r->doc, b->f[BF_IS_ERROR]);

	if (type > J_NULL && type != J_TRUE && type != J_FALSE)
		return reader_fail(r, &b->at, "tool_result.is_error",
				   "Input should be a valid boolean");
	*out = type == J_TRUE;
	return 0;
}

/* Where a result does not belong, it is kept as text. */
static int read_result_text(struct request_reader *r, const struct block *b,
			    struct chat_items *out)
{
	struct chat_items parts = {NULL, 0, 0};
	bool failed;

	if (read_is_error(r, b, &failed) < 0 ||
	    request_result_content(r, b, &parts) < 0)
		return -1;
	if (failed && parts.n && !chat_text_istarts(parts.v[0].text, "error")) {
		chat_items_add(out, r->arena, ITEM_TEXT, STR("Error: "));
		parts.v[0].glued = true;
	}
	for (size_t i = 0; i < parts.n; i++)
		*chat_items_add(out, r->arena, ITEM_TEXT, STR_NONE) =
		    parts.v[i];
	return 0;
}

static int read_tool_result(struct request_reader *r, const struct block *b,
			    struct chat_items *out)
{
	struct chat_item *item;
	struct str id;

	if (reader_word(r, &b->at, "tool_result.tool_use_id",
			b->f[BF_TOOL_USE_ID], &id) < 0)
		return -1;
	if (b->assistant)
		return read_result_text(r, b, out);
	item = chat_items_add_more(out, r->arena, ITEM_RESULT, STR_NONE);
	item->more->id = request_tool_id(id, r->arena);
	if (read_is_error(r, b, &item->more->is_error) < 0)
		return -1;
	return request_result_content(r, b, &item->more->parts);
}

/* A call that Anthropic's servers answered: what it was, as text. */
static int read_server_tool_use(struct request_reader *r, const struct block *b,
				struct chat_items *out)
{
	struct str name, input = jdoc_raw(r->doc, b->f[BF_INPUT]);
	const struct {
		enum chat_item_kind kind;
		struct str text;
	} pieces[] = {
	    {ITEM_TEXT, STR(" ")},
	    {ITEM_JSON, input.n ? input : STR("{}")},
	    {ITEM_TEXT, STR("]")},
	};

	if (reader_optional_chars(r, b->f[BF_NAME], &name) < 0)
		return -1;
	chat_items_add(out, r->arena, ITEM_TEXT, STR("["));
	chat_items_add(out, r->arena, ITEM_TEXT, name)->glued = true;
	for (size_t i = 0; i < 3; i++)
		chat_items_add(out, r->arena, pieces[i].kind, pieces[i].text)
		    ->glued = true;
	return 0;
}

static int read_upload(struct request_reader *r, const struct block *b,
		       struct chat_items *out)
{
	(void)b;
	chat_items_add(out, r->arena, ITEM_TEXT,
		       STR("[uploaded file omitted: this gateway has no file "
			   "store]"));
	return 0;
}

static int read_mid_conv_system(struct request_reader *r, const struct block *b,
				struct chat_items *out)
{
	struct place at = {&b->at, "mid_conv_system.content", NO_INDEX};
	jref content = b->f[BF_CONTENT];
	struct chat_items texts = {NULL, 0, 0};

	if (jdoc_is_null(r->doc, content))
		content = b->f[BF_TEXT];
	if (jdoc_is_null(r->doc, content))
		return 0;
	if (request_system_texts(r, &at, content, &texts) < 0)
		return -1;
	if (texts.n)
		chat_items_add_more(out, r->arena, ITEM_SYSTEM, STR_NONE)
		    ->more->parts = texts;
	return 0;
}

/* Results of servers' tools, and types that nobody knows. */
static int read_other(struct request_reader *r, const struct block *b,
		      struct chat_items *out)
{
	static const enum block_field texts[] = {BF_TEXT, BF_STDOUT, BF_STDERR,
						 BF_CONTENT};
	size_t before = out->n;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (request_gather(r, b, b->f[texts[i]], out) < 0)
			return -1;
	}
	if (out->n == before)
		r->out->dropped |= DROPPED_BLOCKS;
	return 0;
}

int request_block_read(struct request_reader *r, const struct block *b,
		       struct chat_items *out)
{
	static const struct {
		const char *type;
		block_reader *read;
	} types[] = {
	    {"text", request_text_read},
	    {"tool_use", read_tool_use},
	    {"tool_result", read_tool_result},
	    {"thinking", read_thinking},
	    {"image", request_image_read},
	    {"document", request_document_read},
	    {"search_result", request_search_result_read},
	    {"redacted_thinking", read_nothing},
	    {"server_tool_use", read_server_tool_use},
	    {"mcp_tool_use", read_server_tool_use},
	    {"mcp_tool_result", read_result_text},
	    {"mid_conv_system", read_mid_conv_system},
	    {"container_upload", read_upload},
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (block_is(r, b, types[i].type))
			return types[i].read(r, b, out);
	}
	return read_other(r, b, out);
}
