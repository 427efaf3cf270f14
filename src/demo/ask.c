#include "demo/ask_impl.h"

#include <string.h>

#include "demo/words.h"

/* As the relay's own limits, but all of a schema is at hand. */
static const struct jlimits limits = {
    .depth = 256, .recorded = 64, .tokens = 4000000};

int ask_bad(struct err *e, const char *what)
{
	return err_set(e, ERR_BAD_REQUEST, "%s", what);
}

static bool flag(const struct jdoc *d, jref v)
{
	return jdoc_type(d, v) == J_TRUE;
}

/* "data:image/png;base64,AAAA": bytes that the data stands for. */
static size_t data_url_bytes(struct str url)
{
	size_t n;

	if (!str_starts(url, STR("data:")))
		return 0;
	str_cut(&url, ',');
	n = url.n / 4 * 3;
	if (str_ends(url, STR("==")))
		return n - 2;
	return str_ends(url, STR("=")) ? n - 1 : n;
}

void ask_line(struct ask *a, struct buf *text, struct str line)
{
	a->prompt_tokens += words_count(line);
	if (!text)
		return;
	if (text->len)
		buf_addc(text, '\n');
	buf_addstr(text, line);
}

static int read_part(struct ask *a, jref part, struct buf *text, struct err *e)
{
	const struct jdoc *d = &a->doc;
	jref type = jdoc_get(d, part, "type"), url;

	if (jdoc_string_is(d, type, "text")) {
		jref value = jdoc_get(d, part, "text");
		struct str s = jdoc_string(d, value, &a->mem);

		if (jdoc_type(d, value) != J_STRING)
			return ask_bad(e, "a text part needs a text");
		ask_line(a, text, s);
		return 0;
	}
	if (!jdoc_string_is(d, type, "image_url"))
		return ask_bad(e, "unknown type of content part");
	url = jdoc_get(d, jdoc_get(d, part, "image_url"), "url");
	if (jdoc_type(d, url) != J_STRING)
		return ask_bad(e, "an image part needs image_url.url");
	a->images++;
	a->image_bytes += data_url_bytes(jdoc_chars(d, url));
	a->prompt_tokens += ASK_TOKENS_IMAGE;
	return 0;
}

/* Adds the texts of a message to text (NULL: they are only counted). */
static int read_content(struct ask *a, jref message, struct buf *text,
			struct err *e)
{
	const struct jdoc *d = &a->doc;
	jref content = jdoc_get(d, message, "content");

	if (jdoc_is_null(d, content))
		return 0;
	if (jdoc_type(d, content) == J_STRING) {
		ask_line(a, text, jdoc_string(d, content, &a->mem));
		return 0;
	}
	if (jdoc_type(d, content) != J_ARRAY)
		return ask_bad(e,
			       "content must be a string or a list of parts");
	for (jref p = jdoc_first(d, content); p != JNONE;
	     p = jdoc_next(d, content, p)) {
		if (read_part(a, p, text, e) < 0)
			return -1;
	}
	return 0;
}

static int read_past_calls(struct ask *a, jref message, struct err *e)
{
	const struct jdoc *d = &a->doc;
	jref calls = jdoc_get(d, message, "tool_calls");

	for (jref c = jdoc_first(d, calls); c != JNONE;
	     c = jdoc_next(d, calls, c)) {
		jref function = jdoc_get(d, c, "function");
		jref args = jdoc_get(d, function, "arguments");
		struct str s = jdoc_string(d, args, &a->mem);
		struct jdoc inner;
		struct jerror why;
		int rc;

		if (jdoc_type(d, args) != J_STRING)
			return ask_bad(e,
				       "tool call arguments must be a string");
		jdoc_init(&inner);
		rc = jdoc_parse(&inner, s, &limits, &why);
		jdoc_release(&inner);
		if (rc < 0)
			return ask_bad(e, "tool call arguments must be JSON");
		if (jdoc_chars(d, jdoc_get(d, c, "id")).n == 0 ||
		    jdoc_chars(d, jdoc_get(d, function, "name")).n == 0)
			return ask_bad(e, "a tool call needs an id and a name");
		a->prompt_tokens += 1 + words_count(s);
	}
	return 0;
}

