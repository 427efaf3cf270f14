#include "demo/tokenizer.h"

#include <inttypes.h>

#include "demo/words.h"

enum { SLOW_MS = 10000, TEXT_BYTES = 40 * 1024 * 1024 };

static const struct jlimits limits = {
    .depth = 256, .recorded = 64, .tokens = 4000000};

static void refuse(struct reply *r, int status, const char *message)
{
	buf_reset(&r->body);
	r->status = status;
	script_error(&r->body, r->dialect, status, str_of(message));
}

/* What the switches say about counting, those in text too; false: the answer
 * is made already. */
static bool is_played(struct reply *r, const char *kind, struct str text)
{
	struct err e;

	if (switches_apply_text(&r->sw, text, &e) < 0) {
		refuse(r, 400, e.message);
		return false;
	}
	if (!str_is(str_of(r->sw.tokenizer), kind) &&
	    !str_is(str_of(r->sw.tokenizer), "all")) {
		refuse(r, 404, "");
		return false;
	}
	if (str_is(str_of(r->sw.count), "404")) {
		refuse(r, 404, "");
		return false;
	}
	if (str_is(str_of(r->sw.count), "garbage")) {
		r->type = "text/html";
		buf_adds(&r->body, "<html><p>count: 1</p>");
		return false;
	}
	if (str_is(str_of(r->sw.count), "slow"))
		r->sw.first = SLOW_MS;
	return true;
}

/* Some text of just so many words, with the user's at its end. */
static void write_prompt(struct buf *out, const struct ask *ask)
{
	struct str user = buf_str(&ask->user);
	int64_t others = ask->prompt_tokens - words_count(user);

	for (int64_t i = 0; i < others; i++)
		buf_adds(out, "~ ");
	buf_addstr(out, user);
}

/* [1,2,...,n] */
static void write_ids(struct buf *out, int64_t n)
{
	buf_addc(out, '[');
	for (int64_t i = 1; i <= n; i++)
		buf_addf(out, i == 1 ? "%" PRId64 : ",%" PRId64, i);
	buf_addc(out, ']');
}

static void write_vllm(struct reply *r, const struct ask *ask)
{
	buf_addf(&r->body, "{\"count\":%" PRId64 ",\"max_model_len\":",
		 ask->prompt_tokens);
	if (r->sw.context)
		buf_addi(&r->body, r->sw.context);
	else
		buf_adds(&r->body, "null");
	buf_adds(&r->body, ",\"tokens\":");
	write_ids(&r->body, ask->prompt_tokens);
	buf_adds(&r->body, ",\"token_strs\":null}");
}

static void write_template(struct reply *r, const struct ask *ask)
{
	struct buf prompt = BUF_INIT(TEXT_BYTES);

	write_prompt(&prompt, ask);
	buf_adds(&r->body, "{\"prompt\":");
	buf_json(&r->body, buf_str(&prompt));
	buf_addc(&r->body, '}');
	buf_release(&prompt);
}

static void write_tgi(struct reply *r, const struct ask *ask)
{
	struct buf prompt = BUF_INIT(TEXT_BYTES);

	write_prompt(&prompt, ask);
	buf_adds(&r->body, "{\"tokenize_response\":[");
	for (int64_t i = 0; i < ask->prompt_tokens; i++)
		buf_addf(&r->body,
			 "%s{\"id\":%" PRId64
			 ",\"text\":\"~\",\"start\":%" PRId64
			 ",\"stop\":%" PRId64 "}",
			 i ? "," : "", i + 1, 2 * i, 2 * i + 1);
	buf_adds(&r->body, "],\"templated_text\":");
	buf_json(&r->body, buf_str(&prompt));
	buf_addc(&r->body, '}');
	buf_release(&prompt);
}

