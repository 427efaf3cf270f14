#include "proto/chat_reply.h"

#include "base/mem.h"
#include "proto/anthropic_reply.h"
#include "proto/reply_impl.h"
#include "proto/sse.h"

enum { BAD_FRAMES = 3 /* in a row: this is no event stream */ };

struct chat_reply {
	struct reply base;
	struct chat_reply_params params;
	/* What the body is, by its first byte and not by its content-type. */
	enum { BODY_UNKNOWN, BODY_EVENTS, BODY_JSON } body;
	struct sse sse;
	struct buf json; /* BODY_JSON: all of it */
	struct openai_reply frame;
	struct anthropic_reply machine;
	unsigned bad_frames; /* in a row */
	bool good_frame, choice_seen;
	unsigned notes;
};

static struct chat_reply *chat(struct reply *r)
{
	return (struct chat_reply *)r;
}

static const struct chat_reply *chat_const(const struct reply *r)
{
	return (const struct chat_reply *)r;
}

static enum reply_state fail(struct chat_reply *r, struct err *e,
			     const char *why)
{
	return reply_spoiled(&r->base, e, why);
}

static enum reply_state fail_with(struct chat_reply *r, struct str error,
				  struct err *e)
{
	return reply_error_object(&r->base, error, r->params.max_tokens, e);
}

static enum reply_state take_broken(struct chat_reply *r, struct err *e)
{
	r->notes |= REPLY_NOTE_BROKEN_FRAME;
	if (++r->bad_frames < BAD_FRAMES)
		return r->base.state;
	return fail(r, e, "the upstream server's stream is not valid");
}

static enum reply_state take_chunk(struct chat_reply *r, struct buf *out,
				   struct err *e)
{
	r->choice_seen = true;
	if (anthropic_reply_chunk(&r->machine, &r->frame, out, e) < 0) {
		r->base.verdict =
		    (struct upstream_verdict){.class = CLASS_SERVER};
		return r->base.state = REPLY_FAILED;
	}
	if (r->machine.nfinish)
		r->base.state = REPLY_FINISHED;
	else if (r->frame.usage_told)
		r->base.usage_early = true;
	return r->base.state;
}

static enum openai_frame read_frame(struct chat_reply *r, struct str data,
				    bool any)
{
	enum openai_frame kind = openai_reply_read(&r->frame, data, any);

	if (kind == FRAME_BROKEN)
		return kind;
	if (r->frame.was_mended)
		r->notes |= REPLY_NOTE_BAD_UTF8;
	r->good_frame = true;
	r->bad_frames = 0;
	return kind;
}

/* [DONE], or an end of the body that counts as one. */
static enum reply_state take_end(struct chat_reply *r, struct err *e)
{
	if (!r->choice_seen && r->bad_frames)
		return fail(r, e, "the upstream server's stream is not valid");
	if (!r->choice_seen)
		return fail(r, e, "the upstream server sent an empty answer");
	if (r->base.state != REPLY_FINISHED &&
	    anthropic_reply_in_call(&r->machine))
		return fail(r, e,
			    "the upstream stream ended within a tool call");
	return r->base.state = REPLY_DONE;
}

static enum reply_state take_frame(struct chat_reply *r,
				   const struct sse_frame *f, struct buf *out,
				   struct err *e)
{
	struct str data = str_trim(f->data);

	if (data.n == 0)
		return r->base.state;
	if (str_is(data, "[DONE]"))
		return take_end(r, e);
	switch (read_frame(r, data, false)) {
	case FRAME_BROKEN:
		if (str_is(f->event, "error"))
			return fail_with(r, data, e);
		return take_broken(r, e);
	case FRAME_ERROR:
		return fail_with(r, r->frame.error, e);
	case FRAME_OTHER:
		if (str_is(f->event, "error"))
			return fail_with(r, data, e);
		anthropic_reply_usage(&r->machine, &r->frame);
		return r->base.state;
	case FRAME_CHOICE:
		return take_chunk(r, out, e);
	}
	return r->base.state;
}

static enum reply_state feed_events(struct chat_reply *r, struct str bytes,
				    struct buf *out, struct err *e)
{
	struct sse_frame f;

	while (reply_going(&r->base)) {
		enum sse_got got = sse_next(&r->sse, &bytes, &f);

		if (got == SSE_MORE)
			break;
		if (got == SSE_TOO_LONG)
			return fail(r, e,
				    "the upstream server's answer is too "
				    "large");
		take_frame(r, &f, out, e);
	}
	return r->base.state;
}

/* Drops what may stand before the first byte that tells what the body is. */
static struct str look_at_start(struct chat_reply *r, struct str bytes)
{
	static const char blank[] = " \t\r\n\xef\xbb\xbf";

