#include "proto/reply_impl.h"

void reply_free(struct reply *r)
{
	if (r)
		r->ops->free(r);
}

bool reply_going(const struct reply *r)
{
	return r->state == REPLY_OPEN || r->state == REPLY_FINISHED;
}

enum reply_state reply_feed(struct reply *r, struct str bytes, struct buf *out,
			    struct err *e)
{
	if (r->state == REPLY_FAILED)
		err_set(e, ERR_UPSTREAM, "the upstream answer has failed");
	return reply_going(r) ? r->ops->feed(r, bytes, out, e) : r->state;
}

enum reply_state reply_eof(struct reply *r, struct buf *out, struct err *e)
{
	if (r->state == REPLY_FAILED)
		err_set(e, ERR_UPSTREAM, "the upstream answer has failed");
	return reply_going(r) ? r->ops->eof(r, out, e) : r->state;
}

void reply_finish(struct reply *r, struct buf *out)
{
	if (r->state != REPLY_FAILED)
		r->ops->finish(r, out);
}

void reply_fail(struct reply *r, const struct err *e, struct str request_id,
		struct buf *out)
{
	r->state = REPLY_FAILED;
	r->ops->fail(r, e, request_id, out);
}

enum reply_state reply_spoiled(struct reply *r, struct err *e, const char *why)
{
	err_set(e, ERR_UPSTREAM, "%s", why);
	r->verdict =
	    (struct upstream_verdict){.class = CLASS_SERVER, .failover = true};
	return r->state = REPLY_FAILED;
}

enum reply_state reply_error_object(struct reply *r, struct str error,
				    int64_t max_tokens, struct err *e)
{
	struct err own;

	upstream_frame_error(error, reply_visible(r), max_tokens, e ? e : &own,
			     &r->verdict);
	return r->state = REPLY_FAILED;
}

void reply_ping(struct reply *r, struct buf *out)
{
	r->ops->ping(r, out);
}

bool reply_streams(const struct reply *r)
{
	return r->ops->streams(r);
}

bool reply_visible(const struct reply *r)
{
	return r->ops->visible(r);
}

const struct upstream_verdict *reply_verdict(const struct reply *r)
{
	return &r->verdict;
}

const struct usage *reply_usage(const struct reply *r)
{
	return r->ops->usage(r);
}

bool reply_usage_early(const struct reply *r)
{
	return r->usage_early;
}

const char *reply_stop_reason(const struct reply *r)
{
	return r->ops->stop_reason(r);
}

unsigned reply_notes(const struct reply *r)
{
	return r->ops->notes(r);
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
