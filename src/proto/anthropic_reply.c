#include "proto/anthropic_reply.h"

#include <math.h>
#include <string.h>

#include "proto/reply_call.h"
#include "proto/stop_reason.h"
#include "proto/token_estimate.h"

static const struct str replacement = {"\xef\xbf\xbd", 3};

void anthropic_reply_init(struct anthropic_reply *m,
			  const struct chat_reply_params *params)
{
	*m = (struct anthropic_reply){.params = params,
				      .seed = params->seed,
				      .stop_reason = "",
				      .decoded = BUF_INIT(REPLY_BYTES),
				      .id = BUF_INIT(TOOL_LABEL_BYTES),
				      .name = BUF_INIT(TOOL_LABEL_BYTES),
				      .refusal = BUF_INIT(4096)};
	event_writer_init(&m->writer, params->stream, params->id, params->model,
			  params->input_estimate);
	m->writer.search = params->search;
	if (params->keep_bytes)
		event_writer_keep(&m->writer, params->keep_bytes);
	think_scan_init(&m->think, params->think_tags != THINK_TAGS_OFF,
			params->think_open);
	held_text_init(&m->held);
}

void anthropic_reply_release(struct anthropic_reply *m)
{
	event_writer_release(&m->writer);
	tool_slots_release(&m->slots);
	held_text_release(&m->held);
	buf_release(&m->decoded);
	buf_release(&m->id);
	buf_release(&m->name);
	buf_release(&m->refusal);
}

/* Text on its way to the client, or to wait behind an unfinished call. */
static void pass_text(void *ctx, bool thinking, struct str text)
{
	struct anthropic_reply *m = ctx;

	m->estimate += token_estimate_text(text);
	if (reply_call_open(m))
		held_text_add(&m->held, thinking, text);
	else if (thinking)
		event_thinking(&m->writer, text, m->out);
	else
		event_text(&m->writer, text, m->out);
}

/* What the tag scanner found in content. */
static void pass_content(void *ctx, bool thinking, struct str text)
{
	struct anthropic_reply *m = ctx;

	if (thinking && m->params->think_tags == THINK_TAGS_STRIP)
		m->estimate += token_estimate_text(text);
	else
		pass_text(m, thinking, text);
}

/* The piece decoded; *high joins surrogates that two pieces share. */
static struct str decode(struct anthropic_reply *m, struct piece_text text,
			 uint16_t *high)
{
	if (!text.escaped && *high == 0)
		return text.chars;
	buf_reset(&m->decoded);
	jscan_unescape(&m->decoded, text.chars, high);
	return buf_str(&m->decoded);
}

/* No second half will come. */
static void end_text(struct anthropic_reply *m)
{
	if (m->high_text)
		think_scan_feed(&m->think, replacement, pass_content, m);
	m->high_text = 0;
}

static void end_thinking(struct anthropic_reply *m)
{
	if (m->high_thinking)
		pass_text(m, true, replacement);
	m->high_thinking = 0;
}

static void take_thinking(struct anthropic_reply *m,
			  const struct reply_piece *p)
{
	end_text(m);
	think_scan_separate(&m->think, pass_content, m);
	think_scan_flush(&m->think, pass_content, m);
	pass_text(m, true, decode(m, p->text, &m->high_thinking));
}

static void take_text(struct anthropic_reply *m, const struct reply_piece *p)
{
	struct str text;

	end_thinking(m);
	text = decode(m, p->text, &m->high_text);
	if (p->kind == PIECE_REFUSAL) {
		m->refused = true;
		buf_add(&m->refusal, text.p,
			str_utf8_floor(text, m->refusal.max - m->refusal.len));
	}
	think_scan_feed(&m->think, text, pass_content, m);
}

static int take_tool(struct anthropic_reply *m, const struct reply_piece *p,
		     struct err *e)
{
	if (reply_call_piece(m, p, e) < 0)
		return -1;
	reply_call_pump(m);
	return 0;
}

static int take_tools(struct anthropic_reply *m, const struct openai_reply *c,
		      struct err *e)
{
	bool any = false;

	for (size_t i = 0; i < c->npieces; i++) {
		if (c->pieces[i].kind != PIECE_TOOL)
			continue;
		if (!any) {
			end_text(m);
			end_thinking(m);
			think_scan_flush(&m->think, pass_content, m);
			any = true;
		}
		if (take_tool(m, &c->pieces[i], e) < 0)
			return -1;
	}
	return 0;
}

static void take_texts(struct anthropic_reply *m, const struct openai_reply *c)
{
	for (size_t i = 0; i < c->npieces; i++) {
		const struct reply_piece *p = &c->pieces[i];

		if (p->kind == PIECE_THINKING)
			take_thinking(m, p);
		else if (p->kind != PIECE_TOOL)
			take_text(m, p);
	}
}

