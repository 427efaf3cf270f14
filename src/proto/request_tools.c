/* Tools and tool_choice (messages-api §7). */
#include <stdlib.h>

#include "proto/builtin_tools.h"
#include "proto/request_reader.h"

enum tool_field {
	TF_TYPE,
	TF_NAME,
	TF_DESCRIPTION,
	TF_SCHEMA,
	TF_STRICT,
	TF_WIDTH,
	TF_HEIGHT,
	TF_FIELDS
};

struct tools {
	struct chat_tool *v;
	size_t n;
	/* Those that only Anthropic's servers can run. */
	struct str *removed; /* their names, empty where there was none */
	struct str first_type;
	size_t nremoved, first_index;
	jref first;
};

struct tool_source {
	struct place at;
	jref f[TF_FIELDS];
	struct str type; /* empty for the client's own */
};

/* Does the value of "type" in a schema allow an object? */
static bool allows_object(const struct jdoc *d, jref type)
{
	if (jdoc_type(d, type) != J_ARRAY)
		return jdoc_string_is(d, type, "object");
	for (jref v = jdoc_first(d, type); v != JNONE;
	     v = jdoc_next(d, type, v)) {
		if (jdoc_string_is(d, v, "object"))
			return true;
	}
	return false;
}

/* Puts text in the place of the source bytes [from, to) of raw. */
static struct str spliced(struct request_reader *r, struct str raw, size_t from,
			  size_t to, struct str text)
{
	return arena_printf(r->arena, "%.*s%.*s%.*s",
			    STR_ARG(str_sub(raw, 0, from)), STR_ARG(text),
			    STR_ARG(str_sub(raw, to, raw.n)));
}

/*
 * The schema with the least repair that makes it one of an object: a type
 * and properties.  Members are changed from the back to the front, so that
 * offsets stay true.
 */
static struct str repaired_schema(struct request_reader *r, jref schema,
				  struct str raw)
{
	static const struct str names[] = {STR("type"), STR("properties")};
	static const struct str texts[] = {STR("\"object\""), STR("{}")};
	static const struct str members[] = {STR("\"type\":\"object\""),
					     STR("\"properties\":{}")};
	struct str comma = STR(",");
	bool empty = jdoc_first(r->doc, schema) == JNONE;
	size_t begin = r->doc->tok[schema].begin;
	bool good[2];
	jref f[2];

	json_fields(r->doc, schema, names, 2, f);
	good[0] = allows_object(r->doc, f[0]);
	good[1] = jdoc_type(r->doc, f[1]) == J_OBJECT;
	for (int pass = 0; pass < 2; pass++) {
		/* The later value first. */
		int i = (f[0] != JNONE && f[1] != JNONE && f[0] > f[1]) == pass;

		if (!good[i] && f[i] != JNONE)
			raw = spliced(r, raw, r->doc->tok[f[i]].begin - begin,
				      r->doc->tok[f[i]].end - begin, texts[i]);
	}
	for (int i = 1; i >= 0; i--) {
		if (good[i] || f[i] != JNONE)
			continue;
		if (!empty)
			raw = spliced(r, raw, 1, 1, comma);
		raw = spliced(r, raw, 1, 1, members[i]);
		empty = false;
	}
	return raw;
}

static int read_custom(struct request_reader *r, const struct tool_source *s,
		       struct chat_tool *tool)
{
	jref schema = s->f[TF_SCHEMA];
	struct str raw;

	if (jdoc_type(r->doc, schema) != J_OBJECT)
		return reader_fail(r, &s->at, "custom.input_schema",
				   "Field required");
	if (reader_optional_chars(r, s->f[TF_DESCRIPTION], &tool->description) <
		0 ||
	    reader_raw(r, schema, &raw) < 0)
		return -1;
	tool->parameters = repaired_schema(r, schema, raw);
	tool->strict = jdoc_type(r->doc, s->f[TF_STRICT]) == J_TRUE;
	return 0;
}

/* What a tool without the client's own schema is: *offer says if the model
 * gets it. */
static void read_typed(struct request_reader *r, const struct tool_source *s,
		       struct chat_tool *tool, bool *offer)
{
	struct builtin_tool builtin;
	int64_t width = 0, height = 0;

	jdoc_i64(r->doc, s->f[TF_WIDTH], &width);
	jdoc_i64(r->doc, s->f[TF_HEIGHT], &height);
	*offer = builtin_tool_find(s->type, width, height, r->arena, &builtin);
	if (!*offer)
		return;
	tool->description = builtin.description;
	tool->parameters = builtin.parameters;
}

