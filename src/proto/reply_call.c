#include "proto/reply_call.h"

#include "proto/token_estimate.h"

bool reply_call_open(const struct anthropic_reply *m)
{
	return m->current < m->slots.n &&
	       m->slots.slot[m->current].state == SLOT_OPEN;
}

static struct str decode_label(struct buf *scratch, struct piece_text text)
{
	if (!text.escaped)
		return text.chars;
	buf_reset(scratch);
	jscan_unescape(scratch, text.chars, NULL);
	return buf_str(scratch);
}

/* More than white space, escaped white space included. */
static bool has_args(struct str chars)
{
	for (size_t i = 0; i < chars.n; i++) {
		char c = chars.p[i];

		if (c == '\\' && i + 1 < chars.n) {
			c = chars.p[++i];
			if (c != 'n' && c != 't' && c != 'r')
				return true;
		} else if (c != ' ' && (c < '\t' || c > '\r')) {
			return true;
		}
	}
	return false;
}

static struct tool_piece piece_of(struct anthropic_reply *m,
				  const struct reply_piece *p)
{
	return (struct tool_piece){.indexed = p->indexed,
				   .index = p->index,
				   .id = decode_label(&m->id, p->id),
				   .name = decode_label(&m->name, p->name),
				   .has_args = has_args(p->text.chars),
				   .whole = p->whole};
}

bool reply_call_continues(struct anthropic_reply *m,
			  const struct reply_piece *p)
{
	struct tool_piece piece = piece_of(m, p);

	return piece.has_args &&
	       tool_slots_find(&m->slots, &piece) == m->current;
}

static void finish_slot(struct tool_slot *s)
{
	s->state = SLOT_DONE;
	tool_slot_drop(s);
}

static void add_args(struct anthropic_reply *m, struct tool_slot *s,
		     const struct reply_piece *p)
{
	struct str bytes = p->text.chars;
	size_t late, before = s->args.len;

	if (bytes.n == 0)
		return;
	if (s->closed) {
		m->notes |= REPLY_NOTE_LATE_BYTES;
		return;
	}
	s->closed = p->raw && s->nargs == 0;
	if (!p->raw && (p->text.escaped || s->high)) {
		buf_reset(&m->decoded);
		jscan_unescape(&m->decoded, bytes, &s->high);
		bytes = buf_str(&m->decoded);
	}
	late = tool_args_feed(&s->scan, bytes, &s->args);
	s->nargs += s->args.len - before;
	m->args_bytes += s->args.len - before;
	s->scan.complete |= s->closed;
	if (late)
		m->notes |= REPLY_NOTE_LATE_BYTES;
	if (s->state == SLOT_DONE)
		tool_slot_drop(s);
}

int reply_call_piece(struct anthropic_reply *m, const struct reply_piece *p,
		     struct err *e)
{
	struct tool_piece piece = piece_of(m, p);
	size_t i = tool_slots_find(&m->slots, &piece);
	struct tool_slot *s;

	if (i == m->slots.n) {
		s = tool_slots_add(&m->slots);
		if (!s)
			return err_set(e, ERR_UPSTREAM,
				       "the upstream server's answer has too "
				       "many tool calls");
		/* A call announced only by repeating the one before it. */
		if (i > 0 && s[-1].again && piece.name.n == 0)
			buf_addstr(&s->name, buf_str(&s[-1].name));
	}
	s = &m->slots.slot[i];
	tool_slot_label(s, &piece);
	add_args(m, s, p);
	if (!buf_ok(&s->args) || s->nargs > TOOL_ARGS_BYTES ||
	    !buf_ok(&s->id) || !buf_ok(&s->name))
		return err_set(e, ERR_UPSTREAM,
			       "the upstream server's answer has a tool call "
			       "that is too large");
	return 0;
}

/* The name that the client gave the tool (§7.1). */
static struct str restored_name(const struct anthropic_reply *m,
				struct str sent)
{
	const struct tool_names *names = &m->params->names;

	for (size_t i = 0; i < names->n; i++) {
		if (str_eq(names->names[i].sent, sent))
			return names->names[i].asked;
	}
	return sent;
}

/* Brings a waiting slot to its block; false: it must wait on. */
static bool start_call(struct anthropic_reply *m, struct tool_slot *s)
{
	struct str name = restored_name(m, buf_str(&s->name));

	if (s->name.len == 0)
		return false;
	if (m->called && m->params->single_tool) {
		finish_slot(s);
		return true;
	}
	tool_slots_show(&m->slots, m->current, &m->seed);
	event_tool(&m->writer, buf_str(&s->shown), name, m->out);
	m->estimate += token_estimate_text(name);
	m->called = true;
	s->state = SLOT_OPEN;
	return true;
}

static void pass_held(void *ctx, bool thinking, struct str text)
{
	struct anthropic_reply *m = ctx;

	if (thinking)
		event_thinking(&m->writer, text, m->out);
	else
		event_text(&m->writer, text, m->out);
}

/* Arguments that do not begin as an object are judged whole (§11.3). */
static void pass_other(struct anthropic_reply *m, struct tool_slot *s, bool cut)
{
	struct buf input = BUF_INIT((size_t)TOOL_ARGS_BYTES * 8);

	if (tool_args_input(&input, buf_str(&s->args), cut,
			    &m->writer.scratch) == INPUT_RAW)
		m->notes |= REPLY_NOTE_RAW_ARGUMENTS;
	event_input(&m->writer, buf_str(&input), m->out);
	buf_release(&input);
}

static void pass_args(struct anthropic_reply *m, struct tool_slot *s,
		      bool final, bool cut)
{
	struct str ready = buf_str(&s->args);

	if (s->scan.kind == ARGS_OTHER && !s->scan.complete && !final)
		return;
	if (!final)
		ready.n -= s->scan.part;
	m->estimate += token_estimate_text(ready);
	if (s->scan.kind == ARGS_OTHER)
		pass_other(m, s, cut);
	else
		event_input(&m->writer, ready, m->out);
	buf_consume(&s->args, ready.n);
}

static void close_call(struct anthropic_reply *m, struct tool_slot *s, bool cut)
{
	event_close(&m->writer, cut, m->out);
	finish_slot(s);
	held_text_drain(&m->held, pass_held, m);
}

static void pump(struct anthropic_reply *m, bool final, bool cut)
{
	for (; m->current < m->slots.n; m->current++) {
		struct tool_slot *s = &m->slots.slot[m->current];

		if (s->state == SLOT_WAIT && !start_call(m, s)) {
			if (!final)
				return;
			m->notes |= REPLY_NOTE_NAMELESS_CALL;
			finish_slot(s);
		}
		if (s->state == SLOT_DONE)
			continue;
		pass_args(m, s, final, cut);
		if (!s->scan.complete && !final)
			return;
		close_call(m, s, cut);
	}
}

void reply_call_pump(struct anthropic_reply *m)
{
	pump(m, false, false);
}

/* Half a pair at the very end of arguments stays half. */
static void end_surrogate(struct anthropic_reply *m, struct tool_slot *s)
{
	size_t before = s->args.len;

	if (s->high)
		tool_args_feed(&s->scan, STR("\xef\xbf\xbd"), &s->args);
	s->high = 0;
	s->nargs += s->args.len - before;
	m->args_bytes += s->args.len - before;
}

void reply_call_end(struct anthropic_reply *m, bool cut)
{
	for (size_t i = m->current; i < m->slots.n; i++)
		end_surrogate(m, &m->slots.slot[i]);
	pump(m, true, cut);
}