static int read_tool_result(struct ask *a, jref m, struct err *e)
{
	const struct jdoc *d = &a->doc;

	if (jdoc_chars(d, jdoc_get(d, m, "tool_call_id")).n == 0)
		return ask_bad(e, "a tool message needs a tool_call_id");
	if (!a->after_tool)
		buf_reset(&a->result);
	a->after_tool = true;
	return read_content(a, m, &a->result, e);
}

static int read_message(struct ask *a, jref m, struct err *e)
{
	const struct jdoc *d = &a->doc;
	jref role = jdoc_get(d, m, "role");

	a->messages++;
	a->prompt_tokens += ASK_TOKENS_MESSAGE;
	if (jdoc_string_is(d, role, "tool"))
		return read_tool_result(a, m, e);
	a->after_tool = false;
	if (jdoc_string_is(d, role, "user")) {
		buf_reset(&a->user);
		return read_content(a, m, &a->user, e);
	}
	if (jdoc_string_is(d, role, "assistant")) {
		if (read_content(a, m, NULL, e) < 0)
			return -1;
		return read_past_calls(a, m, e);
	}
	if (!jdoc_string_is(d, role, "system") &&
	    !jdoc_string_is(d, role, "developer"))
		return ask_bad(e, "unknown role");
	return read_content(a, m, NULL, e);
}

static int read_messages(struct ask *a, struct err *e)
{
	const struct jdoc *d = &a->doc;
	jref list = jdoc_get(d, 0, "messages");

	if (jdoc_type(d, list) != J_ARRAY || jdoc_first(d, list) == JNONE)
		return ask_bad(e, "messages must be a list that is not empty");
	for (jref m = jdoc_first(d, list); m != JNONE;
	     m = jdoc_next(d, list, m)) {
		if (read_message(a, m, e) < 0)
			return -1;
	}
	return 0;
}

static int read_tools(struct ask *a, struct err *e)
{
	const struct jdoc *d = &a->doc;
	jref tools = jdoc_get(d, 0, "tools");

	a->tools = JNONE;
	if (jdoc_is_null(d, tools))
		return 0;
	if (jdoc_type(d, tools) != J_ARRAY)
		return ask_bad(e, "tools must be a list");
	for (jref t = jdoc_first(d, tools); t != JNONE;
	     t = jdoc_next(d, tools, t)) {
		jref name = jdoc_get(d, jdoc_get(d, t, "function"), "name");

		if (!jdoc_string_is(d, jdoc_get(d, t, "type"), "function") ||
		    jdoc_chars(d, name).n == 0)
			return ask_bad(e,
				       "a tool must be a function with a name");
		if (++a->ntools > ASK_TOOLS)
			return ask_bad(e, "too many tools");
		a->prompt_tokens += ASK_TOKENS_TOOL;
	}
	if (a->ntools)
		a->tools = tools;
	return 0;
}

static int read_choice(struct ask *a, struct err *e)
{
	const struct jdoc *d = &a->doc;
	jref v = jdoc_get(d, 0, "tool_choice"), name;

	if (jdoc_is_null(d, v) || jdoc_string_is(d, v, "auto"))
		return 0;
	if (jdoc_string_is(d, v, "none")) {
		a->choice = CHOICE_NONE;
		return 0;
	}
	if (a->ntools == 0)
		return ask_bad(e, "tool_choice needs tools");
	if (jdoc_string_is(d, v, "required")) {
		a->choice = CHOICE_REQUIRED;
		return 0;
	}
	name = jdoc_get(d, jdoc_get(d, v, "function"), "name");
	if (!jdoc_string_is(d, jdoc_get(d, v, "type"), "function") ||
	    jdoc_chars(d, name).n == 0)
		return ask_bad(e, "tool_choice has an unknown form");
	a->choice = CHOICE_NAMED;
	a->choice_name = jdoc_string(d, name, &a->mem);
	return 0;
}

int ask_limit(struct ask *a, const char *name, struct err *e)
{
	jref v = jdoc_get(&a->doc, 0, name);
	int64_t n;

	if (jdoc_is_null(&a->doc, v))
		return 0;
	if (jdoc_i64(&a->doc, v, &n) < 0 || n < 1)
		return err_set(e, ERR_BAD_REQUEST, "%s must be at least 1",
			       name);
	if (a->max_tokens == 0 || n < a->max_tokens)
		a->max_tokens = n;
	return 0;
}

