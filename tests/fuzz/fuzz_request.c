/*
 * Any bytes as the body of POST /v1/messages.  What is accepted must become a
 * good body for every flavour, and the same one each time.
 */
#include "proto/anthropic_request.h"
#include "proto/openai_request.h"
#include "proto/token_estimate.h"
#include "proto/tokenize.h"
#include "tests/fuzz/check_body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { OUT_MAX = 64 << 20 };

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
		check_body(buf_str(&one));
		for (size_t i = 0; i < names.n; i++)
			require(names.names[i].sent.n <= 64);
	} else {
		require(e.kind == ERR_BAD_REQUEST || e.kind == ERR_TOO_LARGE);
	}
	buf_release(&one);
	buf_release(&two);
}

static void ask_tokenizer(enum tokenizer t, const struct chat_request *r,
			  const struct jdoc *doc,
			  const struct openai_target *target, struct arena *a)
{
	struct buf out = BUF_INIT(OUT_MAX);
	struct jerror why;
	struct jdoc asked;

	if (tokenize_can(t, r, target)) {
		tokenize_request_write(&out, t, r, doc, target, a);
		require(tokenize_uncounted(t, r, target) >= 0);
		jdoc_init(&asked);
		require(jdoc_parse(&asked, buf_str(&out), &jscan_request_limits,
				   &why) == 0);
		require(jdoc_string_is(&asked, jdoc_get(&asked, 0, "model"),
				       "m\"\\"));
		require(jdoc_type(&asked, jdoc_get(&asked, 0, "messages")) ==
			J_ARRAY);
		jdoc_release(&asked);
	}
	buf_release(&out);
}

static void write_all(const struct chat_request *r, const struct jdoc *doc,
		      struct arena *a)
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
		ask_tokenizer(tokenizer_of(odd.flavour), r, doc, &odd, a);
	}
	ask_tokenizer(TOKENIZER_ANTHROPIC, r, doc,
		      &(struct openai_target){.model = STR("m\"\\")}, a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct anthropic_request_options options = {
	    .counting = n % 2,
	    .keep_attribution = n % 3 == 0,
	    .strict_tool_pairs = n % 5 == 0};
	struct str body = {(const char *)data, n};
	struct arena a = ARENA_INIT;
	struct chat_request r;
	struct jdoc doc;
	struct err e;

	jdoc_init(&doc);
	if (anthropic_request_read(&r, &doc, body, &a, &options, &e) == 0) {
		require(token_estimate_request(&r) >= 1);
		anthropic_session_of(r.user_id, &a);
		write_all(&r, &doc, &a);
	} else {
		require(e.kind == ERR_BAD_REQUEST && e.message[0]);
	}
	jdoc_release(&doc);
	arena_release(&a);
	return 0;
}
