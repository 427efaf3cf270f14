/*
 * Runs the cases of tests/replay/cases/request-*.case: what a client sends,
 * where it goes, and the body that the backend gets, byte for byte.
 *
 *	=== case NAME
 *	=== client-request
 *	{...}
 *	=== target
 *	flavour vllm
 *	=== backend-request
 *	{...}
 *
 * or, in the place of the last, `=== error` with a line of the HTTP status and
 * a line of the message.  A case may go on with further targets.  A target's
 * lines are those of target_word() below; without one it is a generic backend
 * that knows the model as m.  \xHH in what the client sends stands for a byte.
 *
 * `=== tokenize-request` is what the target's tokenizer is asked: its path, the
 * body, and `+ N` for tokens that it cannot count; or `estimate` alone.
 * `=== tokenize-reply STEP` is what it answers to that step, `=== count` what
 *is read from it: `N`, `N of WINDOW`, `nonsense`, or the body of the next step.
 */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/secret.h"
#include "proto/anthropic_request.h"
#include "proto/openai_request.h"
#include "proto/tokenize.h"
#include "tests/support/tap.h"

enum { FILE_MAX = 4 << 20, BODY_MAX = 16 << 20 };

struct replay {
	const char *file;
	struct str name;
	struct buf client;
	struct str answer; /* of a tokenizer, to this step */
	int64_t step;
	struct anthropic_request_options options;
	struct openai_target target;
};

static void target_reset(struct replay *r)
{
	r->target = (struct openai_target){.flavour = FLAVOUR_GENERIC,
					   .model = STR("m")};
	r->options = (struct anthropic_request_options){.counting = false};
}

static bool set_flag(struct replay *r, struct str key)
{
	const struct {
		const char *word;
		bool *flag;
	} flags[] = {
	    {"counting", &r->options.counting},
	    {"keep_attribution", &r->options.keep_attribution},
	    {"strict_tool_pairs", &r->options.strict_tool_pairs},
	    {"no_vision", &r->target.no_vision},
	    {"reasoning", &r->target.reasoning},
	    {"keep_system_turns", &r->target.keep_system_turns},
	    {"data_images_only", &r->target.data_images_only},
	    {"refuse_pdf", &r->target.refuse_pdf},
	    {"tool_images_inline", &r->target.tool_images_inline},
	    {"developer_role", &r->target.developer_role},
	    {"all_efforts", &r->target.all_efforts},
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (str_is(key, flags[i].word)) {
			*flags[i].flag = true;
			return true;
		}
	}
	return false;
}

static bool set_number(struct replay *r, struct str key, struct str value)
{
	const struct {
		const char *word;
		int64_t *number;
	} numbers[] = {
	    {"context_window", &r->target.context_window},
	    {"max_output", &r->target.max_output},
	    {"input_estimate", &r->target.input_estimate},
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (str_is(key, numbers[i].word))
			return str_to_i64(value, 0, INT64_MAX,
					  numbers[i].number) == 0;
	}
	return false;
}

static bool set_refused(struct replay *r, struct str value)
{
	static const struct {
		const char *word;
		unsigned bit;
	} bits[] = {
	    {"stream_options", PARAM_STREAM_OPTIONS},
	    {"continuous_usage_stats", PARAM_CONTINUOUS_USAGE},
	    {"chat_template_kwargs", PARAM_TEMPLATE_KWARGS},
	    {"reasoning_effort", PARAM_REASONING_EFFORT},
	    {"top_k", PARAM_TOP_K},
	    {"parallel_tool_calls", PARAM_PARALLEL_TOOLS},
	    {"user", PARAM_USER},
	    {"max_tokens", PARAM_MAX_TOKENS},
	    {"max_completion_tokens", PARAM_MAX_COMPLETION_TOKENS},
	};

	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		if (str_is(value, bits[i].word)) {
			r->target.refused |= bits[i].bit;
			return true;
		}
	}
	return false;
}

