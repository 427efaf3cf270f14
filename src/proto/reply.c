#include "proto/reply.h"

#include "base/mem.h"
#include "proto/anthropic_reply.h"
#include "proto/sse.h"

enum { BAD_FRAMES = 3 /* in a row: this is no event stream */ };

struct reply {
	struct reply_params params;
	/* What the body is, by its first byte and not by its content-type. */
	enum { BODY_UNKNOWN, BODY_EVENTS, BODY_JSON } body;
	enum reply_state state;
	struct sse sse;
	struct buf json; /* BODY_JSON: all of it */
	struct openai_reply frame;
	struct anthropic_reply machine;
	unsigned bad_frames; /* in a row */
	bool good_frame, choice_seen;
	unsigned notes;
	struct upstream_verdict verdict;
};

struct reply *reply_new(const struct reply_params *params)
{
	struct reply *r = mem_zalloc(sizeof(*r));

	r->params = *params;
	r->json = BUF_INIT(REPLY_BYTES);
	sse_init(&r->sse);
	openai_reply_init(&r->frame);
	anthropic_reply_init(&r->machine, &r->params);
	return r;
}

void reply_free(struct reply *r)
{
	if (!r)
		return;
	sse_release(&r->sse);
	buf_release(&r->json);
	openai_reply_release(&r->frame);
	anthropic_reply_release(&r->machine);
	mem_free(r);
}

/* The backend's fault, in words for the client. */
static enum reply_state fail(struct reply *r, struct err *e, const char *why)
{
	err_set(e, ERR_UPSTREAM, "%s", why);
	r->verdict =
	    (struct upstream_verdict){.class = CLASS_SERVER, .failover = true};
	return r->state = REPLY_FAILED;
}

/* An error object in place of the answer, or of its rest. */
static enum reply_state fail_with(struct reply *r, struct str error,
				  struct err *e)
{
	struct err own;

	upstream_frame_error(error, reply_visible(r), r->params.max_tokens,
			     e ? e : &own, &r->verdict);
	return r->state = REPLY_FAILED;
}

static enum reply_state take_broken(struct reply *r, struct err *e)
{
	r->notes |= REPLY_NOTE_BROKEN_FRAME;
	if (++r->bad_frames < BAD_FRAMES)
		return r->state;
	return fail(r, e, "the upstream server's stream is not valid");
}

static enum reply_state take_chunk(struct reply *r, struct buf *out,
				   struct err *e)
{
	r->choice_seen = true;
	if (anthropic_reply_chunk(&r->machine, &r->frame, out, e) < 0) {
		r->verdict = (struct upstream_verdict){.class = CLASS_SERVER};
		return r->state = REPLY_FAILED;
	}
	if (r->machine.nfinish)
		r->state = REPLY_FINISHED;
	return r->state;
}

static enum openai_frame read_frame(struct reply *r, struct str data, bool any)
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
static enum reply_state take_end(struct reply *r, struct err *e)
{
	if (!r->choice_seen && r->bad_frames)
		return fail(r, e, "the upstream server's stream is not valid");
	if (!r->choice_seen)
		return fail(r, e, "the upstream server sent an empty answer");
	if (r->state != REPLY_FINISHED && anthropic_reply_in_call(&r->machine))
		return fail(r, e,
			    "the upstream stream ended within a tool call");
	return r->state = REPLY_DONE;
}

static enum reply_state take_frame(struct reply *r, const struct sse_frame *f,
				   struct buf *out, struct err *e)
{
	struct str data = str_trim(f->data);

	if (data.n == 0)
		return r->state;
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
		return r->state;
	case FRAME_CHOICE:
		return take_chunk(r, out, e);
	}
	return r->state;
}

static bool is_going(const struct reply *r)
{
	return r->state == REPLY_OPEN || r->state == REPLY_FINISHED;
}

static enum reply_state feed_events(struct reply *r, struct str bytes,
				    struct buf *out, struct err *e)
{
	struct sse_frame f;

	while (is_going(r)) {
		enum sse_got got = sse_next(&r->sse, &bytes, &f);

		if (got == SSE_MORE)
			break;
		if (got == SSE_TOO_LONG)
			return fail(r, e,
				    "the upstream server's answer is too "
				    "large");
		take_frame(r, &f, out, e);
	}
	return r->state;
}