/* Arguments for the call that is open go before the text beside them. */
static bool tools_first(struct anthropic_reply *m, const struct openai_reply *c)
{
	if (!reply_call_open(m))
		return false;
	for (size_t i = 0; i < c->npieces; i++) {
		if (c->pieces[i].kind == PIECE_TOOL &&
		    reply_call_continues(m, &c->pieces[i]))
			return true;
	}
	return false;
}

static void take_finish(struct anthropic_reply *m, const struct openai_reply *c)
{
	struct str finish = str_sub(c->finish.chars, 0, FINISH_BYTES);

	if (m->nfinish || finish.n == 0)
		return;
	memcpy(m->finish, finish.p, finish.n);
	m->nfinish = (uint8_t)finish.n;
}

/* vLLM's stop_reason, SGLang's matched_stop: of interest only when the request
 * listed the string. */
static void take_matched(struct anthropic_reply *m,
			 const struct openai_reply *c)
{
	uint16_t high = 0;
	struct str text;

	if (c->matched.chars.n == 0 || m->params->nstops == 0)
		return;
	text = decode(m, c->matched, &high);
	for (size_t i = 0; i < m->params->nstops; i++) {
		if (str_eq(m->params->stops[i], text))
			m->matched = &m->params->stops[i];
	}
}

void anthropic_reply_usage(struct anthropic_reply *m,
			   const struct openai_reply *chunk)
{
	if (chunk->usage_told == 0)
		return;
	m->usage = chunk->usage;
	m->usage_told = chunk->usage_told;
}

static int check_ceilings(const struct anthropic_reply *m, struct err *e)
{
	const struct event_writer *w = &m->writer;
	bool full = m->held.full || !buf_ok(m->out) ||
		    m->args_bytes > REPLY_BYTES ||
		    (!w->events && w->content.len + w->input.len > REPLY_BYTES);

	return full ? err_set(e, ERR_UPSTREAM,
			      "the upstream server's answer is too large")
		    : 0;
}

int anthropic_reply_chunk(struct anthropic_reply *m,
			  const struct openai_reply *chunk, struct buf *out,
			  struct err *e)
{
	bool first;

	m->out = out;
	anthropic_reply_usage(m, chunk);
	event_start(
	    &m->writer,
	    chunk->usage_told & USAGE_TOLD_PROMPT ? &chunk->usage : NULL, out);
	first = tools_first(m, chunk);
	if (first && take_tools(m, chunk, e) < 0)
		return -1;
	take_texts(m, chunk);
	if (!first && take_tools(m, chunk, e) < 0)
		return -1;
	take_finish(m, chunk);
	take_matched(m, chunk);
	if (m->decoded.cap > SCRATCH_BYTES)
		buf_release(&m->decoded);
	return check_ceilings(m, e);
}

bool anthropic_reply_in_call(const struct anthropic_reply *m)
{
	for (size_t i = m->current; i < m->slots.n; i++) {
		const struct tool_slot *s = &m->slots.slot[i];

		if (s->nargs && !s->scan.complete)
			return true;
	}
	return false;
}

/* The limit was met: the backend said so, or (llama.cpp) it gave another
 * reason for a call that ends in the middle at the token asked last. */
static bool was_cut(const struct anthropic_reply *m)
{
	struct str finish = {m->finish, m->nfinish};

	return stop_reason_is_cut(finish) ||
	       (m->params->max_tokens > 0 &&
		(m->usage_told & USAGE_TOLD_OUTPUT) &&
		m->usage.output >= m->params->max_tokens &&
		anthropic_reply_in_call(m));
}

void anthropic_reply_settle(struct anthropic_reply *m)
{
	bool output = m->usage_told & USAGE_TOLD_OUTPUT;

	/* A text that cost nothing was not counted. */
	if (m->usage.output == 0 && m->estimate > 0)
		output = false;
	if (!(m->usage_told & USAGE_TOLD_PROMPT))
		m->usage.input = m->params->input_estimate;
	if (!output)
		m->usage.output = (int64_t)ceil(m->estimate);
	m->usage.searches = m->params->search && !m->params->search->failed;
	m->usage.reported = output && (m->usage_told & USAGE_TOLD_PROMPT);
}

void anthropic_reply_finish(struct anthropic_reply *m, struct buf *out)
{
	struct stop_facts f = {.finish = {m->finish, m->nfinish},
			       .refused = m->refused,
			       .matched = m->matched,
			       .stops = m->params->stops,
			       .nstops = m->params->nstops};
	struct event_stop stop;

	m->out = out;
	f.cut = was_cut(m);
	event_start(&m->writer, NULL, out);
	end_text(m);
	end_thinking(m);
	think_scan_flush(&m->think, pass_content, m);
	reply_call_end(m, f.cut);
	f.called = m->called;
	f.explanation = buf_str(&m->refusal);
	anthropic_reply_settle(m);
	stop = stop_reason(&f);
	m->stop_reason = stop.reason;
	event_finish(&m->writer, &stop, &m->usage, out);
}
