/*
 * One frame of a chat/completions stream, or one whole completion, as a flat
 * list of pieces in the order in which they are to be used (messages-api
 * §11.2, §13.3).  Knows the names that backends use and nothing of what is
 * made of them.
 */
#ifndef PROTO_OPENAI_REPLY_H
#define PROTO_OPENAI_REPLY_H

#include "base/jscan.h"
#include "proto/usage.h"

enum piece_kind { PIECE_THINKING, PIECE_TEXT, PIECE_REFUSAL, PIECE_TOOL };

/* The contents of a JSON string, escapes kept; borrowed from the frame. */
struct piece_text {
	struct str chars;
	bool escaped; /* there is a backslash in it */
};

struct reply_piece {
	enum piece_kind kind;
	struct piece_text text; /* or the call's arguments */
	/* The rest is for PIECE_TOOL. */
	bool raw; /* arguments are a JSON value instead of a string */
	bool indexed;
	bool whole; /* an element of a message, not of a delta */
	int64_t index;
	struct piece_text id, name;
};

enum openai_frame {
	FRAME_BROKEN, /* no JSON object */
	FRAME_ERROR,  /* error is the object that says why */
	FRAME_OTHER,  /* metadata or usage: no choice for us */
	FRAME_CHOICE
};

struct openai_reply {
	struct jdoc doc;
	struct buf mended; /* a frame whose bad UTF-8 was replaced */
	struct reply_piece *pieces;
	size_t npieces, cap;
	/* Of the frame read last: */
	struct piece_text finish;  /* empty: not given */
	struct piece_text matched; /* stop string that the backend names */
	struct usage usage;
	unsigned usage_told; /* enum usage_told; 0: no usage in this frame */
	bool has_choices;    /* a choices key was there */
	bool was_mended;
	struct str error; /* raw JSON, for upstream_error */
};

void openai_reply_init(struct openai_reply *r);
void openai_reply_release(struct openai_reply *r);
/*
 * Reads a frame.  any_choice: without a choice of index 0 take the first one
 * (whole completions, §11.1).  What r holds is borrowed from data and valid
 * until the next call.
 */
enum openai_frame openai_reply_read(struct openai_reply *r, struct str data,
				    bool any_choice);

#endif
