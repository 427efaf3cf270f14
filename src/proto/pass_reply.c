#include "proto/pass_reply.h"

#include <string.h>

#include "base/mem.h"
#include "proto/error_body.h"
#include "proto/reply_impl.h"

enum {
	FIELD_BYTES = 8,    /* a longer field name is none of those we know */
	DATA_BYTES = 8,	    /* enough to know [DONE] by */
	MODEL_BYTES = 4096, /* a longer name is not put back */
	HELD_MAX = 32 << 20,
	SLICE_BYTES = 16 << 10 /* taken at once: splices may enlarge it */
};

/* Of an event stream: where in a line, and what the frame has so far. */
struct pass_line {
	enum { LINE_FIELD, LINE_SPACE, LINE_DATA, LINE_OTHER } part;
	char field[FIELD_BYTES];
	uint8_t nfield;
	bool empty;    /* nothing of this line yet */
	bool cr;       /* it has ended, but an LF may belong to that */
	bool has_data; /* the frame has */
	char data[DATA_BYTES];
	uint8_t ndata;
};

struct pass_reply {
	struct reply base;
	enum pass_kind kind;
	bool stream, eof_is_end, drop_usage, single;
	int64_t input_estimate;
	struct buf model; /* as JSON */
	enum { BODY_UNKNOWN, BODY_EVENTS, BODY_JSON } body;
	struct pass_facts facts;
	struct pass_line line;
	struct buf held; /* the event, or the answer, that is not yet let go */
	bool through;	 /* the beginning of what is held has left */
	bool visible, pinged;
	bool any_event;	  /* that is JSON */
	bool done_marked; /* held is [DONE] */
	bool own_error;	  /* held is the backend's error event */
	bool settled;
};

static struct pass_reply *pass(struct reply *r)
{
	return (struct pass_reply *)r;
}

static const struct pass_reply *pass_const(const struct reply *r)
{
	return (const struct pass_reply *)r;
}

static enum reply_state fail(struct pass_reply *r, struct err *e,
			     const char *why)
{
	return reply_spoiled(&r->base, e, why);
}

static void let_go(struct pass_reply *r, struct buf *out)
{
	r->visible |= r->held.len > 0;
	buf_addstr(out, buf_str(&r->held));
	buf_reset(&r->held);
}

/* Large things leave before they are complete. */
static enum reply_state bound(struct pass_reply *r, struct buf *out,
			      struct err *e)
{
	if (!buf_ok(&r->held))
		return fail(r, e, "the upstream server's answer is too large");
	if (r->held.len <= PASS_HELD_BYTES)
		return r->base.state;
	if (r->body == BODY_EVENTS && !r->visible && !r->line.has_data)
		return fail(r, e, "the upstream server's stream is not valid");
	r->through = true;
	let_go(r, out);
	return r->base.state;
}

/* The text of the event or answer that is held. */
static struct str held_json(const struct pass_reply *r)
{
	struct str s = buf_str(&r->held);
	size_t at = str_find(s, STR("{"));

	s = at == SIZE_MAX ? STR_NONE : str_sub(s, at, s.n);
	while (s.n && s.p[s.n - 1] != '}')
		s.n--;
	return s;
}

static enum reply_state fail_with_error(struct pass_reply *r, struct err *e)
{
	struct str error = buf_str(&r->facts.error);

	r->own_error = r->body == BODY_EVENTS && !r->through;
	return reply_error_object(&r->base, error.n ? error : held_json(r), 0,
				  e);
}

/* An answer of chat/completions and completions ends with [DONE]. */
static bool ends_with_done(const struct pass_reply *r)
{
	return r->kind == PASS_CHAT || r->kind == PASS_COMPLETIONS;
}

static enum reply_state take_done(struct pass_reply *r, struct err *e)
{
	if (!r->any_event)
		return fail(r, e, "the upstream server sent an empty answer");
	r->done_marked = true;
	return r->base.state = REPLY_DONE;
}

static void next_frame(struct pass_reply *r)
{
	r->line.has_data = false;
	r->line.ndata = 0;
	r->through = false;
	pass_facts_next(&r->facts);
}

/* The empty line behind an event. */
static enum reply_state end_frame(struct pass_reply *r, struct buf *out,
				  struct err *e)
{
	struct pass_facts *f = &r->facts;

	if (!r->line.has_data) {
		/* Comments do not make an answer. */
		if (r->visible)
			let_go(r, out);
		next_frame(r);
		return r->base.state;
	}
	pass_facts_end(f);
	r->any_event |= f->begun;
	if (pass_facts_is_error(f))
		return fail_with_error(r, e);
	if (pass_facts_is_last(f))
		return r->base.state = REPLY_DONE;
	if (r->drop_usage && !r->through && pass_facts_is_usage(f))
		buf_reset(&r->held);
	else
		let_go(r, out);
	if (r->single && ends_with_done(r) && pass_facts_finished(f))
		r->base.state = REPLY_FINISHED;
	next_frame(r);
	return r->base.state;
}