static bool target_word(struct replay *r, struct str key, struct str value)
{
	if (str_is(key, "flavour"))
		return flavour_parse(value, &r->target.flavour) == 0;
	if (str_is(key, "refused"))
		return set_refused(r, value);
	if (str_is(value, "yes"))
		return set_flag(r, key);
	if (str_is(key, "model"))
		r->target.model = value;
	else if (str_is(key, "extra_body"))
		r->target.extra_body = value;
	else if (str_is(key, "off_effort"))
		r->target.off_effort = value;
	else
		return set_number(r, key, value);
	return true;
}

static void read_target(struct replay *r, struct str text)
{
	target_reset(r);
	while (text.n) {
		struct str value = str_cut(&text, '\n');
		struct str key = str_cut(&value, ' ');

		if (key.n && !target_word(r, key, value))
			ok(false, "%s: %.*s: unknown target line %.*s", r->file,
			   STR_ARG(r->name), STR_ARG(key));
	}
}

/* Reads and writes; the result is the body, or the status and the message. */
static void translate(const struct replay *r, struct buf *out)
{
	struct arena a = ARENA_INIT;
	struct chat_request request;
	struct tool_names names;
	struct jdoc doc;
	struct err e;

	jdoc_init(&doc);
	if (anthropic_request_read(&request, &doc, buf_str(&r->client), &a,
				   &r->options, &e) < 0 ||
	    openai_request_write(out, &request, &r->target, &a, &names, &e) <
		0) {
		buf_reset(out);
		buf_addf(out, "%d\n%s", err_status(e.kind), e.message);
	}
	jdoc_release(&doc);
	arena_release(&a);
}

static void ask_tokenizer(const struct replay *r,
			  const struct chat_request *request,
			  const struct jdoc *doc, struct arena *a,
			  struct buf *out)
{
	enum tokenizer t = tokenizer_of(r->target.flavour);
	int64_t more;

	if (!tokenize_can(t, request, &r->target)) {
		buf_adds(out, "estimate");
		return;
	}
	buf_addf(out, "/%s\n", tokenize_path(t, 0));
	tokenize_request_write(out, t, request, doc, &r->target, a);
	more = tokenize_uncounted(t, request, &r->target);
	if (more)
		buf_addf(out, "\n+ %lld", (long long)more);
}

static void tokenize(const struct replay *r, struct buf *out)
{
	struct arena a = ARENA_INIT;
	struct chat_request request;
	struct jdoc doc;
	struct err e;

	jdoc_init(&doc);
	if (anthropic_request_read(&request, &doc, buf_str(&r->client), &a,
				   &r->options, &e) < 0)
		buf_addf(out, "%d\n%s", err_status(e.kind), e.message);
	else
		ask_tokenizer(r, &request, &doc, &a, out);
	jdoc_release(&doc);
	arena_release(&a);
}

static void count(const struct replay *r, struct buf *out)
{
	struct tokenize_count told;

	switch (tokenize_reply_read(tokenizer_of(r->target.flavour),
				    (unsigned)r->step, r->answer,
				    r->target.model, out, &told)) {
	case TOKENIZE_COUNTED:
		buf_reset(out);
		buf_addi(out, told.tokens);
		if (told.context_window)
			buf_addf(out, " of %lld",
				 (long long)told.context_window);
		break;
	case TOKENIZE_MORE:
		break;
	case TOKENIZE_NONSENSE:
		buf_reset(out);
		buf_adds(out, "nonsense");
		break;
	}
}

static void run(const struct replay *r,
		void (*make)(const struct replay *r, struct buf *out),
		struct str want)
{
	struct buf got = BUF_INIT(BODY_MAX);

	make(r, &got);
	if (str_ends(want, STR("\n")))
		want.n--;
	is_str(buf_str(&got), want, "%.*s (%s)", STR_ARG(r->name),
	       flavour_name(r->target.flavour));
	buf_release(&got);
}

