/* Thinking, effort and response_format (messages-api §§8.2, 9). */
#include "proto/request_writer.h"

static bool takes_effort(const struct request_writer *w)
{
	if (writer_refused(w, PARAM_REASONING_EFFORT))
		return false;
	return writer_has(w, TRAIT_EFFORT) ||
	       (writer_has(w, TRAIT_EFFORT_IF_REASONING) &&
		w->target->reasoning);
}

/* The word for reasoning_effort, empty for none. */
static struct str effort_word(const struct request_writer *w)
{
	static const struct str words[] = {
	    [EFFORT_UNSET] = STR(""),	     [EFFORT_LOW] = STR("low"),
	    [EFFORT_MEDIUM] = STR("medium"), [EFFORT_HIGH] = STR("high"),
	    [EFFORT_XHIGH] = STR("xhigh"),   [EFFORT_MAX] = STR("max"),
	};
	enum chat_effort effort = w->r->effort;

	if (!takes_effort(w))
		return STR_NONE;
	if (w->r->thinking == THINKING_OFF) {
		if (!writer_has(w, TRAIT_OFF_BY_EFFORT))
			return STR_NONE;
		return w->target->off_effort.n ? w->target->off_effort
					       : STR("none");
	}
	if (effort > EFFORT_HIGH && !w->target->all_efforts)
		effort = EFFORT_HIGH;
	return words[effort];
}

/* Qwen3 and GLM read enable_thinking, DeepSeek V3.1 and Granite thinking;
 * templates ignore what they do not know.  The client's own win. */
void request_write_kwargs(struct request_writer *w)
{
	static const char *const keys[] = {"enable_thinking", "thinking"};
	struct json_extra own;
	bool comma = false;

	if (!writer_has(w, TRAIT_TEMPLATE_KWARGS) ||
	    writer_refused(w, PARAM_TEMPLATE_KWARGS) ||
	    (w->r->thinking == THINKING_UNSET &&
	     !w->r->chat_template_kwargs.n) ||
	    !writer_member(w, "chat_template_kwargs"))
		return;
	/* It was parsed with the request: this cannot fail. */
	json_extra_init(&own, w->r->chat_template_kwargs);
	buf_addc(w->out, '{');
	for (size_t i = 0; i < 2; i++) {
		if (w->r->thinking == THINKING_UNSET ||
		    json_extra_has(&own, keys[i]))
			continue;
		if (comma)
			buf_addc(w->out, ',');
		comma = true;
		buf_addf(w->out, "\"%s\":%s", keys[i],
			 w->r->thinking == THINKING_ON ? "true" : "false");
	}
	json_extra_write(&own, w->out, &comma);
	buf_addc(w->out, '}');
	json_extra_release(&own);
}

void request_write_thinking(struct request_writer *w)
{
	struct str word = effort_word(w);

	if (word.n && writer_member(w, "reasoning_effort"))
		buf_json(w->out, word);
	if (writer_has(w, TRAIT_BUDGET) && w->r->thinking == THINKING_ON &&
	    w->r->thinking_budget && writer_member(w, "thinking_budget_tokens"))
		buf_addi(w->out, w->r->thinking_budget);
	request_write_kwargs(w);
}

void request_write_format(struct request_writer *w)
{
	struct str schema = w->r->output_schema;

	if (!schema.n || !writer_member(w, "response_format"))
		return;
	if (writer_has(w, TRAIT_SCHEMA_AS_VALUE)) {
		buf_adds(w->out, "{\"type\":\"json_object\",\"value\":");
		buf_addstr(w->out, schema);
		buf_addc(w->out, '}');
		return;
	}
	buf_adds(w->out, "{\"type\":\"json_schema\",\"json_schema\":{\"name\":"
			 "\"output\",\"schema\":");
	buf_addstr(w->out, schema);
	if (output_schema_is_strict(schema))
		buf_adds(w->out, ",\"strict\":true");
	buf_adds(w->out, "}}");
}
