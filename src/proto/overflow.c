#include "proto/overflow.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

enum {
	TEXT_BYTES = 4096, /* of a message are searched */
	SLACK_TOKENS = 64  /* a prompt that fits must leave so much */
};

/* Texts are compared in lower case and without quotes. */
static const char *const signs[] = {
    "maximum context length",
    "model's context length",
    "models context length",
    "context length is only",
    "context_length_exceeded",
    "exceed_context_size",
    "available context size",
    "exceeds the context length",
    "exceeds maximum context length",
    "exceeds the context window",
    "exceeds the models context window",
    "exceed context limit",
    "longer than the maximum model length",
    "too long to fit into the model",
    "max_new_tokens must be <=",
    "inputs must have less than",
    "input tokens exceed the configured limit",
    "length should be [1,",
    "prompt is too long",
};

enum side { AFTER, BEFORE }; /* where the number stands */

static const struct phrase {
	size_t field;
	enum side side;
	const char *words;
} phrases[] = {
#define CONTEXT offsetof(struct overflow, context)
#define PROMPT	offsetof(struct overflow, prompt)
#define ASKED	offsetof(struct overflow, asked)
    {CONTEXT, AFTER, "maximum context length is "},
    {CONTEXT, AFTER, "maximum context length of "},
    {CONTEXT, AFTER, "context length is only "},
    {CONTEXT, AFTER, "context length ("},
    {CONTEXT, AFTER, "context length of "},
    {CONTEXT, AFTER, "(context length "},
    {CONTEXT, AFTER, "available context size ("},
    {CONTEXT, AFTER, "maximum model length of "},
    {CONTEXT, AFTER, "must be <= "},
    {CONTEXT, AFTER, "must have less than "},
    {CONTEXT, AFTER, "configured limit of "},
    {CONTEXT, AFTER, "context window of "},
    {CONTEXT, AFTER, "length should be [1, "},
    {CONTEXT, AFTER, " tokens > "},
    {PROMPT, BEFORE, " in the messages"},
    {PROMPT, BEFORE, " in your prompt"},
    {PROMPT, BEFORE, " tokens from the input messages"},
    {PROMPT, BEFORE, " input tokens"},
    {PROMPT, BEFORE, " inputs tokens"},
    {PROMPT, BEFORE, " tokens) is longer than"},
    {PROMPT, BEFORE, " tokens) exceeds the available"},
    {PROMPT, BEFORE, " tokens > "},
    {PROMPT, AFTER, "messages resulted in "},
    {PROMPT, AFTER, "prompt (length "},
    {PROMPT, AFTER, "prompt (total length "},
    {PROMPT, AFTER, "given: "},
    {ASKED, BEFORE, " in the completion"},
    {ASKED, BEFORE, " tokens for the completion"},
    {ASKED, BEFORE, " output tokens"},
    {ASKED, BEFORE, " max_new_tokens"},
    {ASKED, AFTER, "is too large: "},
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* s consists of digits and commas between them. */
static int64_t number(struct str s)
{
	int64_t v = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (is_digit(s.p[i]) && v < INT64_MAX / 100)
			v = v * 10 + (s.p[i] - '0');
	}
	return v;
}

static int64_t number_after(struct str text, size_t at)
{
	size_t end = at;

	while (end < text.n &&
	       (is_digit(text.p[end]) || (end > at && text.p[end] == ',')))
		end++;
	return number(str_sub(text, at, end));
}

static int64_t number_before(struct str text, size_t at)
{
	size_t begin = at;

	while (begin > 0 && (is_digit(text.p[begin - 1]) ||
			     (begin < at && text.p[begin - 1] == ',')))
		begin--;
	return number(str_sub(text, begin, at));
}

/* The number at the first of the phrase's places that has one; else 0. */
static int64_t find_number(struct str text, const struct phrase *p)
{
	struct str words = str_of(p->words);
	size_t from = 0;

	for (;;) {
		struct str rest = str_sub(text, from, text.n);
		size_t at = str_find(rest, words);
		int64_t v;

		if (at == SIZE_MAX)
			return 0;
		at += from;
		v = p->side == AFTER ? number_after(text, at + words.n)
				     : number_before(text, at);
		if (v)
			return v;
		from = at + 1;
	}
}

static void plain_text(struct buf *out, struct str text)
{
	text = str_sub(text, 0, TEXT_BYTES);
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c + 32);
		if (c != '`' && c != '"' && c != '\'')
			buf_addc(out, c);
	}
}

static bool has_sign(struct str text)
{
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		if (str_find(text, str_of(signs[i])) != SIZE_MAX)
			return true;
	}
	return false;
}

static void read_numbers(struct overflow *o, struct str text)
{
	static const struct phrase functions = {PROMPT, BEFORE,
						" in the functions"};

	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++) {
		int64_t *v = (int64_t *)((char *)o + phrases[i].field);

		if (*v == 0)
			*v = find_number(text, &phrases[i]);
	}
	if (o->prompt)
		o->prompt += find_number(text, &functions);
}

bool overflow_read(struct overflow *o, const struct error_facts *f)
{
	struct buf text = BUF_INIT(TEXT_BYTES);
	bool is;

	*o = (struct overflow){.prompt = f->prompt_tokens,
			       .context = f->context_tokens};
	plain_text(&text, buf_str(&f->text));
	is = has_sign(buf_str(&text)) || has_sign(str_of(f->type)) ||
	     has_sign(str_of(f->code));
	if (is)
		read_numbers(o, buf_str(&text));
	o->at_least =
	    str_find(buf_str(&text), STR("contains at least ")) != SIZE_MAX;
	buf_release(&text);
	return is;
}

void overflow_error(const struct overflow *o, struct str text,
		    int64_t max_tokens, struct err *e)
{
	int64_t asked = o->asked ? o->asked : max_tokens;
	bool counted = o->prompt && (!o->at_least || o->prompt > o->context);
	/* Who does not count the prompt says that it is too long.  It may not
	 * be, but a client that is told to ask for less would try again and
	 * again: it knows no more than we do. */
	int64_t prompt = counted ? o->prompt : o->context + 1;

	if (counted && o->context && o->prompt + SLACK_TOKENS < o->context)
		err_set(e, ERR_BAD_REQUEST,
			"input length and `max_tokens` exceed context limit: "
			"%" PRId64 " + %" PRId64 " > %" PRId64
			", decrease input length or `max_tokens` and try again",
			o->prompt, asked, o->context);
	else if (o->context)
		err_set(e, ERR_BAD_REQUEST,
			"prompt is too long: %" PRId64 " tokens > %" PRId64
			" maximum (upstream: %.*s)",
			prompt, o->context, STR_ARG(text));
	else
		err_set(e, ERR_BAD_REQUEST,
			"prompt is too long (upstream: %.*s)", STR_ARG(text));
}
