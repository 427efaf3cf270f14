/*
 * The tool calls of an answer: pieces to slots, slots to blocks, one open at a
 * time and each live as far as that allows (messages-api §13.4).  Part of the
 * machine anthropic_reply.
 */
#ifndef PROTO_REPLY_CALL_H
#define PROTO_REPLY_CALL_H

#include "proto/anthropic_reply.h"

enum { SCRATCH_BYTES = 64 << 10 }; /* a larger scratch buffer is given back */

/* A call's block is open; its arguments are unfinished, or it would not be. */
bool reply_call_open(const struct anthropic_reply *m);
/* The piece brings arguments for the open call. */
bool reply_call_continues(struct anthropic_reply *m,
			  const struct reply_piece *p);
/* Puts a piece into its slot; -1 when a ceiling is passed. */
int reply_call_piece(struct anthropic_reply *m, const struct reply_piece *p,
		     struct err *e);
/* Passes on what can be. */
void reply_call_pump(struct anthropic_reply *m);
/* No piece will come any more. cut: as for tool_args_input(). */
void reply_call_end(struct anthropic_reply *m, bool cut);

#endif
