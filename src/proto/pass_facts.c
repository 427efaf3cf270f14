#include "proto/pass_facts.h"

#include <string.h>

/* Rows of the table below. */
enum {
	N_TEXT,
	N_MODEL,
	N_TYPE,
	N_OBJECT,
	N_ERROR,
	N_USAGE,
	N_STOP_REASON,
	N_STATUS,
	N_CHOICES,
	N_DELTA,
	N_MESSAGE,
	N_RESPONSE,
	N_CONTENT,
	N_OUTPUT,
	N_CHOICE,
	N_INDEX,
	N_FINISH,
	N_CHOICE_DELTA,
	N_CHOICE_MESSAGE,
	N_CHOICE_TEXT,
	N_DELTA_CONTENT,
	N_DELTA_REASONING_CONTENT,
	N_DELTA_REASONING,
	N_DELTA_CALLS,
	N_DELTA_CALL,
	N_DELTA_FUNCTION,
	N_DELTA_NAME,
	N_DELTA_ARGUMENTS,
	N_MESSAGE_CONTENT,
	N_MESSAGE_REASONING_CONTENT,
	N_MESSAGE_REASONING,
	N_MESSAGE_CALLS,
	N_MESSAGE_CALL,
	N_MESSAGE_FUNCTION,
	N_MESSAGE_NAME,
	N_MESSAGE_ARGUMENTS,
	N_DELTA_STOP,
	N_DELTA_TEXT,
	N_DELTA_THINKING,
	N_DELTA_JSON,
	N_MESSAGE_MODEL,
	N_MESSAGE_USAGE,
	N_RESPONSE_MODEL,
	N_RESPONSE_USAGE,
	N_RESPONSE_STATUS,
	N_CONTENT_BLOCK,
	N_BLOCK_TEXT,
	N_BLOCK_THINKING,
	N_OUTPUT_ITEM,
	N_ITEM_CONTENT,
	N_ITEM_ARGUMENTS,
	N_OUTPUT_PART,
	N_PART_TEXT,
	N_ROWS
};

