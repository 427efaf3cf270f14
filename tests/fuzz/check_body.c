#include "tests/fuzz/check_body.h"

#include <stdlib.h>

#include "base/jscan.h"

static const struct jlimits limits = {
    .depth = 600, .recorded = 4, .tokens = 8000000};

void require(bool holds)
{
	if (!holds)
		abort();
}

/* Keys of chat/completions, and those of the extra body below. */
static bool is_known(struct str key)
{
	static const char *const known[] = {
	    "model",
	    "messages",
	    "tools",
	    "tool_choice",
	    "parallel_tool_calls",
	    "max_tokens",
	    "max_completion_tokens",
	    "stop",
	    "stream",
	    "stream_options",
	    "temperature",
	    "top_p",
	    "top_k",
	    "user",
	    "reasoning_effort",
	    "thinking_budget_tokens",
	    "chat_template_kwargs",
	    "response_format",
	    "continue_final_message",
	    "add_generation_prompt",
	    "extra",
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (str_is(key, known[i]))
			return true;
	}
	return false;
}

static void check_keys(const struct jdoc *d)
{
	for (jref k = jdoc_first(d, 0); k != JNONE; k = jdoc_next(d, 0, k)) {
		require(is_known(jdoc_chars(d, k)));
		for (jref l = jdoc_next(d, 0, k); l != JNONE;
		     l = jdoc_next(d, 0, l))
			require(!str_eq(jdoc_chars(d, k), jdoc_chars(d, l)));
	}
}

/* Walks the messages; open counts the calls that wait for an answer. */
static void check_messages(const struct jdoc *d)
{
	jref messages = jdoc_get(d, 0, "messages"), m;
	size_t open = 0, seen = 0;

	require(jdoc_type(d, messages) == J_ARRAY);
	for (m = jdoc_first(d, messages); m != JNONE;
	     m = jdoc_next(d, messages, m)) {
		jref role = jdoc_get(d, m, "role");

		seen++;
		require(jdoc_get(d, m, "content") != JNONE);
		if (jdoc_string_is(d, role, "tool")) {
			require(open-- > 0);
			require(jdoc_type(d, jdoc_get(d, m, "tool_call_id")) ==
				J_STRING);
			continue;
		}
		require(open == 0);
		require(jdoc_string_is(d, role, "assistant") ||
			jdoc_string_is(d, role, "user") ||
			jdoc_string_is(d, role, "developer") ||
			jdoc_string_is(d, role, "system"));
		open = jdoc_count(d, jdoc_get(d, m, "tool_calls"));
	}
	require(open == 0 && seen > 0);
}

void check_body(struct str text)
{
	struct jerror why;
	struct jdoc d;

	jdoc_init(&d);
	require(jdoc_parse(&d, text, &limits, &why) == 0);
	check_keys(&d);
	check_messages(&d);
	jdoc_release(&d);
}
