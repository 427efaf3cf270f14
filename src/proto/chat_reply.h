/*
 * A reply that translates: the answer of a chat/completions backend for a
 * Messages client.  Pulls together sse (framing), openai_reply (chunks and
 * completions) and anthropic_reply (the one writer that can only produce legal
 * output); messages-api §§11-13.
 */
#ifndef PROTO_CHAT_REPLY_H
#define PROTO_CHAT_REPLY_H

#include "proto/anthropic_event.h"
#include "proto/openai_request.h"
#include "proto/reply.h"

enum think_tags { THINK_TAGS_AUTO, THINK_TAGS_OFF, THINK_TAGS_STRIP };

/* Copied by chat_reply_new(); what the strs point to must outlive the reply. */
struct chat_reply_params {
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
	const struct event_search *search; /* was done; NULL: none */
	size_t keep_bytes; /* for chat_reply_content() of a stream; 0: none */
};

struct reply *chat_reply_new(const struct chat_reply_params *params);

/* message_start now, with estimates (the head must be committed, §13.7);
 * nothing for a plain answer. */
void chat_reply_start(struct reply *r, struct buf *out);

/* After reply_finish(): the elements of the message's content list, if they
 * take no more than keep_bytes; else p is NULL. */
struct str chat_reply_content(const struct reply *r);

#endif