static int hex(char c)
{
	const char *digits = "0123456789abcdef";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* \xHH is no escape of JSON, so it can stand for a byte. */
static void set_client(struct replay *r, struct str text)
{
	buf_reset(&r->client);
	for (size_t i = 0; i < text.n; i++) {
		struct str four = str_sub(text, i, i + 4);

		if (four.n == 4 && str_starts(four, STR("\\x")) &&
		    hex(four.p[2]) >= 0 && hex(four.p[3]) >= 0) {
			buf_addc(&r->client,
				 (char)(hex(four.p[2]) << 4 | hex(four.p[3])));
			i += 3;
		} else {
			buf_addc(&r->client, text.p[i]);
		}
	}
}

static bool run_result(const struct replay *r, struct str word, struct str text)
{
	static const struct {
		const char *word;
		void (*make)(const struct replay *r, struct buf *out);
	} results[] = {
	    {"backend-request", translate},
	    {"error", translate},
	    {"tokenize-request", tokenize},
	    {"count", count},
	};

	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
		if (!str_is(word, results[i].word))
			continue;
		run(r, results[i].make, text);
		return true;
	}
	return false;
}

static void run_section(struct replay *r, struct str head, struct str text)
{
	struct str rest = head, word = str_cut(&rest, ' ');

	if (str_is(word, "case")) {
		r->name = rest;
		target_reset(r);
	} else if (str_is(word, "client-request")) {
		if (str_ends(text, STR("\n")))
			text.n--;
		set_client(r, text);
	} else if (str_is(word, "target")) {
		read_target(r, text);
	} else if (str_is(word, "tokenize-reply")) {
		str_to_i64(rest, 0, 1, &r->step);
		if (str_ends(text, STR("\n")))
			text.n--;
		r->answer = text;
	} else if (!run_result(r, word, text)) {
		ok(false, "%s: unknown section %.*s", r->file, STR_ARG(head));
	}
}

static void run_file(const char *path)
{
	struct replay r = {.file = path, .client = BUF_INIT(BODY_MAX)};
	struct str mark = STR("\n=== "), rest;
	struct buf text = BUF_INIT(FILE_MAX);
	FILE *f = fopen(path, "r");
	char chunk[4096];
	size_t n;

	buf_adds(&text, "\n");
	while (f && (n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add(&text, chunk, n);
	if (f)
		fclose(f);
	rest = buf_str(&text);
	rest = str_sub(rest, str_find(rest, mark), rest.n);
	if (!rest.n || !buf_ok(&text))
		ok(false, "%s: no cases", path);
	while (rest.n) {
		struct str section = str_sub(rest, mark.n, rest.n), head;
		size_t end = str_find(section, mark);

		rest = str_sub(section, end, section.n);
		/* The line end before the next mark belongs to the section. */
		section = str_sub(section, 0, end == SIZE_MAX ? end : end + 1);
		head = str_cut(&section, '\n');
		run_section(&r, head, section);
	}
	buf_release(&r.client);
	buf_release(&text);
}

static void run_found(void)
{
	const char *srcdir = getenv("srcdir");
	struct buf pattern = BUF_INIT(4096);
	glob_t found;

	buf_adds(&pattern, srcdir ? srcdir : ".");
	buf_adds(&pattern, "/tests/replay/cases/request-*.case");
	if (glob(pattern.data, 0, NULL, &found) != 0) {
		ok(false, "no cases at %s", pattern.data);
	} else {
		for (size_t i = 0; i < found.gl_pathc; i++)
			run_file(found.gl_pathv[i]);
		globfree(&found);
	}
	buf_release(&pattern);
}

int main(int argc, char **argv)
{
	struct err e;

	if (secret_start(&e) < 0)
		return 1;
	for (int i = 1; i < argc; i++)
		run_file(argv[i]);
	if (argc < 2)
		run_found();
	return done_testing();
}
