/*
 * The state machine of messages-api §13: pieces of a backend's answer in,
 * legal Messages output out.  Resolves what backends do to tool calls, think
 * tags, surrogates and ends before the writer (anthropic_event) sees it.
 */
#ifndef PROTO_ANTHROPIC_REPLY_H
#define PROTO_ANTHROPIC_REPLY_H

#include "proto/anthropic_event.h"
#include "proto/held_text.h"
#include "proto/openai_reply.h"
#include "proto/chat_reply.h"
#include "proto/think_scan.h"
#include "proto/tool_slot.h"

enum {
	REPLY_BYTES = 64 << 20, /* ceiling of what one answer may collect */
	FINISH_BYTES = 32	/* a longer finish_reason is cut */
};

struct anthropic_reply {
	const struct chat_reply_params *params;
	struct event_writer writer;
	struct think_scan think;
	struct tool_slots slots;
	size_t current; /* the first slot that is not done */
	struct held_text held;
	struct buf *out;     /* of the call in progress */
	struct buf decoded;  /* scratch for one piece of text */
	struct buf id, name; /* scratch for those of a tool piece */
	uint16_t high_text, high_thinking; /* surrogates that wait */
	uint64_t seed;
	size_t args_bytes; /* of all calls */
	bool called;	   /* a call was passed on */
	bool refused;
	struct buf refusal;
	char finish[FINISH_BYTES];
	uint8_t nfinish;
	const struct str *matched; /* in params->stops */
	struct usage usage;
	unsigned usage_told;
	double estimate;	 /* tokens of all produced text */
	const char *stop_reason; /* "" before the end */
	unsigned notes;		 /* enum reply_note */
};

/* params must outlive m. */
void anthropic_reply_init(struct anthropic_reply *m,
			  const struct chat_reply_params *params);
void anthropic_reply_release(struct anthropic_reply *m);
/* What a frame held, FRAME_CHOICE or (its usage only) FRAME_OTHER.  -1 when a
 * ceiling is passed. */
int anthropic_reply_chunk(struct anthropic_reply *m,
			  const struct openai_reply *chunk, struct buf *out,
			  struct err *e);
void anthropic_reply_usage(struct anthropic_reply *m,
			   const struct openai_reply *chunk);
/* A tool call has begun and its arguments have not come to their end. */
bool anthropic_reply_in_call(const struct anthropic_reply *m);
/* Everything that still waits, and the end of the message. */
void anthropic_reply_finish(struct anthropic_reply *m, struct buf *out);
/* Fills what usage the backend did not tell. */
void anthropic_reply_settle(struct anthropic_reply *m);

#endif