static const struct tap_node nodes[] = {
    [N_TEXT] = {0, TAP_STEP, NULL},
    [N_MODEL] = {N_TEXT, TAP_SPLICE, "model"},
    [N_TYPE] = {N_TEXT, TAP_KEEP, "type"},
    [N_OBJECT] = {N_TEXT, TAP_KEEP, "object"},
    [N_ERROR] = {N_TEXT, TAP_KEEP, "error"},
    [N_USAGE] = {N_TEXT, TAP_KEEP, "usage"},
    [N_STOP_REASON] = {N_TEXT, TAP_KEEP, "stop_reason"},
    [N_STATUS] = {N_TEXT, TAP_KEEP, "status"},
    [N_CHOICES] = {N_TEXT, TAP_STEP, "choices"},
    [N_DELTA] = {N_TEXT, TAP_TEXT, "delta"}, /* of Responses: a text */
    [N_MESSAGE] = {N_TEXT, TAP_STEP, "message"},
    [N_RESPONSE] = {N_TEXT, TAP_STEP, "response"},
    [N_CONTENT] = {N_TEXT, TAP_STEP, "content"},
    [N_OUTPUT] = {N_TEXT, TAP_STEP, "output"},
    /* chat/completions, completions */
    [N_CHOICE] = {N_CHOICES, TAP_STEP, ""},
    [N_INDEX] = {N_CHOICE, TAP_KEEP, "index"},
    [N_FINISH] = {N_CHOICE, TAP_KEEP, "finish_reason"},
    [N_CHOICE_DELTA] = {N_CHOICE, TAP_STEP, "delta"},
    [N_CHOICE_MESSAGE] = {N_CHOICE, TAP_STEP, "message"},
    [N_CHOICE_TEXT] = {N_CHOICE, TAP_TEXT, "text"},
    [N_DELTA_CONTENT] = {N_CHOICE_DELTA, TAP_TEXT, "content"},
    [N_DELTA_REASONING_CONTENT] = {N_CHOICE_DELTA, TAP_TEXT,
				   "reasoning_content"},
    [N_DELTA_REASONING] = {N_CHOICE_DELTA, TAP_TEXT, "reasoning"},
    [N_DELTA_CALLS] = {N_CHOICE_DELTA, TAP_STEP, "tool_calls"},
    [N_DELTA_CALL] = {N_DELTA_CALLS, TAP_STEP, ""},
    [N_DELTA_FUNCTION] = {N_DELTA_CALL, TAP_STEP, "function"},
    [N_DELTA_NAME] = {N_DELTA_FUNCTION, TAP_TEXT, "name"},
    [N_DELTA_ARGUMENTS] = {N_DELTA_FUNCTION, TAP_TEXT, "arguments"},
    [N_MESSAGE_CONTENT] = {N_CHOICE_MESSAGE, TAP_TEXT, "content"},
    [N_MESSAGE_REASONING_CONTENT] = {N_CHOICE_MESSAGE, TAP_TEXT,
				     "reasoning_content"},
    [N_MESSAGE_REASONING] = {N_CHOICE_MESSAGE, TAP_TEXT, "reasoning"},
    [N_MESSAGE_CALLS] = {N_CHOICE_MESSAGE, TAP_STEP, "tool_calls"},
    [N_MESSAGE_CALL] = {N_MESSAGE_CALLS, TAP_STEP, ""},
    [N_MESSAGE_FUNCTION] = {N_MESSAGE_CALL, TAP_STEP, "function"},
    [N_MESSAGE_NAME] = {N_MESSAGE_FUNCTION, TAP_TEXT, "name"},
    [N_MESSAGE_ARGUMENTS] = {N_MESSAGE_FUNCTION, TAP_TEXT, "arguments"},
    /* Messages events */
    [N_DELTA_STOP] = {N_DELTA, TAP_KEEP, "stop_reason"},
    [N_DELTA_TEXT] = {N_DELTA, TAP_TEXT, "text"},
    [N_DELTA_THINKING] = {N_DELTA, TAP_TEXT, "thinking"},
    [N_DELTA_JSON] = {N_DELTA, TAP_TEXT, "partial_json"},
    [N_MESSAGE_MODEL] = {N_MESSAGE, TAP_SPLICE, "model"},
    [N_MESSAGE_USAGE] = {N_MESSAGE, TAP_KEEP, "usage"},
    /* Responses events */
    [N_RESPONSE_MODEL] = {N_RESPONSE, TAP_SPLICE, "model"},
    [N_RESPONSE_USAGE] = {N_RESPONSE, TAP_KEEP, "usage"},
    [N_RESPONSE_STATUS] = {N_RESPONSE, TAP_KEEP, "status"},
    /* plain answers of both */
    [N_CONTENT_BLOCK] = {N_CONTENT, TAP_STEP, ""},
    [N_BLOCK_TEXT] = {N_CONTENT_BLOCK, TAP_TEXT, "text"},
    [N_BLOCK_THINKING] = {N_CONTENT_BLOCK, TAP_TEXT, "thinking"},
    [N_OUTPUT_ITEM] = {N_OUTPUT, TAP_STEP, ""},
    [N_ITEM_CONTENT] = {N_OUTPUT_ITEM, TAP_STEP, "content"},
    [N_ITEM_ARGUMENTS] = {N_OUTPUT_ITEM, TAP_TEXT, "arguments"},
    [N_OUTPUT_PART] = {N_ITEM_CONTENT, TAP_STEP, ""},
    [N_PART_TEXT] = {N_OUTPUT_PART, TAP_TEXT, "text"},
};
_Static_assert((int)N_ROWS <= (int)TAP_NODES, "a table that a tap can take");

/* Tokens of a character, as in token_estimate.c, in 1/1000. */
enum { NARROW_MILLI = 278, WIDE_MILLI = 600, WIDEST_MILLI = 1100 };

/* The inside of a string's quotes; other values give nothing. */
static void word_put(char *to, struct str raw)
{
	if (raw.n >= 2 && raw.p[0] == '"')
		str_put(to, PASS_WORD_BYTES, str_sub(raw, 1, raw.n - 1));
}

static void close_choice(struct pass_facts *f)
{
	uint64_t bit;

	if (!f->has_choice || f->choice_index < 0 ||
	    f->choice_index >= PASS_CHOICES)
		return;
	bit = UINT64_C(1) << f->choice_index;
	f->started |= bit;
	if (f->choice_finished)
		f->finished |= bit;
}

static void on_begin(void *ctx, unsigned node, char first)
{
	struct pass_facts *f = ctx;

	switch (node) {
	case N_TEXT:
		f->begun = first == '{';
		return;
	case N_CHOICES:
		f->has_choices = first == '[';
		return;
	case N_CHOICE:
		close_choice(f);
		f->has_choice = true;
		f->choice_index = 0;
		f->choice_finished = false;
		return;
	case N_ERROR:
		f->has_error = first != 'n';
		return;
	default:
		return;
	}
}

static void take_usage(struct pass_facts *f, struct str raw)
{
	struct jdoc doc;
	struct jerror why;

	jdoc_init(&doc);
	if (raw.p[0] == '{' &&
	    jdoc_parse(&doc, raw, &jscan_request_limits, &why) == 0) {
		f->has_usage = true;
		f->told |= f->kind == PASS_MESSAGES
			       ? usage_read_messages(&f->usage, &doc, 0)
			       : usage_read(&f->usage, &doc, 0);
	}
	jdoc_release(&doc);
}

