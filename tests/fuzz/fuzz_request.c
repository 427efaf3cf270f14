/*
 * Any bytes as the body of POST /v1/messages.  What is accepted must become,
 * for every flavour, valid JSON: the same bytes each time, no key twice, none
 * that only Anthropic knows, and a sequence of messages in which each call is
 * answered directly after it.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "proto/anthropic_request.h"
#include "proto/openai_request.h"
#include "proto/token_estimate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { OUT_MAX = 64 << 20 };

static const struct jlimits limits = {
    .depth = 600, .recorded = 4, .tokens = 8000000};

static void require(bool holds)
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

static void check_output(struct str text)
{
	struct jerror why;
	struct jdoc d;

	jdoc_init(&d);
	require(jdoc_parse(&d, text, &limits, &why) == 0);
	check_keys(&d);
	check_messages(&d);
	jdoc_release(&d);
}

static void write_twice(const struct chat_request *r,
			const struct openai_target *target, struct arena *a)
{
	struct buf one = BUF_INIT(OUT_MAX), two = BUF_INIT(OUT_MAX);
	struct tool_names names;
	struct err e;

	if (openai_request_write(&one, r, target, a, &names, &e) == 0) {
		require(openai_request_write(&two, r, target, a, &names, &e) ==
			0);
		require(str_eq(buf_str(&one), buf_str(&two)));
		check_output(buf_str(&one));
		for (size_t i = 0; i < names.n; i++)
			require(names.names[i].sent.n <= 64);
	} else {
		require(e.kind == ERR_BAD_REQUEST || e.kind == ERR_TOO_LARGE);
	}
	buf_release(&one);
	buf_release(&two);
}

static void write_all(const struct chat_request *r, struct arena *a)
{
	for (int f = 0; f < FLAVOURS; f++) {
		struct openai_target plain = {.flavour = (enum flavour)f,
					      .model = STR("m")};
		struct openai_target odd = {
		    .flavour = (enum flavour)f,
		    .model = STR("m\"\\"),
		    .no_vision = f % 2,
		    .reasoning = true,
		    .keep_system_turns = true,
		    .tool_images_inline = true,
		    .developer_role = true,
		    .all_efforts = true,
		    .context_window = 1000,
		    .input_estimate = token_estimate_request(r),
		    .extra_body = STR("{\"stop\":[],\"extra\":1}")};

		write_twice(r, &plain, a);
		write_twice(r, &odd, a);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct anthropic_request_options options = {.counting = n % 2};
	struct str body = {(const char *)data, n};
	struct arena a = ARENA_INIT;
	struct chat_request r;
	struct jdoc doc;
	struct err e;

	jdoc_init(&doc);
	if (anthropic_request_read(&r, &doc, body, &a, &options, &e) == 0) {
		require(token_estimate_request(&r) >= 1);
		anthropic_session_of(r.user_id, &a);
		write_all(&r, &a);
	} else {
		require(e.kind == ERR_BAD_REQUEST && e.message[0]);
	}
	jdoc_release(&doc);
	arena_release(&a);
	return 0;
}
