/*
 * An answer as a play: the frames of a stream one after the other, made when
 * their time comes, so that an open stream costs no more than its text; or
 * the whole answer as one object.
 */
#ifndef DEMO_SCRIPT_H
#define DEMO_SCRIPT_H

#include "demo/answer.h"

enum script_next {
	SCRIPT_FRAME, /* a frame was appended; there may be more */
	SCRIPT_END,   /* the stream is over, in good order */
	SCRIPT_CUT,   /* close the connection now */
	SCRIPT_HANG   /* never send another byte */
};

struct script;
/* Appends its next frame, or moves on to the next phase and says no. */
typedef bool script_phase(struct script *s, struct buf *out);

struct script {
	enum dialect dialect;
	const struct answer *answer;
	const struct switches *sw;
	bool usage, continuous;
	unsigned phase;
	size_t call, at; /* call being sent; offset in the running text */
	int64_t frames;	 /* sent so far */
	int64_t tokens;	 /* words sent so far */
	bool inside;	 /* the last fragment ended within a word */
	bool failed;	 /* the error frame is out */
	size_t block;	 /* of Messages: number of the one that is open */
	bool open;
};

/* answer and sw must outlive s. */
void script_init(struct script *s, enum dialect dialect,
		 const struct answer *answer, const struct switches *sw,
		 const struct ask *ask);
enum script_next script_frame(struct script *s, struct buf *out);
/* The answer to a request without stream. */
void script_whole(enum dialect dialect, const struct answer *a,
		  const struct switches *sw, struct buf *out);
/* {"error":{...}} with type word and code by status. */
void script_error(struct buf *out, enum dialect dialect, int status,
		  struct str message);

#endif
