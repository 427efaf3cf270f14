/* thinking, effort and output formats (messages-api §§8.1, 9). */
#include "proto/request_reader.h"

/* Budgets below these, in tokens, count as low and medium effort. */
enum { BUDGET_LOW = 4096, BUDGET_MEDIUM = 16384 };

static enum chat_effort effort_of_budget(int64_t budget)
{
	if (budget < BUDGET_LOW)
		return EFFORT_LOW;
	return budget < BUDGET_MEDIUM ? EFFORT_MEDIUM : EFFORT_HIGH;
}

static int read_budget(struct request_reader *r, jref v)
{
	struct chat_request *out = r->out;

	if (jdoc_is_null(r->doc, v))
		return 0;
	if (jdoc_i64(r->doc, v, &out->thinking_budget) < 0)
		return reader_fail(r, NULL, "thinking.enabled.budget_tokens",
				   "Input should be a valid integer");
	if (out->thinking_budget < 0)
		out->thinking_budget = 0;
	out->effort = effort_of_budget(out->thinking_budget);
	return 0;
}

static int read_thinking(struct request_reader *r, jref thinking)
{
	static const struct str names[] = {STR("type"), STR("budget_tokens")};
	struct str word;
	jref f[2];

	if (jdoc_is_null(r->doc, thinking))
		return 0;
	if (jdoc_type(r->doc, thinking) != J_OBJECT)
		return reader_fail(r, NULL, "thinking",
				   "Input should be a valid dictionary");
	json_fields(r->doc, thinking, names, 2, f);
	if (reader_chars(r, NULL, "thinking.type", f[0], &word) < 0)
		return -1;
	if (jdoc_string_is(r->doc, f[0], "disabled")) {
		r->out->thinking = THINKING_OFF;
		return 0;
	}
	r->out->thinking = THINKING_ON;
	if (jdoc_string_is(r->doc, f[0], "adaptive"))
		return 0;
	if (jdoc_string_is(r->doc, f[0], "enabled"))
		return read_budget(r, f[1]);
	word = reader_shown(jdoc_string(r->doc, f[0], r->arena));
	return reader_fail(r, NULL, "thinking",
			   "Input tag '%.*s' found using 'type' does not match "
			   "any of the expected tags",
			   STR_ARG(word));
}

static int read_effort(struct request_reader *r, jref v)
{
	static const char *const words[] = {
	    [EFFORT_LOW] = "low",   [EFFORT_MEDIUM] = "medium",
	    [EFFORT_HIGH] = "high", [EFFORT_XHIGH] = "xhigh",
	    [EFFORT_MAX] = "max",
	};

	if (jdoc_is_null(r->doc, v))
		return 0;
	for (int i = EFFORT_LOW; i <= EFFORT_MAX; i++) {
		if (jdoc_string_is(r->doc, v, words[i])) {
			r->out->effort = (enum chat_effort)i;
			return 0;
		}
	}
	return reader_fail(
	    r, NULL, "output_config.effort",
	    "Input should be 'low', 'medium', 'high', 'xhigh' or "
	    "'max'");
}

static int read_format(struct request_reader *r, const char *path, jref v)
{
	static const struct str names[] = {STR("type"), STR("schema")};
	struct place at = {NULL, path, NO_INDEX};
	struct str word;
	jref f[2];

	if (jdoc_type(r->doc, v) != J_OBJECT)
		return reader_fail(r, &at, NULL,
				   "Input should be a valid dictionary");
	json_fields(r->doc, v, names, 2, f);
	if (reader_chars(r, &at, "type", f[0], &word) < 0)
		return -1;
	if (!jdoc_string_is(r->doc, f[0], "json_schema"))
		return reader_fail(r, &at, "type",
				   "Input should be 'json_schema'");
	if (jdoc_type(r->doc, f[1]) != J_OBJECT)
		return reader_fail(r, &at, "schema", "Field required");
	return reader_raw(r, f[1], &r->out->output_schema);
}

int request_thinking_read(struct request_reader *r, jref thinking,
			  jref output_config, jref output_format)
{
	static const struct str names[] = {STR("effort"), STR("format")};
	jref f[2];

	if (read_thinking(r, thinking) < 0)
		return -1;
	if (jdoc_type(r->doc, output_config) > J_NULL &&
	    jdoc_type(r->doc, output_config) != J_OBJECT)
		return reader_fail(r, NULL, "output_config",
				   "Input should be a valid dictionary");
	json_fields(r->doc, output_config, names, 2, f);
	if (read_effort(r, f[0]) < 0)
		return -1;
	if (r->out->thinking == THINKING_OFF)
		r->out->effort = EFFORT_UNSET;
	if (!jdoc_is_null(r->doc, f[1]))
		return read_format(r, "output_config.format", f[1]);
	if (!jdoc_is_null(r->doc, output_format))
		return read_format(r, "output_format", output_format);
	return 0;
}
