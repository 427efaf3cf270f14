#include "io/probe_impl.h"

static const char tool_part[] =
    ",\"tools\":[{\"type\":\"function\",\"function\":{"
    "\"name\":\"get_weather\",\"description\":\"Current weather of a city\","
    "\"parameters\":{\"type\":\"object\",\"properties\":{\"city\":"
    "{\"type\":\"string\"}},\"required\":[\"city\"]}}}],"
    "\"tool_choice\":\"auto\"";

void probe_request(struct buf *out, const char *model, bool tool,
		   struct probe_variant v)
{
	if (v.messages) {
		probe_messages_request(out, model, tool);
		return;
	}
	buf_adds(out, "{\"model\":");
	buf_json(out, str_of(model));
	buf_adds(out, ",\"messages\":[{\"role\":\"user\",\"content\":");
	buf_adds(out,
		 tool ? "\"" PROBE_ASK_TOOL "\"" : "\"" PROBE_ASK_TEXT "\"");
	buf_adds(out, "}],\"stream\":true");
	if (!v.no_usage)
		buf_adds(out, ",\"stream_options\":{\"include_usage\":true}");
	buf_addf(out, ",\"%s\":%d",
		 v.completion_tokens ? "max_completion_tokens" : "max_tokens",
		 tool ? PROBE_TOOL_TOKENS : PROBE_ANSWER_TOKENS);
	if (tool)
		buf_adds(out, tool_part);
	buf_adds(out, "}");
}