/* Drops what may stand before the first byte that tells what the body is. */
static struct str look_at_start(struct reply *r, struct str bytes)
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

enum reply_state reply_feed(struct reply *r, struct str bytes, struct buf *out,
			    struct err *e)
{
	if (r->state == REPLY_FAILED)
		err_set(e, ERR_UPSTREAM, "the upstream answer has failed");
	if (!is_going(r))
		return r->state;
	bytes = look_at_start(r, bytes);
	if (r->body == BODY_EVENTS)
		return feed_events(r, bytes, out, e);
	if (r->body == BODY_JSON)
		buf_addstr(&r->json, bytes);
	if (!buf_ok(&r->json))
		return fail(r, e, "the upstream server's answer is too large");
	return r->state;
}

static enum reply_state take_json(struct reply *r, struct buf *out,
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
			r->state = REPLY_DONE;
		break;
	}
	buf_release(&r->json);
	return r->state;
}

static enum reply_state end_events(struct reply *r, struct buf *out,
				   struct err *e)
{
	struct sse_frame f;
	enum sse_got got = sse_end(&r->sse, &f);

	if (got == SSE_TOO_LONG)
		return fail(r, e, "the upstream server's answer is too large");
	if (got == SSE_FRAME)
		take_frame(r, &f, out, e);
	if (!is_going(r))
		return r->state;
	if (r->body == BODY_EVENTS && !r->good_frame)
		return fail(r, e, "the upstream server's answer is not valid");
	if (r->choice_seen && r->state != REPLY_FINISHED &&
	    !r->params.eof_is_end)
		return fail(r, e,
			    "the upstream stream ended before the answer was "
			    "complete");
	return take_end(r, e);
}

enum reply_state reply_eof(struct reply *r, struct buf *out, struct err *e)
{
	if (r->state == REPLY_FAILED)
		err_set(e, ERR_UPSTREAM, "the upstream answer has failed");
	if (!is_going(r))
		return r->state;
	if (r->body == BODY_JSON)
		return take_json(r, out, e);
	return end_events(r, out, e);
}

void reply_finish(struct reply *r, struct buf *out)
{
	if (r->state != REPLY_FAILED)
		anthropic_reply_finish(&r->machine, out);
}

void reply_fail(struct reply *r, const struct err *e, struct str request_id,
		struct buf *out)
{
	r->state = REPLY_FAILED;
	anthropic_reply_settle(&r->machine);
	event_error(&r->machine.writer, e, request_id, out);
}

void reply_start(struct reply *r, struct buf *out)
{
	if (r->params.stream)
		event_start(&r->machine.writer, NULL, out);
}

void reply_ping(struct reply *r, struct buf *out)
{
	event_ping(&r->machine.writer, out);
}

bool reply_visible(const struct reply *r)
{
	const struct event_writer *w = &r->machine.writer;

	return r->params.stream ? w->stage != WRITER_NEW
				: r->machine.stop_reason[0] != '\0';
}

const struct upstream_verdict *reply_verdict(const struct reply *r)
{
	return &r->verdict;
}

const struct usage *reply_usage(const struct reply *r)
{
	return &r->machine.usage;
}

const char *reply_stop_reason(const struct reply *r)
{
	return r->machine.stop_reason;
}

unsigned reply_notes(const struct reply *r)
{
	const struct event_writer *w = &r->machine.writer;

	return r->notes | r->machine.notes |
	       (w->input_raw ? REPLY_NOTE_RAW_ARGUMENTS : 0) |
	       (w->input_repaired ? REPLY_NOTE_REPAIRED : 0);
}

const char *reply_note_text(unsigned notes)
{
	static const char *const texts[] = {
	    "a frame was no JSON",
	    "bytes that are no UTF-8 were replaced",
	    "tool arguments were no JSON",
	    "cut tool arguments were closed",
	    "a tool call without a name was dropped",
	    "bytes behind complete tool arguments were dropped",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (notes & 1u << i)
			return texts[i];
	}
	return "";
}
