/*
 * Server-sent events out of bytes that come in any pieces (messages-api §12).
 * Lines end with LF, CRLF or CR; a byte order mark at the very start is
 * dropped; comments, ids and retry times are skipped.  Works on bytes: nothing
 * is decoded, so a character cut by a read is whole again in the frame.
 */
#ifndef PROTO_SSE_H
#define PROTO_SSE_H

#include "base/buf.h"

enum {
	SSE_FRAME_BYTES = 32 << 20, /* ceiling of a line and of a frame */
	SSE_EVENT_BYTES = 64	    /* a longer event name is cut */
};

struct sse {
	struct buf line; /* the unfinished line */
	struct buf data; /* data lines of the unfinished frame */
	char event[SSE_EVENT_BYTES];
	uint8_t nevent;
	uint8_t mark;	/* bytes of the byte order mark seen, 4: past it */
	bool has_data;	/* also when all of it is empty */
	bool after_cr;	/* an LF that comes next belongs to the CR */
	bool delivered; /* event and data were handed out: clear them */
};

/* Borrowed until the next call with the same reader. */
struct sse_frame {
	struct str event; /* empty: none was named */
	struct str data;
};

enum sse_got { SSE_MORE, SSE_FRAME, SSE_TOO_LONG };

void sse_init(struct sse *s);
void sse_release(struct sse *s);
/*
 * Takes bytes off the front of *in up to the end of the next frame that has
 * data: SSE_FRAME.  SSE_MORE: all of *in is taken.  SSE_TOO_LONG: a ceiling is
 * passed and the reader is of no further use.
 */
enum sse_got sse_next(struct sse *s, struct str *in, struct sse_frame *f);
/* The input has ended: the frame that had no empty line after it, if any. */
enum sse_got sse_end(struct sse *s, struct sse_frame *f);

#endif
