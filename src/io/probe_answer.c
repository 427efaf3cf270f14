#include <string.h>

#include "base/jscan.h"
#include "base/mem.h"
#include "io/probe_impl.h"

static const struct jlimits limits = {64, 12, 20000};

void probe_answer_init(struct probe_answer *a)
{
	memset(a, 0, sizeof(*a));
	buf_init(&a->body, PROBE_ANSWER_BYTES);
	buf_init(&a->error_frame, 4 * PROBE_QUOTE_BYTES);
}

void probe_answer_reset(struct probe_answer *a)
{
	probe_answer_release(a);
	probe_answer_init(a);
}

void probe_answer_release(struct probe_answer *a)
{
	buf_release(&a->body);
	buf_release(&a->error_frame);
}

void probe_result_release(struct probe_result *r)
{
	for (size_t i = 0; i < r->nmodels; i++)
		mem_free(r->models[i]);
	r->nmodels = 0;
}

static void set_text(char *out, size_t size, struct str s)
{
	size_t n = str_utf8_floor(s, s.n < size ? s.n : size - 1);

	memcpy(out, s.p, n);
	out[n] = '\0';
}

/* ------------------------------------------------------------ the list */

/* The word that each server puts into owned_by. */
static const struct {
	const char *owner, *flavour;
} owners[] = {
    {"vllm", "vllm"},
    {"sglang", "sglang"},
    {"llamacpp", "llamacpp"},
    {"llama.cpp", "llamacpp"},
    {"library", "ollama"},
    {"fastchat", "fastchat"},
    {"text-generation-inference", "tgi"},
    {"openai", "openai"},
    {"openai-internal", "openai"},
    {"system", "openai"},
};

static void set_flavour(struct probe_result *r, const char *name)
{
	set_text(r->flavour, sizeof(r->flavour), str_of(name));
}

static void learn_owner(struct probe_result *r, const struct jdoc *d, jref m)
{
	jref owner = jdoc_get(d, m, "owned_by");

	for (size_t i = 0; i < sizeof(owners) / sizeof(owners[0]); i++) {
		if (!r->flavour[0] && jdoc_string_is(d, owner, owners[i].owner))
			set_flavour(r, owners[i].flavour);
	}
}

/* Servers say how long a prompt may be under one of these names. */
static int64_t window_of(const struct jdoc *d, jref m)
{
	static const char *const plain[] = {"max_model_len", "context_length",
					    "context_window"};
	/* meta.n_ctx_train is no use: what it runs with may be far less. */
	jref inner = jdoc_get(d, m, "meta");
	int64_t n = 0;

	for (size_t i = 0; i < 3; i++) {
		if (!jdoc_i64(d, jdoc_get(d, m, plain[i]), &n) && n > 0)
			return n;
	}
	if (!jdoc_i64(d, jdoc_get(d, inner, "n_ctx"), &n) && n > 0)
		return n;
	return 0;
}

static struct str id_of(const struct jdoc *d, jref m, struct arena *mem)
{
	static const char *const keys[] = {"id", "name", "model"};

	for (size_t i = 0; i < 3; i++) {
		struct str id = jdoc_string(d, jdoc_get(d, m, keys[i]), mem);

		if (id.n)
			return id;
	}
	return STR_NONE;
}

static void learn_model(struct probe_result *r, const struct jdoc *d, jref m,
			struct str wanted)
{
	struct arena mem = ARENA_INIT;
	struct str id = id_of(d, m, &mem);
	bool is_it = wanted.n && str_eq(id, wanted);

	learn_owner(r, d, m);
	if (is_it)
		r->model_found = true;
	if (is_it || !r->nmodels)
		r->context_window = window_of(d, m);
	if (id.n && r->nmodels < PROBE_MODELS) {
		size_t n = id.n < PROBE_NAME_BYTES ? id.n : PROBE_NAME_BYTES;

		n = str_utf8_floor(id, n);
		r->models[r->nmodels++] = mem_strndup(id.p, n);
	}
	arena_release(&mem);
}

bool probe_read_models(struct str body, const char *model,
		       struct probe_result *r)
{
	struct jdoc d;
	struct jerror why;
	struct str wanted = str_of(model);
	jref list = JNONE;
	bool good;

	jdoc_init(&d);
	if (jdoc_parse(&d, body, &limits, &why) == 0)
		list = jdoc_get(&d, 0, "data");
	good = jdoc_type(&d, list) == J_ARRAY;
	for (jref m = jdoc_first(&d, list); good && m != JNONE;
	     m = jdoc_next(&d, list, m))
		learn_model(r, &d, m, wanted);
	/* The window of the first is no use when another one is meant. */
	if (!r->model_found && r->nmodels != 1)
		r->context_window = 0;
	jdoc_release(&d);
	return good;
}

/* --------------------------------------------------------- server's words */

/* Where the many servers put the message of an error. */
static jref message_of(const struct jdoc *d)
{
	jref error = jdoc_get(d, 0, "error");
	jref found = jdoc_get(d, error, "message");

	if (jdoc_type(d, found) != J_STRING && jdoc_type(d, error) == J_STRING)
		found = error;
	if (jdoc_type(d, found) != J_STRING)
		found = jdoc_get(d, 0, "message");
	if (jdoc_is_null(d, found))
		found = jdoc_get(d, 0, "detail");
	return found;
}

