/*
 * One answer on its way from a backend to a client: bytes in as they come,
 * protocol bytes out.  Which kind of reply it is, the maker decides: one that
 * translates (proto/chat_reply.h) or one that passes bytes on
 * (proto/pass_reply.h).  Whoever drives it need not know.
 *
 * Streams: out receives whole SSE events.  Plain answers: out stays empty
 * until reply_finish() appends what is to be sent, but for large ones that are
 * passed on.  out needs a ceiling above that of an answer (64 MB); an answer
 * that passes one fails.
 */
#ifndef PROTO_REPLY_H
#define PROTO_REPLY_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "proto/upstream_error.h"
#include "proto/usage.h"

struct reply;

enum reply_state {
	REPLY_OPEN,	/* go on feeding */
	REPLY_FINISHED, /* finish_reason was seen: only usage may follow */
	REPLY_DONE,	/* complete ([DONE], or a whole JSON body): finish */
	REPLY_FAILED	/* *e and reply_verdict() say why; only reply_fail() is
			   left */
};

void reply_free(struct reply *r); /* NULL is allowed */

/* The next bytes of the upstream's body, any amount. */
enum reply_state reply_feed(struct reply *r, struct str bytes, struct buf *out,
			    struct err *e);
/* The upstream's body has ended in good order. */
enum reply_state reply_eof(struct reply *r, struct buf *out, struct err *e);
/*
 * After REPLY_DONE, or REPLY_FINISHED and enough waiting: appends what closes
 * the answer (the last events, or the whole message object, whole only if
 * buf_ok(out) after it).
 */
void reply_finish(struct reply *r, struct buf *out);
/* After a failure in a stream that has begun: the error event. request_id is
 * put beside the error.  A plain answer has no such event: nothing. */
void reply_fail(struct reply *r, const struct err *e, struct str request_id,
		struct buf *out);

/* Something that clients skip, so that a silent stream stays open; nothing for
 * a plain answer. */
void reply_ping(struct reply *r, struct buf *out);
/* The client is sent events, and not one JSON value. */
bool reply_streams(const struct reply *r);
/*
 * True once out received anything of the answer, so that no failover is
 * possible (in a stream, a ping that starts the message counts).
 */
bool reply_visible(const struct reply *r);
/* After REPLY_FAILED: what the relay may do about it. */
const struct upstream_verdict *reply_verdict(const struct reply *r);
/* Final after reply_finish()/reply_fail(); estimates where nothing came. */
const struct usage *reply_usage(const struct reply *r);
/* Usage came with the answer's pieces, not only behind them. */
bool reply_usage_early(const struct reply *r);
const char *reply_stop_reason(const struct reply *r); /* "" before the end */

/* What was odd about the answer and was put right: for the log. */
enum reply_note {
	REPLY_NOTE_BROKEN_FRAME = 1 << 0,  /* a frame that is no JSON */
	REPLY_NOTE_BAD_UTF8 = 1 << 1,	   /* bytes replaced by U+FFFD */
	REPLY_NOTE_RAW_ARGUMENTS = 1 << 2, /* arguments that are no JSON */
	REPLY_NOTE_REPAIRED = 1 << 3,	   /* cut arguments closed */
	REPLY_NOTE_NAMELESS_CALL = 1 << 4, /* dropped */
	REPLY_NOTE_LATE_BYTES = 1 << 5	   /* behind complete arguments */
};
unsigned reply_notes(const struct reply *r);
/* Words for the lowest bit of notes; "" for none. */
const char *reply_note_text(unsigned notes);

#endif
