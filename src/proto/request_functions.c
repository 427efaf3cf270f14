/* Tools and tool_choice as chat/completions has them (messages-api §7). */
#include "base/secret.h"
#include "proto/request_writer.h"

enum { NAME_MAX_BYTES = 64, NAME_KEPT_BYTES = 55, NAME_HASH_HEX = 8 };

static bool is_narrow(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static bool fits(struct str name)
{
	for (size_t i = 0; i < name.n; i++) {
		if (!is_narrow(name.p[i]))
			return false;
	}
	return name.n <= NAME_MAX_BYTES;
}

struct str request_tool_name(const struct request_writer *w, struct str name)
{
	size_t kept = name.n < NAME_KEPT_BYTES ? name.n : NAME_KEPT_BYTES;
	char hash[65], *p;

	if (!writer_has(w, TRAIT_NARROW_NAMES) || fits(name))
		return name;
	secret_sha256(name, hash);
	p = arena_alloc(w->arena, NAME_MAX_BYTES + 1);
	for (size_t i = 0; i < kept; i++)
		p[i] = is_narrow(name.p[i]) ? name.p[i] : '_';
	p[kept] = '_';
	for (size_t i = 0; i < NAME_HASH_HEX; i++)
		p[kept + 1 + i] = hash[i];
	return (struct str){p, kept + 1 + NAME_HASH_HEX};
}

static void write_tool(struct request_writer *w, const struct chat_tool *tool)
{
	buf_adds(w->out, "{\"type\":\"function\",\"function\":{\"name\":");
	buf_json(w->out, request_tool_name(w, tool->name));
	if (tool->description.p) {
		buf_adds(w->out, ",\"description\":\"");
		buf_addstr(w->out, tool->description);
		buf_addc(w->out, '"');
	}
	buf_adds(w->out, ",\"parameters\":");
	buf_addstr(w->out, tool->parameters);
	if (tool->strict && writer_has(w, TRAIT_STRICT_FUNCTIONS))
		buf_adds(w->out, ",\"strict\":true");
	buf_adds(w->out, "}}");
}

static void write_choice(struct request_writer *w)
{
	static const char *const words[] = {
	    [TOOL_CHOICE_AUTO] = "\"auto\"",
	    [TOOL_CHOICE_ANY] = "\"required\"",
	    [TOOL_CHOICE_NONE] = "\"none\"",
	};
	const struct chat_request *r = w->r;

	if (r->tool_choice == TOOL_CHOICE_UNSET ||
	    !writer_member(w, "tool_choice"))
		return;
	if (r->tool_choice != TOOL_CHOICE_TOOL) {
		buf_adds(w->out, words[r->tool_choice]);
		return;
	}
	buf_adds(w->out, "{\"type\":\"function\",\"function\":{\"name\":");
	buf_json(w->out, request_tool_name(w, r->tool_choice_name));
	buf_adds(w->out, "}}");
}

bool request_write_functions(struct request_writer *w)
{
	const struct chat_request *r = w->r;

	if (!r->ntools || (r->tool_choice == TOOL_CHOICE_NONE &&
			   writer_has(w, TRAIT_NO_TOOLS_IF_NONE)))
		return false;
	if (!writer_member(w, "tools"))
		return true;
	buf_addc(w->out, '[');
	for (size_t i = 0; i < r->ntools; i++) {
		if (i)
			buf_addc(w->out, ',');
		write_tool(w, &r->tools[i]);
	}
	buf_addc(w->out, ']');
	return true;
}

void request_write_tools(struct request_writer *w)
{
	const struct chat_request *r = w->r;

	if (!request_write_functions(w))
		return;
	write_choice(w);
	if (r->single_tool && !writer_refused(w, PARAM_PARALLEL_TOOLS) &&
	    writer_member(w, "parallel_tool_calls"))
		buf_adds(w->out, "false");
}