static void add_line(struct buf *out, struct str s)
{
	size_t n = str_utf8_floor(
	    s, s.n < PROBE_QUOTE_BYTES ? s.n : (size_t)PROBE_QUOTE_BYTES);

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		buf_addc(out, c < ' ' || c == 0x7f ? ' ' : (char)c);
	}
	if (n < s.n)
		buf_adds(out, "...");
}

void probe_server_words(struct buf *out, struct str body)
{
	struct arena mem = ARENA_INIT;
	struct jdoc d;
	struct jerror why;
	jref message = JNONE;
	struct str text = str_trim(body);

	jdoc_init(&d);
	if (jdoc_parse(&d, body, &limits, &why) == 0)
		message = message_of(&d);
	if (jdoc_type(&d, message) == J_STRING)
		text = jdoc_string(&d, message, &mem);
	else if (!jdoc_is_null(&d, message))
		text = jdoc_raw(&d, message);
	text = str_sub(text, 0, str_utf8_valid(text));
	add_line(out, text);
	jdoc_release(&d);
	arena_release(&mem);
}

/* ------------------------------------------------------------ the answer */

void probe_add_text(struct probe_result *r, struct str s)
{
	size_t have = strlen(r->text);

	if (s.n)
		set_text(r->text + have, sizeof(r->text) - have, s);
}

static bool has_text(const struct jdoc *d, jref v)
{
	return jdoc_chars(d, v).n > 0;
}

static bool has_tool_call(const struct jdoc *d, jref message)
{
	jref calls = jdoc_get(d, message, "tool_calls");
	jref call = jdoc_first(d, calls);
	jref function = jdoc_get(d, call, "function");

	return has_text(d, jdoc_get(d, function, "name"));
}

/* A delta, or a message. */
static void learn_message(struct probe_answer *a, struct probe_result *r,
			  const struct jdoc *d, jref message)
{
	struct arena mem = ARENA_INIT;
	jref content = jdoc_get(d, message, "content");

	a->shaped |= jdoc_type(d, message) == J_OBJECT;
	a->tool_call |= has_tool_call(d, message);
	a->token |= a->tool_call || has_text(d, content) ||
		    has_text(d, jdoc_get(d, message, "reasoning_content")) ||
		    has_text(d, jdoc_get(d, message, "reasoning")) ||
		    has_text(d, jdoc_get(d, message, "thinking"));
	if (a->keep_text)
		probe_add_text(r, jdoc_string(d, content, &mem));
	arena_release(&mem);
}

/* Things that one kind of server puts into its answers. */
static void learn_manner(struct probe_result *r, const struct jdoc *d)
{
	jref timings = jdoc_get(d, 0, "timings");
	jref print = jdoc_get(d, 0, "system_fingerprint");
	int64_t n = 0;

	if (!jdoc_i64(d, jdoc_get(d, timings, "n_ctx"), &n) && n > 0)
		r->context_window = n; /* better than what it was trained for */
	if (r->flavour[0])
		return;
	if (jdoc_string_is(d, print, "fp_ollama"))
		set_flavour(r, "ollama");
	else if (jdoc_type(d, timings) == J_OBJECT)
		set_flavour(r, "llamacpp");
	else if (jdoc_get(d, 0, "prompt_filter_results") != JNONE)
		set_flavour(r, "azure");
	else if (str_find(jdoc_chars(d, print), STR("-sha-")) != SIZE_MAX)
		set_flavour(r, "tgi");
}

/* A frame, or a whole answer. */
static void learn_object(struct probe_answer *a, struct probe_result *r,
			 struct str json, const char *part)
{
	struct jdoc d;
	struct jerror why;
	jref choices, usage;

	jdoc_init(&d);
	if (jdoc_parse(&d, json, &limits, &why)) {
		jdoc_release(&d);
		return;
	}
	choices = jdoc_get(&d, 0, "choices");
	usage = jdoc_get(&d, 0, "usage");
	if (!jdoc_is_null(&d, jdoc_get(&d, 0, "error")) && !a->error_frame.len)
		probe_server_words(&a->error_frame, json);
	if (a->messages)
		probe_messages_learn(a, r, &d);
	learn_message(a, r, &d, jdoc_get(&d, jdoc_first(&d, choices), part));
	r->usage |=
	    jdoc_type(&d, jdoc_get(&d, usage, "prompt_tokens")) == J_NUMBER;
	learn_manner(r, &d);
	jdoc_release(&d);
}

void probe_read_frames(struct probe_answer *a, struct probe_result *r)
{
	struct str all = buf_str(&a->body);

	for (;;) {
		struct str rest = str_sub(all, a->read, all.n);
		size_t end = str_find(rest, STR("\n"));
		struct str line;

		if (end == SIZE_MAX)
			return;
		a->read += end + 1;
		line = str_trim(str_sub(rest, 0, end));
		if (!str_starts(line, STR("data:")))
			continue;
		a->frames = true;
		line = str_trim(str_sub(line, 5, line.n));
		if (!str_is(line, "[DONE]"))
			learn_object(a, r, line, "delta");
	}
}

void probe_read_whole(struct probe_answer *a, struct probe_result *r)
{
	learn_object(a, r, buf_str(&a->body), "message");
}