static enum reply_state end_line(struct pass_reply *r, struct buf *out,
				 struct err *e)
{
	struct pass_line *l = &r->line;
	bool blank = l->empty, data = l->part == LINE_DATA;

	l->part = LINE_FIELD;
	l->nfield = 0;
	l->empty = true;
	if (blank)
		return end_frame(r, out, e);
	if (data && ends_with_done(r) &&
	    str_is(str_trim((struct str){l->data, l->ndata}), "[DONE]"))
		return take_done(r, e);
	if (data) /* lines of one event are joined by LF */
		pass_facts_feed(&r->facts, STR("\n"), &(struct buf){0});
	return r->base.state;
}

/* A byte of the field's name, or what ends it. */
static void take_field(struct pass_reply *r, char c)
{
	struct pass_line *l = &r->line;
	struct str name = {l->field, l->nfield};

	l->empty = false;
	buf_addc(&r->held, c);
	if (c != ':') {
		if (l->nfield == FIELD_BYTES)
			l->part = LINE_OTHER;
		else
			l->field[l->nfield++] = c;
		return;
	}
	l->part = str_is(name, "data") ? LINE_SPACE : LINE_OTHER;
	l->has_data |= l->part == LINE_SPACE;
}

/* The rest of a data line, as far as it has come. */
static void take_data(struct pass_reply *r, struct str bytes)
{
	struct pass_line *l = &r->line;

	for (size_t i = 0; i < bytes.n && l->ndata < DATA_BYTES; i++)
		l->data[l->ndata++] = bytes.p[i];
	pass_facts_feed(&r->facts, bytes, &r->held);
}

static struct str up_to_line_end(struct str bytes)
{
	struct str run = str_sub(bytes, 0, SLICE_BYTES);
	const char *end = memchr(run.p, '\n', run.n);

	if (end)
		run.n = (size_t)(end - run.p);
	end = memchr(run.p, '\r', run.n);
	if (end)
		run.n = (size_t)(end - run.p);
	return run;
}

/* At least one byte of the stream; how many were taken. */
static size_t take_some(struct pass_reply *r, struct str bytes)
{
	struct str run;

	switch (r->line.part) {
	case LINE_FIELD:
		take_field(r, bytes.p[0]);
		return 1;
	case LINE_SPACE:
		r->line.part = LINE_DATA;
		if (bytes.p[0] == ' ')
			buf_addc(&r->held, ' ');
		return bytes.p[0] == ' ';
	case LINE_DATA:
		run = up_to_line_end(bytes);
		take_data(r, run);
		return run.n;
	case LINE_OTHER:
		run = up_to_line_end(bytes);
		buf_addstr(&r->held, run);
		return run.n;
	}
	return 0;
}

/* A byte that ends a line, or one after a CR that has: was it taken? */
static bool take_line_end(struct pass_reply *r, char c, struct buf *out,
			  struct err *e)
{
	bool after_cr = r->line.cr, taken = c == '\n' || !after_cr;

	r->line.cr = c == '\r' && !after_cr;
	if (taken)
		buf_addc(&r->held, c);
	if (!r->line.cr)
		end_line(r, out, e);
	return taken;
}

static enum reply_state feed_events(struct pass_reply *r, struct str bytes,
				    struct buf *out, struct err *e)
{
	while (bytes.n && reply_going(&r->base)) {
		char c = bytes.p[0];
		size_t n;

		if (r->line.cr || c == '\n' || c == '\r')
			n = take_line_end(r, c, out, e);
		else
			n = take_some(r, bytes);
		bytes = str_sub(bytes, n, bytes.n);
		if (reply_going(&r->base))
			bound(r, out, e);
	}
	return r->base.state;
}

static enum reply_state feed_json(struct pass_reply *r, struct str bytes,
				  struct buf *out, struct err *e)
{
	while (bytes.n && reply_going(&r->base)) {
		pass_facts_feed(&r->facts, str_sub(bytes, 0, SLICE_BYTES),
				&r->held);
		bytes = str_sub(bytes, SLICE_BYTES, bytes.n);
		bound(r, out, e);
	}
	return r->base.state;
}

/* Drops what may stand before the first byte that tells what the body is. */
static struct str look_at_start(struct pass_reply *r, struct str bytes)
{
	static const char blank[] = " \t\r\n\xef\xbb\xbf";

	while (bytes.n && r->body == BODY_UNKNOWN) {
		if (memchr(blank, bytes.p[0], sizeof(blank) - 1))
			bytes = str_sub(bytes, 1, bytes.n);
		else
			r->body = bytes.p[0] == '{' ? BODY_JSON : BODY_EVENTS;
	}
	return bytes;
}

static enum reply_state feed(struct reply *base, struct str bytes,
			     struct buf *out, struct err *e)
{
	struct pass_reply *r = pass(base);