	while (bytes.n && r->body == BODY_UNKNOWN) {
		bool skip = false;

		for (size_t i = 0; i < sizeof(blank) - 1; i++)
			skip |= bytes.p[0] == blank[i];
		if (skip)
			bytes = str_sub(bytes, 1, bytes.n);
		else
			r->body = bytes.p[0] == '{' ? BODY_JSON : BODY_EVENTS;
	}
	return bytes;
}

static enum reply_state feed(struct reply *base, struct str bytes,
			     struct buf *out, struct err *e)
{
	struct chat_reply *r = chat(base);

	bytes = look_at_start(r, bytes);
	if (r->body == BODY_EVENTS)
		return feed_events(r, bytes, out, e);
	if (r->body == BODY_JSON)
		buf_addstr(&r->json, bytes);
	if (!buf_ok(&r->json))
		return fail(r, e, "the upstream server's answer is too large");
	return base->state;
}

static enum reply_state take_json(struct chat_reply *r, struct buf *out,
				  struct err *e)
{
	switch (read_frame(r, buf_str(&r->json), true)) {
	case FRAME_BROKEN:
		r->notes |= REPLY_NOTE_BROKEN_FRAME;
		return fail(r, e, "the upstream server's answer is not valid");
	case FRAME_ERROR:
		return fail_with(r, r->frame.error, e);
	case FRAME_OTHER:
		if (!r->frame.has_choices)
			return fail(r, e,
				    "the upstream server's answer is no chat "
				    "completion");
		return fail(r, e, "the upstream server sent an empty answer");
	case FRAME_CHOICE:
		if (take_chunk(r, out, e) != REPLY_FAILED)
			r->base.state = REPLY_DONE;
		break;
	}
	buf_release(&r->json);
	return r->base.state;
}

static enum reply_state end_events(struct chat_reply *r, struct buf *out,
				   struct err *e)
{
	struct sse_frame f;
	enum sse_got got = sse_end(&r->sse, &f);

	if (got == SSE_TOO_LONG)
		return fail(r, e, "the upstream server's answer is too large");
	if (got == SSE_FRAME)
		take_frame(r, &f, out, e);
	if (!reply_going(&r->base))
		return r->base.state;
	if (r->body == BODY_EVENTS && !r->good_frame)
		return fail(r, e, "the upstream server's answer is not valid");
	if (r->choice_seen && r->base.state != REPLY_FINISHED &&
	    !r->params.eof_is_end)
		return fail(r, e,
			    "the upstream stream ended before the answer was "
			    "complete");
	return take_end(r, e);
}

static enum reply_state eof(struct reply *base, struct buf *out, struct err *e)
{
	struct chat_reply *r = chat(base);

	if (r->body == BODY_JSON)
		return take_json(r, out, e);
	return end_events(r, out, e);
}

static void finish(struct reply *r, struct buf *out)
{
	anthropic_reply_finish(&chat(r)->machine, out);
}

static void send_error(struct reply *r, const struct err *e,
		       struct str request_id, struct buf *out)
{
	anthropic_reply_settle(&chat(r)->machine);
	event_error(&chat(r)->machine.writer, e, request_id, out);
}

static void ping(struct reply *r, struct buf *out)
{
	event_ping(&chat(r)->machine.writer, out);
}

static bool streams(const struct reply *r)
{
	return chat_const(r)->params.stream;
}

static bool visible(const struct reply *base)
{
	const struct chat_reply *r = chat_const(base);

	return r->params.stream ? r->machine.writer.stage != WRITER_NEW
				: r->machine.stop_reason[0] != '\0';
}

static const struct usage *usage(const struct reply *r)
{
	return &chat_const(r)->machine.usage;
}

static const char *stop_reason(const struct reply *r)
{
	return chat_const(r)->machine.stop_reason;
}

static unsigned notes(const struct reply *base)
{
	const struct chat_reply *r = chat_const(base);
	const struct event_writer *w = &r->machine.writer;

	return r->notes | r->machine.notes |
	       (w->input_raw ? REPLY_NOTE_RAW_ARGUMENTS : 0) |
	       (w->input_repaired ? REPLY_NOTE_REPAIRED : 0);
}

static void release(struct reply *base)
{
	struct chat_reply *r = chat(base);

	sse_release(&r->sse);
	buf_release(&r->json);
	openai_reply_release(&r->frame);
	anthropic_reply_release(&r->machine);
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

struct reply *chat_reply_new(const struct chat_reply_params *params)
{
	struct chat_reply *r = mem_zalloc(sizeof(*r));

	r->base.ops = &ops;
	r->params = *params;
	r->json = BUF_INIT(REPLY_BYTES);
	sse_init(&r->sse);
	openai_reply_init(&r->frame);
	anthropic_reply_init(&r->machine, &r->params);
	return &r->base;
}

void chat_reply_start(struct reply *r, struct buf *out)
{
	if (chat(r)->params.stream)
		event_start(&chat(r)->machine.writer, NULL, out);
}

struct str chat_reply_content(const struct reply *r)
{
	return event_content(&chat_const(r)->machine.writer);
}
