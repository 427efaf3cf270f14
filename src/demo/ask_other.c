/* Readers of what is no chat/completions request. */
#include "demo/ask_impl.h"

#include "demo/words.h"

enum { TOKENS_IMAGE = 64, TOKENS_MESSAGE = 3, TOKENS_TOOL = 16 };

/* completions ------------------------------------------------------------- */

static int read_prompt(struct ask *a, struct err *e)
{
	const struct jdoc *d = &a->doc;
	jref v = jdoc_get(d, 0, "prompt");

	if (jdoc_type(d, v) == J_ARRAY)
		v = jdoc_first(d, v);
	if (jdoc_type(d, v) != J_STRING)
		return ask_bad(e, "prompt must be a string");
	ask_line(a, &a->user, jdoc_string(d, v, &a->mem));
	return 0;
}

ask_reader *const ask_completions[] = {
    read_prompt, ask_completion_limit, ask_completion_stops, ask_stream, NULL,
};

/* parts of messages ------------------------------------------------------- */

static int read_text(struct ask *a, jref part, struct buf *text, struct err *e)
{
	jref v = jdoc_get(&a->doc, part, "text");

	if (jdoc_type(&a->doc, v) != J_STRING)
		return ask_bad(e, "a text needs a text");
	ask_line(a, text, jdoc_string(&a->doc, v, &a->mem));
	return 0;
}

static int read_image(struct ask *a, jref part, struct buf *text, struct err *e)
{
	jref source = jdoc_get(&a->doc, part, "source");
	struct str data =
	    jdoc_chars(&a->doc, jdoc_get(&a->doc, source, "data"));

	(void)text, (void)e;
	a->images++;
	a->image_bytes += data.n / 4 * 3;
	a->prompt_tokens += TOKENS_IMAGE;
	return 0;
}

static int read_call(struct ask *a, jref part, struct buf *text, struct err *e)
{
	jref input = jdoc_get(&a->doc, part, "input");

	(void)text;
	if (jdoc_chars(&a->doc, jdoc_get(&a->doc, part, "id")).n == 0)
		return ask_bad(e, "tool_use needs an id");
	if (jdoc_type(&a->doc, input) != J_OBJECT)
		return ask_bad(e, "tool_use needs an input");
	a->prompt_tokens += 1 + words_count(jdoc_raw(&a->doc, input));
	return 0;
}

static int read_content(struct ask *a, jref content, struct buf *text,
			struct err *e);

static int read_result(struct ask *a, jref part, struct buf *text,
		       struct err *e)
{
	(void)text;
	if (jdoc_chars(&a->doc, jdoc_get(&a->doc, part, "tool_use_id")).n == 0)
		return ask_bad(e, "tool_result needs a tool_use_id");
	a->after_tool = true;
	return read_content(a, jdoc_get(&a->doc, part, "content"), &a->result,
			    e);
}

static int read_nothing(struct ask *a, jref part, struct buf *text,
			struct err *e)
{
	(void)a, (void)part, (void)text, (void)e;
	return 0;
}

static const struct {
	const char *type;
	int (*read)(struct ask *, jref, struct buf *, struct err *);
} parts[] = {
    {"text", read_text},
    {"input_text", read_text},
    {"output_text", read_text},
    {"image", read_image},
    {"input_image", read_image},
    {"tool_use", read_call},
    {"tool_result", read_result},
    {"thinking", read_nothing},
    {"redacted_thinking", read_nothing},
};

static int read_part(struct ask *a, jref part, struct buf *text, struct err *e)
{
	jref type = jdoc_get(&a->doc, part, "type");

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (jdoc_string_is(&a->doc, type, parts[i].type))
			return parts[i].read(a, part, text, e);
	}
	return ask_bad(e, "unknown type of content");
}

static int read_content(struct ask *a, jref content, struct buf *text,
			struct err *e)
{
	const struct jdoc *d = &a->doc;

	if (jdoc_is_null(d, content))
		return 0;
	if (jdoc_type(d, content) == J_STRING) {
		ask_line(a, text, jdoc_string(d, content, &a->mem));
		return 0;
	}
	if (jdoc_type(d, content) != J_ARRAY)
		return ask_bad(e, "content must be a string or a list");
	for (jref p = jdoc_first(d, content); p != JNONE;
	     p = jdoc_next(d, content, p)) {
		if (read_part(a, p, text, e) < 0)
			return -1;
	}
	return 0;
}

static int read_turn(struct ask *a, jref m, struct err *e)
{
	const struct jdoc *d = &a->doc;
	bool user = jdoc_string_is(d, jdoc_get(d, m, "role"), "user");

	a->messages++;
	a->prompt_tokens += TOKENS_MESSAGE;
	a->after_tool = false;
	if (user)
		buf_reset(&a->user);
	return read_content(a, jdoc_get(d, m, "content"),
			    user ? &a->user : NULL, e);
}

static int read_turns(struct ask *a, const char *name, struct err *e)
{
	const struct jdoc *d = &a->doc;
	jref list = jdoc_get(d, 0, name);

	if (jdoc_type(d, list) != J_ARRAY || jdoc_first(d, list) == JNONE)
		return err_set(e, ERR_BAD_REQUEST,
			       "%s must be a list that is not empty", name);
	for (jref m = jdoc_first(d, list); m != JNONE;
	     m = jdoc_next(d, list, m)) {
		if (read_turn(a, m, e) < 0)
			return -1;
	}
	return 0;
}

/* responses --------------------------------------------------------------- */

static int read_input(struct ask *a, struct err *e)
{
	jref v = jdoc_get(&a->doc, 0, "input");

	if (jdoc_type(&a->doc, v) != J_STRING)
		return read_turns(a, "input", e);
	ask_line(a, &a->user, jdoc_string(&a->doc, v, &a->mem));
	return 0;
}

static int read_output_limit(struct ask *a, struct err *e)
{
	return ask_limit(a, "max_output_tokens", e);
}

ask_reader *const ask_responses[] = {
    read_input,
    read_output_limit,
    ask_stream,
    NULL,
};

/* Anthropic's Messages ---------------------------------------------------- */

static int read_messages(struct ask *a, struct err *e)
{
	if (read_content(a, jdoc_get(&a->doc, 0, "system"), NULL, e) < 0)
		return -1;
	return read_turns(a, "messages", e);
}

static int read_tools(struct ask *a, struct err *e)
{
	const struct jdoc *d = &a->doc;
	jref tools = jdoc_get(d, 0, "tools");

	for (jref t = jdoc_first(d, tools); t != JNONE;
	     t = jdoc_next(d, tools, t)) {
		if (jdoc_chars(d, jdoc_get(d, t, "name")).n == 0)
			return ask_bad(e, "a tool needs a name");
		if (++a->ntools > ASK_TOOLS)
			return ask_bad(e, "too many tools");
		a->prompt_tokens += TOKENS_TOOL;
	}
	return 0;
}

static int read_max_tokens(struct ask *a, struct err *e)
{
	if (ask_limit(a, "max_tokens", e) < 0)
		return -1;
	return a->max_tokens ? 0 : ask_bad(e, "max_tokens: Field required");
}

static int read_stop_sequences(struct ask *a, struct err *e)
{
	return ask_stops(a, "stop_sequences", e);
}

ask_reader *const ask_messages[] = {
    read_messages,	 read_tools, read_max_tokens,
    read_stop_sequences, ask_stream, NULL,
};
