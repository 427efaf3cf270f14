/*
 * FastCGI 1.0 as a web server speaks it: the records of one request, those of
 * its answer taken apart as they arrive, and the way to the socket.
 */
#ifndef BASE_FCGI_H
#define BASE_FCGI_H

#include "base/buf.h"

enum { FCGI_PIECE_BYTES = 65528 }; /* of a record, a multiple of 8 */

/* Name and value, section 3.4: parameters are a row of these. */
void fcgi_add_pair(struct buf *params, struct str name, struct str value);
/* BEGIN_REQUEST and the parameters, whole; the responder is to close the
 * connection at the end. */
void fcgi_add_head(struct buf *out, struct str params);
/* A piece of the body, and its end. */
void fcgi_add_body(struct buf *out, struct str piece);
void fcgi_add_body_end(struct buf *out);

enum fcgi_stream { FCGI_STREAM_OUT = 6, FCGI_STREAM_ERR = 7 };

/* Start with zeros. */
struct fcgi_answer {
	unsigned char header[8];
	size_t have; /* of the header */
	size_t content_left, padding_left;
	bool ended; /* END_REQUEST came: nothing more is taken */
	/* A piece of a stream; last: of its record.  Pieces are at once passed
	 * on: none waits for its rest. */
	void (*piece)(void *ctx, enum fcgi_stream stream, struct str bytes,
		      bool last);
	void *ctx;
};

void fcgi_answer_take(struct fcgi_answer *a, struct str bytes);

/* A connected descriptor, or -1 with errno; waits for a place in the
 * listener's queue up to wait_ms. */
int fcgi_connect(const char *path, int wait_ms);

#endif
