/*
 * One answer on its way from a chat/completions backend to a Messages client:
 * bytes in as they come, protocol bytes out.  Pulls together sse (framing),
 * openai_reply (chunks and completions) and anthropic_reply (the one writer
 * that can only produce legal output); messages-api §§11-13.
 *
 * Streams: out receives whole SSE events.  Plain requests: out stays empty
 * until reply_finish() appends the message object.  out needs a ceiling above
 * that of an answer (64 MB); an answer that passes one fails.
 */
#ifndef PROTO_REPLY_H
#define PROTO_REPLY_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "proto/openai_request.h"
#include "proto/upstream_error.h"
#include "proto/usage.h"

enum think_tags { THINK_TAGS_AUTO, THINK_TAGS_OFF, THINK_TAGS_STRIP };

/* Copied by reply_new(); what the strs point to must outlive the reply. */
struct reply_params {
	bool stream;		 /* the client asked for events */
	struct str id;		 /* "msg_" and 24 base62, made by the caller */
	uint64_t seed;		 /* for ids of tool calls that came without */
	struct str model;	 /* the name that the client asked for */
	const struct str *stops; /* decoded stop_sequences of the request */
	size_t nstops;
	bool single_tool;
	struct tool_names names;
	int64_t input_estimate; /* tokens, for message_start */
	int64_t max_tokens;	/* asked of the backend, 0: unknown */
	enum think_tags think_tags;
	bool think_open; /* the template ends the prompt with <think> */
	bool eof_is_end; /* a backend that never marks its end */
};

struct reply;

enum reply_state {
	REPLY_OPEN,	/* go on feeding */
	REPLY_FINISHED, /* finish_reason was seen: only usage may follow */
	REPLY_DONE,	/* complete ([DONE], or a whole JSON body): finish */
	REPLY_FAILED	/* *e and reply_verdict() say why; only reply_fail() is
			   left */
};

struct reply *reply_new(const struct reply_params *params);
void reply_free(struct reply *r);

/* The next bytes of the upstream's body, any amount. */
enum reply_state reply_feed(struct reply *r, struct str bytes, struct buf *out,
			    struct err *e);
/* The upstream's body has ended in good order. */
enum reply_state reply_eof(struct reply *r, struct buf *out, struct err *e);
/*
 * After REPLY_DONE, or REPLY_FINISHED and enough waiting: appends what closes
 * the answer (the open block's end, message_delta, message_stop; or the whole
 * message object, whole only if buf_ok(out) after it).
 */
void reply_finish(struct reply *r, struct buf *out);
/* After a failure in a stream that has begun: the error event. request_id is
 * put beside the error.  A plain answer has no such event: nothing. */
void reply_fail(struct reply *r, const struct err *e, struct str request_id,
		struct buf *out);

/* message_start now, with estimates (the head must be committed, §13.7). */
void reply_start(struct reply *r, struct buf *out);
void reply_ping(struct reply *r, struct buf *out); /* starts if need be */
/*
 * True once out received anything, so that no failover is possible: in a
 * stream from message_start on, whether a chunk with a choice, reply_start() or
 * reply_ping() brought it (the HTTP head is committed with it); in a plain
 * answer only after reply_finish().  Of the latter three calls, the first two
 * do nothing for plain answers.
 */
bool reply_visible(const struct reply *r);
/* After REPLY_FAILED: what the relay may do about it. */
const struct upstream_verdict *reply_verdict(const struct reply *r);
/* Final after reply_finish()/reply_fail(); estimates where nothing came. */
const struct usage *reply_usage(const struct reply *r);
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
