/*
 * A reply that passes bytes on: the answer of a backend that speaks the
 * client's own protocol (messages-api, section 17).  The bytes stay as they are
 * but for the value of `model` where the client asked by another name, and a
 * chunk of usage that only the relay asked for.
 *
 * Events leave one by one, whole; a plain answer is held while it is small, so
 * that one that breaks off is an error and not half an answer.  What is larger
 * than PASS_HELD_BYTES is let go as it comes (and still spliced): memory per
 * answer has that bound.
 */
#ifndef PROTO_PASS_REPLY_H
#define PROTO_PASS_REPLY_H

#include "proto/pass_facts.h"
#include "proto/reply.h"

enum { PASS_HELD_BYTES = 256 << 10 };

/* Copied by pass_reply_new(). */
struct pass_params {
	enum pass_kind kind;
	bool stream;		/* the client asked for events */
	struct str model;	/* the name to put back, decoded; empty: none */
	bool eof_is_end;	/* a backend that never marks its end */
	bool drop_usage;	/* the client did not ask for usage */
	bool single;		/* one choice: its end is the answer's end */
	int64_t input_estimate; /* tokens */
};

struct reply *pass_reply_new(const struct pass_params *params);

/* After a failure: the backend's own error event will be sent as it wrote it
 * (reply_fail), so whoever sends it must look for secrets in it. */

#endif