static void answer_chat(const struct http_in *in, struct reply *r,
			const char *kind,
			void (*write)(struct reply *r, const struct ask *ask))
{
	struct ask ask;
	struct err e;

	if (ask_read(&ask, DIALECT_CHAT, buf_str(&in->body), &e) < 0)
		refuse(r, 400, e.message);
	else if (is_played(r, kind, buf_str(&ask.user)))
		write(r, &ask);
	ask_release(&ask);
}

/* llama.cpp's: {content, add_special, parse_special}. */
static void answer_content(const struct jdoc *d, struct reply *r)
{
	jref content = jdoc_get(d, 0, "content");
	struct arena mem = ARENA_INIT;
	struct str text = jdoc_string(d, content, &mem);

	if (jdoc_type(d, content) != J_STRING) {
		refuse(r, 400, "content must be a string");
	} else if (is_played(r, "llamacpp", text)) {
		buf_adds(&r->body, "{\"tokens\":");
		write_ids(&r->body, words_count(text));
		buf_addc(&r->body, '}');
	}
	arena_release(&mem);
}

void tokenizer_tokenize(struct demo *d, const struct http_in *in,
			struct str model, struct reply *r)
{
	struct jerror why;
	struct jdoc doc;

	(void)d, (void)model;
	jdoc_init(&doc);
	if (jdoc_parse(&doc, buf_str(&in->body), &limits, &why) < 0)
		refuse(r, 400, why.detail);
	else if (jdoc_get(&doc, 0, "messages") != JNONE)
		answer_chat(in, r, "vllm", write_vllm);
	else
		answer_content(&doc, r);
	jdoc_release(&doc);
}

void tokenizer_template(struct demo *d, const struct http_in *in,
			struct str model, struct reply *r)
{
	(void)d, (void)model;
	answer_chat(in, r, "llamacpp", write_template);
}

void tokenizer_chat(struct demo *d, const struct http_in *in, struct str model,
		    struct reply *r)
{
	(void)d, (void)model;
	answer_chat(in, r, "tgi", write_tgi);
}

/* Texts of a Messages request: strings, or `text` of the blocks of a list. */
static int64_t count_content(const struct jdoc *d, jref content,
			     struct buf *text)
{
	struct arena mem = ARENA_INIT;
	int64_t n = 0;

	buf_addstr(text, jdoc_string(d, content, &mem));
	n += words_count(jdoc_string(d, content, &mem));
	if (jdoc_type(d, content) == J_ARRAY) {
		for (jref b = jdoc_first(d, content); b != JNONE;
		     b = jdoc_next(d, content, b))
			n += count_content(d, jdoc_get(d, b, "text"), text);
	}
	arena_release(&mem);
	return n;
}

static int64_t count_messages(const struct jdoc *d, struct buf *text)
{
	jref list = jdoc_get(d, 0, "messages");
	jref system = jdoc_get(d, 0, "system");
	int64_t n =
	    ASK_TOKENS_TOOL * (int64_t)jdoc_count(d, jdoc_get(d, 0, "tools"));

	if (!jdoc_is_null(d, system))
		n += ASK_TOKENS_MESSAGE + count_content(d, system, text);
	for (jref m = jdoc_first(d, list); m != JNONE;
	     m = jdoc_next(d, list, m))
		n += ASK_TOKENS_MESSAGE +
		     count_content(d, jdoc_get(d, m, "content"), text);
	return n;
}

void tokenizer_messages(struct demo *d, const struct http_in *in,
			struct str model, struct reply *r)
{
	struct buf text = BUF_INIT(TEXT_BYTES);
	struct jerror why;
	struct jdoc doc;
	int64_t n;

	(void)d, (void)model;
	jdoc_init(&doc);
	if (jdoc_parse(&doc, buf_str(&in->body), &limits, &why) < 0) {
		refuse(r, 400, why.detail);
	} else {
		n = count_messages(&doc, &text);
		if (is_played(r, "messages", buf_str(&text)))
			buf_addf(&r->body, "{\"input_tokens\":%" PRId64 "}", n);
	}
	jdoc_release(&doc);
	buf_release(&text);
}
