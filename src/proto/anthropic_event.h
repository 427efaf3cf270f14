/*
 * The one writer of answers in the Messages format.  It keeps the grammar of
 * messages-api §13.1 by itself, whatever it is asked for and in any order:
 * opens the message before the first block, closes a block before the next,
 * numbers blocks without gaps, signs thinking, ends once and is silent after.
 *
 * Two faces of one machine: with events it appends each to out as it happens;
 * without, it collects the blocks and event_finish() appends the whole message
 * object, so that both kinds of answers hold the same.  With events it may
 * collect as well, for whoever keeps the conversation.
 */
#ifndef PROTO_ANTHROPIC_EVENT_H
#define PROTO_ANTHROPIC_EVENT_H

#include "base/buf.h"
#include "base/err.h"
#include "proto/tool_args.h"
#include "proto/usage.h"

enum block { BLOCK_NONE, BLOCK_TEXT, BLOCK_THINKING, BLOCK_TOOL };

/* A search of the web that was done for the answer: stands before all else. */
struct event_search {
	struct str id;	   /* "srvtoolu_..." */
	struct str query;  /* decoded */
	struct str result; /* JSON: list of results, or an error object */
	bool failed;	   /* the latter: it does not count */
	/* What a text that names a result's address cites. */
	const struct event_citation *citations;
	size_t ncitations;
};
struct event_citation {
	struct str url;
	struct str json; /* the object */
};

struct event_writer {
	bool events, collects;		   /* one of them at least */
	const struct event_search *search; /* borrowed; NULL: none */
	enum { WRITER_NEW, WRITER_STARTED, WRITER_CLOSED } stage;
	enum block open;
	uint32_t blocks;	/* opened so far: the next index */
	struct str id, model;	/* borrowed */
	int64_t input_estimate; /* tokens, when nothing better is known */
	/* The collector: */
	struct buf content; /* the list's elements */
	struct buf input;   /* arguments of the open call */
	struct buf cited;   /* of the open text, its beginning: for citations */
	struct jdoc scratch;
	bool input_repaired, input_raw; /* any call's, §11.3 */
};

/* How an answer ended (§11.5). */
struct event_stop {
	const char *reason;
	const struct str *sequence; /* NULL: null */
	bool refusal;		    /* stop_details are written */
	struct str explanation;	    /* of a refusal, empty: null */
};

void event_writer_init(struct event_writer *w, bool events, struct str id,
		       struct str model, int64_t input_estimate);
/* Collects the blocks of a stream too, as long as they take no more bytes. */
void event_writer_keep(struct event_writer *w, size_t max_bytes);
/* After event_finish(): the elements of the content list; p is NULL when they
 * were not collected, or are too many. */
struct str event_content(const struct event_writer *w);
void event_writer_release(struct event_writer *w);

/* message_start; once.  usage may be NULL: the estimate stands for it. */
void event_start(struct event_writer *w, const struct usage *usage,
		 struct buf *out);
/* Decoded text for a block of that kind, which is opened if need be. */
void event_text(struct event_writer *w, struct str text, struct buf *out);
void event_thinking(struct event_writer *w, struct str text, struct buf *out);
/* Opens a tool_use block. */
void event_tool(struct event_writer *w, struct str id, struct str name,
		struct buf *out);
/* Decoded argument text for the open tool_use block; without one nothing. */
void event_input(struct event_writer *w, struct str args, struct buf *out);
/* Ends the open block, if any.  cut: as for tool_args_input(). */
void event_close(struct event_writer *w, bool cut, struct buf *out);
/* The end of the message; a message without blocks gets an empty text. */
void event_finish(struct event_writer *w, const struct event_stop *stop,
		  const struct usage *usage, struct buf *out);
/* With events only: */
void event_error(struct event_writer *w, const struct err *e,
		 struct str request_id, struct buf *out);
void event_ping(struct event_writer *w, struct buf *out);

#endif