static int open_tool(struct request_reader *r, jref v, struct tool_source *s)
{
	static const struct str names[] = {
	    [TF_TYPE] = STR("type"),
	    [TF_NAME] = STR("name"),
	    [TF_DESCRIPTION] = STR("description"),
	    [TF_SCHEMA] = STR("input_schema"),
	    [TF_STRICT] = STR("strict"),
	    [TF_WIDTH] = STR("display_width_px"),
	    [TF_HEIGHT] = STR("display_height_px"),
	};

	if (jdoc_type(r->doc, v) != J_OBJECT)
		return reader_fail(r, &s->at, NULL,
				   "Input should be a valid dictionary");
	json_fields(r->doc, v, names, TF_FIELDS, s->f);
	s->type = STR_NONE;
	if (jdoc_type(r->doc, s->f[TF_TYPE]) > J_NULL &&
	    reader_word(r, &s->at, "type", s->f[TF_TYPE], &s->type) < 0)
		return -1;
	if (str_is(s->type, "custom"))
		s->type = STR_NONE;
	return 0;
}

static int read_name(struct request_reader *r, const struct tool_source *s,
		     struct str *name)
{
	const char *member = "custom.name";

	if (s->type.n)
		member = arena_printf(r->arena, "%.*s.name",
				      STR_ARG(reader_shown(s->type)))
			     .p;
	if (jdoc_type(r->doc, s->f[TF_NAME]) > J_NULL &&
	    jdoc_type(r->doc, s->f[TF_NAME]) != J_STRING)
		return reader_fail(r, &s->at, member,
				   "Input should be a valid string");
	return reader_word(r, &s->at, member, s->f[TF_NAME], name);
}

static void remove_tool(struct request_reader *r, const struct tool_source *s,
			jref v, struct tools *tools)
{
	if (!tools->nremoved) {
		tools->first = v;
		tools->first_type = s->type;
		tools->first_index = s->at.index;
	}
	tools->removed[tools->nremoved++] =
	    jdoc_string(r->doc, s->f[TF_NAME], r->arena);
	r->out->dropped |= DROPPED_SERVER_TOOLS;
}

static int read_tool(struct request_reader *r, jref v, size_t index,
		     struct tools *tools)
{
	struct chat_tool *tool = &tools->v[tools->n];
	struct tool_source s = {.at = {NULL, "tools", index}};
	bool offer = true, own;

	if (open_tool(r, v, &s) < 0)
		return -1;
	*tool = (struct chat_tool){.strict = false};
	if (builtin_tool_is_servers(s.type)) {
		remove_tool(r, &s, v, tools);
		return 0;
	}
	/* A type that nobody knows, with a schema, is a function too. */
	own = !s.type.n;
	if (!own)
		read_typed(r, &s, tool, &offer);
	if (!offer && jdoc_type(r->doc, s.f[TF_SCHEMA]) == J_OBJECT)
		own = offer = true;
	if (!offer) {
		remove_tool(r, &s, v, tools);
		return 0;
	}
	if (read_name(r, &s, &tool->name) < 0 ||
	    (own && read_custom(r, &s, tool) < 0))
		return -1;
	tools->n++;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct str *x = a, *y = b;
	size_t n = x->n < y->n ? x->n : y->n;
	int order = n ? __builtin_memcmp(x->p, y->p, n) : 0;

	return order ? order : (x->n > y->n) - (x->n < y->n);
}

static int check_unique(struct request_reader *r, const struct tools *tools)
{
	struct str *names = arena_array(r->arena, tools->n, sizeof(*names));

	for (size_t i = 0; i < tools->n; i++)
		names[i] = tools->v[i].name;
	qsort(names, tools->n, sizeof(*names), by_name);
	for (size_t i = 1; i < tools->n; i++) {
		if (str_eq(names[i - 1], names[i]))
			return reader_fail(r, NULL, "tools",
					   "Tool names must be unique.");
	}
	return 0;
}

static int fail_removed(struct request_reader *r, const struct tools *tools)
{
	struct place at = {NULL, "tools", tools->first_index};

	return reader_fail(r, &at, NULL,
			   "tool type '%.*s' is not available on this gateway",
			   STR_ARG(reader_shown(tools->first_type)));
}

/* The name that tool_choice forces must be that of a tool. */
static int check_chosen(struct request_reader *r, const struct tools *tools,
			struct str name)
{
	for (size_t i = 0; i < tools->n; i++) {
		if (str_eq(tools->v[i].name, name))
			return 0;
	}
	for (size_t i = 0; i < tools->nremoved; i++) {
		if (str_eq(tools->removed[i], name))
			return r->out->search.wanted ? 0
						     : fail_removed(r, tools);
	}
	return reader_fail(r, NULL, "tool_choice.tool.name",
			   "tool '%.*s' not found in tools",
			   STR_ARG(reader_shown(name)));
}