int ask_completion_limit(struct ask *a, struct err *e)
{
	return ask_limit(a, "max_tokens", e) < 0
		   ? -1
		   : ask_limit(a, "max_completion_tokens", e);
}

int ask_stops(struct ask *a, const char *name, struct err *e)
{
	const struct jdoc *d = &a->doc;
	jref v = jdoc_get(d, 0, name);

	if (jdoc_is_null(d, v))
		return 0;
	if (jdoc_type(d, v) == J_STRING) {
		a->stop[a->nstop++] = jdoc_string(d, v, &a->mem);
		return 0;
	}
	for (jref s = jdoc_first(d, v); s != JNONE; s = jdoc_next(d, v, s)) {
		if (jdoc_type(d, s) != J_STRING || a->nstop == ASK_STOPS)
			return err_set(e, ERR_BAD_REQUEST,
				       "%s must be a few strings", name);
		a->stop[a->nstop++] = jdoc_string(d, s, &a->mem);
	}
	return 0;
}

int ask_completion_stops(struct ask *a, struct err *e)
{
	return ask_stops(a, "stop", e);
}

static int read_format(struct ask *a, struct err *e)
{
	const struct jdoc *d = &a->doc;
	jref v = jdoc_get(d, 0, "response_format");
	jref type = jdoc_get(d, v, "type");

	if (jdoc_is_null(d, v) || jdoc_string_is(d, type, "text"))
		return 0;
	a->schema = jdoc_get(d, jdoc_get(d, v, "json_schema"), "schema");
	if (jdoc_string_is(d, type, "json_object"))
		a->format = FORMAT_OBJECT;
	else if (jdoc_string_is(d, type, "json_schema") && a->schema != JNONE)
		a->format = FORMAT_SCHEMA;
	else
		return ask_bad(e, "response_format has an unknown form");
	return 0;
}

int ask_stream(struct ask *a, struct err *e)
{
	const struct jdoc *d = &a->doc;
	jref options = jdoc_get(d, 0, "stream_options");

	a->stream = flag(d, jdoc_get(d, 0, "stream"));
	if (!jdoc_is_null(d, options) && !a->stream)
		return ask_bad(e, "stream_options needs stream");
	a->include_usage = flag(d, jdoc_get(d, options, "include_usage"));
	a->continuous = a->include_usage &&
			flag(d, jdoc_get(d, options, "continuous_usage_stats"));
	return 0;
}

static ask_reader *const ask_chat[] = {
    read_messages,	  read_tools,  read_choice, ask_completion_limit,
    ask_completion_stops, read_format, ask_stream,  NULL,
};

static ask_reader *const *const readers[] = {
    [DIALECT_CHAT] = ask_chat,
    [DIALECT_COMPLETIONS] = ask_completions,
    [DIALECT_RESPONSES] = ask_responses,
    [DIALECT_MESSAGES] = ask_messages,
};
_Static_assert(sizeof(readers) / sizeof(readers[0]) == DIALECTS,
	       "readers for each dialect");

int ask_read(struct ask *a, enum dialect dialect, struct str body,
	     struct err *e)
{
	struct jerror why;

	*a = (struct ask){.mem = ARENA_INIT,
			  .user = BUF_INIT(body.n + 1),
			  .result = BUF_INIT(body.n + 1),
			  .schema = JNONE,
			  .tools = JNONE};
	jdoc_init(&a->doc);
	if (jdoc_parse(&a->doc, body, &limits, &why) < 0)
		return err_set(e, ERR_BAD_REQUEST, "body is no JSON: %s at %zu",
			       why.detail, why.at);
	if (jdoc_type(&a->doc, 0) != J_OBJECT)
		return ask_bad(e, "body must be an object");
	a->model = jdoc_string(&a->doc, jdoc_get(&a->doc, 0, "model"), &a->mem);
	for (ask_reader *const *read = readers[dialect]; *read; read++) {
		if ((*read)(a, e) < 0)
			return -1;
	}
	return 0;
}

void ask_release(struct ask *a)
{
	buf_release(&a->user);
	buf_release(&a->result);
	jdoc_release(&a->doc);
	arena_release(&a->mem);
}