	bytes = look_at_start(r, bytes);
	if (r->body == BODY_EVENTS)
		return feed_events(r, bytes, out, e);
	if (r->body == BODY_UNKNOWN)
		return base->state;
	if (r->pinged)
		return fail(r, e,
			    "the upstream server answered without a stream");
	return feed_json(r, bytes, out, e);
}

static enum reply_state end_json(struct pass_reply *r, struct err *e)
{
	struct pass_facts *f = &r->facts;

	pass_facts_end(f);
	if (!json_tap_complete(&f->tap))
		return fail(r, e,
			    "the upstream server's answer ended before it was "
			    "complete");
	if (!r->through && pass_facts_is_error(f))
		return fail_with_error(r, e);
	return r->base.state = REPLY_DONE;
}

static enum reply_state eof(struct reply *base, struct buf *out, struct err *e)
{
	struct pass_reply *r = pass(base);

	if (r->body == BODY_JSON)
		return end_json(r, e);
	/* The last event may lack its empty line. */
	if (r->line.cr || !r->line.empty)
		feed_events(r, STR("\n"), out, e);
	if (reply_going(base) && r->line.has_data &&
	    json_tap_complete(&r->facts.tap))
		feed_events(r, STR("\n"), out, e);
	if (!reply_going(base))
		return base->state;
	if (!r->any_event)
		return fail(r, e, "the upstream server's answer is not valid");
	if (ends_with_done(r) &&
	    (r->eof_is_end || pass_facts_finished(&r->facts)))
		return base->state = REPLY_DONE;
	return fail(r, e,
		    "the upstream stream ended before the answer was complete");
}

static bool streams(const struct reply *base)
{
	const struct pass_reply *r = pass_const(base);

	return r->body == BODY_UNKNOWN ? r->stream : r->body == BODY_EVENTS;
}

static void settle(struct pass_reply *r)
{
	if (!r->settled)
		pass_facts_settle(&r->facts, r->input_estimate);
	r->settled = true;
}

static void finish(struct reply *base, struct buf *out)
{
	struct pass_reply *r = pass(base);

	settle(r);
	if (base->state != REPLY_DONE) {
		buf_reset(&r->held); /* a piece of an event */
		if (r->through)
			buf_adds(out, "\n\n");
	}
	let_go(r, out);
	if (r->body != BODY_EVENTS)
		return;
	if (r->done_marked)
		buf_addc(out, '\n');
	else if (ends_with_done(r))
		buf_adds(out, "data: [DONE]\n\n");
}

static void send_error(struct reply *base, const struct err *e,
		       struct str request_id, struct buf *out)
{
	struct pass_reply *r = pass(base);

	settle(r);
	if (!streams(base))
		return;
	if (r->own_error) {
		let_go(r, out);
		return;
	}
	if (r->through)
		buf_adds(out, "\n\n");
	if (r->kind == PASS_MESSAGES) {
		buf_adds(out, "event: error\ndata: ");
		error_body_anthropic(out, e, request_id);
	} else {
		buf_adds(out, "data: ");
		error_body_openai(out, e);
	}
	buf_adds(out, "\n\n");
}

static void ping(struct reply *base, struct buf *out)
{
	struct pass_reply *r = pass(base);

	if (!r->stream || r->body == BODY_JSON || r->through)
		return;
	r->pinged = true;
	buf_adds(out, r->kind == PASS_MESSAGES
			  ? "event: ping\ndata: {\"type\": \"ping\"}\n\n"
			  : ": ping\n\n");
}

static bool visible(const struct reply *r)
{
	return pass_const(r)->visible;
}

static const struct usage *usage(const struct reply *r)
{
	return &pass_const(r)->facts.usage;
}

static const char *stop_reason(const struct reply *r)
{
	return pass_const(r)->facts.stop_reason;
}

static unsigned notes(const struct reply *r)
{
	(void)r;
	return 0;
}

static void release(struct reply *base)
{
	struct pass_reply *r = pass(base);

	pass_facts_release(&r->facts);
	buf_release(&r->held);
	buf_release(&r->model);
	mem_free(r);
}

static const struct reply_ops ops = {
    .free = release,
    .feed = feed,
    .eof = eof,
    .finish = finish,
    .fail = send_error,
    .ping = ping,
    .streams = streams,
    .visible = visible,
    .usage = usage,
    .stop_reason = stop_reason,
    .notes = notes,
};

struct reply *pass_reply_new(const struct pass_params *params)
{
	struct pass_reply *r = mem_zalloc(sizeof(*r));

	r->base.ops = &ops;
	r->kind = params->kind;
	r->stream = params->stream;
	r->eof_is_end = params->eof_is_end;
	r->drop_usage = params->drop_usage;
	r->single = params->single;
	r->input_estimate = params->input_estimate;
	r->line.empty = true;
	r->held = BUF_INIT(HELD_MAX);
	r->model = BUF_INIT(MODEL_BYTES);
	if (params->model.n)
		buf_json(&r->model, params->model);
	pass_facts_init(&r->facts, r->kind,
			buf_ok(&r->model) ? buf_str(&r->model) : STR_NONE);
	return &r->base;
}