static int read_choice_type(struct request_reader *r, jref type,
			    enum chat_tool_choice *out)
{
	static const struct {
		const char *word;
		enum chat_tool_choice choice;
	} words[] = {
	    {"auto", TOOL_CHOICE_AUTO},
	    {"any", TOOL_CHOICE_ANY},
	    {"tool", TOOL_CHOICE_TOOL},
	    {"none", TOOL_CHOICE_NONE},
	};
	struct str word;

	if (reader_chars(r, NULL, "tool_choice.type", type, &word) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (jdoc_string_is(r->doc, type, words[i].word)) {
			*out = words[i].choice;
			return 0;
		}
	}
	word = reader_shown(jdoc_string(r->doc, type, r->arena));
	return reader_fail(r, NULL, "tool_choice",
			   "Input tag '%.*s' found using 'type' does not match "
			   "any of the expected tags",
			   STR_ARG(word));
}

static int read_choice(struct request_reader *r, jref choice,
		       const struct tools *tools)
{
	static const struct str names[] = {STR("type"), STR("name"),
					   STR("disable_parallel_tool_use")};
	struct chat_request *out = r->out;
	jref f[3];

	if (jdoc_is_null(r->doc, choice))
		return 0;
	if (jdoc_type(r->doc, choice) != J_OBJECT)
		return reader_fail(r, NULL, "tool_choice",
				   "Input should be a valid dictionary");
	json_fields(r->doc, choice, names, 3, f);
	if (read_choice_type(r, f[0], &out->tool_choice) < 0 ||
	    reader_bool(r, "tool_choice.disable_parallel_tool_use", f[2],
			&out->single_tool) < 0)
		return -1;
	if (out->tool_choice != TOOL_CHOICE_TOOL)
		return 0;
	if (reader_word(r, NULL, "tool_choice.tool.name", f[1],
			&out->tool_choice_name) < 0)
		return -1;
	return check_chosen(r, tools, out->tool_choice_name);
}

static int read_list(struct request_reader *r, jref list, struct tools *tools)
{
	size_t count = jdoc_count(r->doc, list), index = 0;

	if (jdoc_is_null(r->doc, list))
		return 0;
	if (jdoc_type(r->doc, list) != J_ARRAY)
		return reader_fail(r, NULL, "tools",
				   "Input should be a valid list");
	tools->v = arena_array(r->arena, count, sizeof(*tools->v));
	tools->removed = arena_array(r->arena, count, sizeof(*tools->removed));
	for (jref v = jdoc_first(r->doc, list); v != JNONE;
	     v = jdoc_next(r->doc, list, v)) {
		if (read_tool(r, v, index++, tools) < 0)
			return -1;
	}
	return check_unique(r, tools);
}

/* web_search and nothing else, where somebody can search. */
static int read_search(struct request_reader *r, const struct tools *tools)
{
	struct place tool = {NULL, "tools", tools->first_index};
	struct place at = {&tool, NULL, NO_INDEX};

	if (!r->options->can_search || tools->nremoved != 1 ||
	    !str_starts(tools->first_type, STR("web_search_")))
		return fail_removed(r, tools);
	at.name = arena_strz(r->arena, reader_shown(tools->first_type));
	r->out->search.wanted = true;
	r->out->dropped &= ~(unsigned)DROPPED_SERVER_TOOLS;
	return request_search_read(r, &at, tools->first);
}

int request_tools_read(struct request_reader *r, jref list, jref choice,
		       jref mcp_servers)
{
	struct tools tools = {.n = 0};
	bool mcp = jdoc_first(r->doc, mcp_servers) != JNONE;

	if (read_list(r, list, &tools) < 0)
		return -1;
	if (mcp && !tools.n)
		return reader_fail(r, NULL, "mcp_servers",
				   "remote MCP servers are not available on "
				   "this gateway");
	if (mcp)
		r->out->dropped |= DROPPED_MCP_SERVERS;
	if (tools.nremoved && !tools.n && read_search(r, &tools) < 0)
		return -1;
	r->out->tools = tools.v;
	r->out->ntools = tools.n;
	r->out->has_tools = tools.n > 0;
	if (read_choice(r, choice, &tools) < 0)
		return -1;
	if (r->out->tool_choice == TOOL_CHOICE_NONE)
		r->out->search.wanted = false;
	return 0;
}
