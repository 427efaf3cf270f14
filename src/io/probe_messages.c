/* The connection test of a server that speaks Anthropic's Messages. */
#include "io/probe_impl.h"

static const char tool_part[] =
    ",\"tools\":[{\"name\":\"get_weather\",\"description\":"
    "\"Current weather of a city\",\"input_schema\":{\"type\":\"object\","
    "\"properties\":{\"city\":{\"type\":\"string\"}},\"required\":"
    "[\"city\"]}}],\"tool_choice\":{\"type\":\"auto\"}";

void probe_messages_request(struct buf *out, const char *model, bool tool)
{
	buf_adds(out, "{\"model\":");
	buf_json(out, str_of(model));
	buf_addf(out, ",\"max_tokens\":%d,\"stream\":true,\"messages\":[{",
		 tool ? PROBE_TOOL_TOKENS : PROBE_ANSWER_TOKENS);
	buf_adds(out, "\"role\":\"user\",\"content\":");
	buf_json(out, tool ? STR(PROBE_ASK_TOOL) : STR(PROBE_ASK_TEXT));
	buf_adds(out, "}]");
	if (tool)
		buf_adds(out, tool_part);
	buf_adds(out, "}");
}

static bool has_text(const struct jdoc *d, jref v)
{
	return jdoc_chars(d, v).n > 0;
}

/* A content block, or a delta of one. */
static void learn_block(struct probe_answer *a, struct probe_result *r,
			const struct jdoc *d, jref block)
{
	struct arena mem = ARENA_INIT;
	jref text = jdoc_get(d, block, "text");

	a->tool_call |=
	    jdoc_string_is(d, jdoc_get(d, block, "type"), "tool_use") &&
	    has_text(d, jdoc_get(d, block, "name"));
	a->token |= a->tool_call || has_text(d, text) ||
		    has_text(d, jdoc_get(d, block, "thinking"));
	if (a->keep_text)
		probe_add_text(r, jdoc_string(d, text, &mem));
	arena_release(&mem);
}

void probe_messages_learn(struct probe_answer *a, struct probe_result *r,
			  const struct jdoc *d)
{
	jref content = jdoc_get(d, 0, "content");

	a->shaped |= jdoc_type(d, jdoc_get(d, 0, "message")) == J_OBJECT ||
		     jdoc_type(d, content) == J_ARRAY;
	learn_block(a, r, d, jdoc_get(d, 0, "delta"));
	learn_block(a, r, d, jdoc_get(d, 0, "content_block"));
	for (jref b = jdoc_first(d, content); b != JNONE;
	     b = jdoc_next(d, content, b))
		learn_block(a, r, d, b);
	r->usage |= jdoc_type(d, jdoc_get(d, jdoc_get(d, 0, "usage"),
					  "output_tokens")) == J_NUMBER;
}