static void on_kept(void *ctx, unsigned node, struct str raw)
{
	struct pass_facts *f = ctx;

	switch (node) {
	case N_TYPE:
		word_put(f->type, raw);
		return;
	case N_OBJECT:
		word_put(f->object, raw);
		return;
	case N_ERROR:
		buf_reset(&f->error);
		buf_addstr(&f->error, raw);
		return;
	case N_USAGE:
	case N_MESSAGE_USAGE:
	case N_RESPONSE_USAGE:
		take_usage(f, raw);
		return;
	case N_STATUS:
	case N_RESPONSE_STATUS:
		if (f->kind == PASS_RESPONSES)
			word_put(f->stop_reason, raw);
		return;
	case N_STOP_REASON:
	case N_DELTA_STOP:
		word_put(f->stop_reason, raw);
		return;
	case N_INDEX:
		if (str_to_i64(raw, 0, INT32_MAX, &f->choice_index) < 0)
			f->choice_index = -1;
		return;
	case N_FINISH:
		f->choice_finished = raw.n > 2 && raw.p[0] == '"';
		if (f->choice_finished && !f->stop_reason[0])
			word_put(f->stop_reason, raw);
		return;
	default:
		return;
	}
}

static void on_text(void *ctx, struct str chars)
{
	struct pass_facts *f = ctx;

	for (size_t i = 0; i < chars.n; i++) {
		unsigned char c = (unsigned char)chars.p[i];

		if (c < 0x80)
			f->narrow++;
		else if ((c >= 0xe3 && c <= 0xed) || c == 0xf0)
			f->widest++;
		else if (c >= 0xc0)
			f->wide++;
	}
}

static const struct tap_table table = {
    .nodes = nodes,
    .n = sizeof(nodes) / sizeof(nodes[0]),
    .begin = on_begin,
    .kept = on_kept,
    .text = on_text,
};

void pass_facts_init(struct pass_facts *f, enum pass_kind kind,
		     struct str model)
{
	*f = (struct pass_facts){.kind = kind,
				 .error = BUF_INIT(TAP_KEEP_BYTES)};
	json_tap_init(&f->tap, &table, f);
	f->tap.replacement = model;
	pass_facts_next(f);
}

void pass_facts_release(struct pass_facts *f)
{
	json_tap_release(&f->tap);
	buf_release(&f->error);
}

void pass_facts_feed(struct pass_facts *f, struct str bytes, struct buf *out)
{
	json_tap_feed(&f->tap, bytes, out);
}

void pass_facts_end(struct pass_facts *f)
{
	close_choice(f);
}

void pass_facts_next(struct pass_facts *f)
{
	json_tap_reset(&f->tap);
	buf_reset(&f->error);
	f->begun = f->has_choices = f->has_choice = false;
	f->has_usage = f->has_error = f->choice_finished = false;
	f->choice_index = 0;
	f->type[0] = f->object[0] = '\0';
}

bool pass_facts_is_error(const struct pass_facts *f)
{
	/* A response that failed is an answer: it says so itself. */
	if (strcmp(f->object, "response") == 0)
		return false;
	return f->has_error || strcmp(f->type, "error") == 0 ||
	       strcmp(f->object, "error") == 0;
}

bool pass_facts_is_last(const struct pass_facts *f)
{
	static const char *const types[] = {
	    "message_stop", "response.completed", "response.incomplete",
	    "response.failed"};

	if (f->kind != PASS_MESSAGES && f->kind != PASS_RESPONSES)
		return false;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(f->type, types[i]) == 0)
			return true;
	}
	return false;
}

bool pass_facts_is_usage(const struct pass_facts *f)
{
	return f->has_usage && f->has_choices && !f->has_choice;
}

bool pass_facts_finished(const struct pass_facts *f)
{
	return f->finished && f->finished == f->started;
}

/* Messages tells a first count of output when it starts. */
static bool told_output(const struct pass_facts *f)
{
	if (f->kind == PASS_EMBEDDINGS)
		return true;
	return f->told & USAGE_TOLD_OUTPUT &&
	       (f->kind != PASS_MESSAGES || f->stop_reason[0]);
}

void pass_facts_settle(struct pass_facts *f, int64_t input_estimate)
{
	uint64_t milli = f->narrow * NARROW_MILLI + f->wide * WIDE_MILLI +
			 f->widest * WIDEST_MILLI;
	int64_t output = (int64_t)((milli + 999) / 1000);
	struct usage *u = &f->usage;

	u->reported = f->told & USAGE_TOLD_PROMPT && told_output(f);
	if (!(f->told & USAGE_TOLD_PROMPT))
		u->input = input_estimate;
	if (!told_output(f) && u->output < output)
		u->output = output;
}
