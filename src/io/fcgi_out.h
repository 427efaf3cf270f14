/*
 * The way back to the web server: FastCGI records on the connection that a
 * worker accepted and read, written without blocking from a loop.
 */
#ifndef IO_FCGI_OUT_H
#define IO_FCGI_OUT_H

#include <stdbool.h>

#include "base/str.h"
#include "io/loop.h"

struct fcgi_out;

struct fcgi_out_events {
	/* The backlog fell under the low-water mark (32 KB) after
	 * fcgi_out_congested() was true. */
	void (*drained)(void *ctx);
	/* The web server closed: the client is gone.  Nothing more can be
	 * written; fcgi_out_abort() is left to do. */
	void (*gone)(void *ctx);
};

/* Takes fd, which becomes non-blocking; events is borrowed as long as the
 * output lives. request_id is FastCGI's. */
struct fcgi_out *fcgi_out_new(struct loop *l, int fd, unsigned request_id,
			      const struct fcgi_out_events *events, void *ctx);
/* Appends to the response (CGI headers first); sent by fcgi_out_flush(). */
void fcgi_out_add(struct fcgi_out *o, struct str bytes);
void fcgi_out_flush(struct fcgi_out *o);
/* More than 64 KB wait for the web server. */
bool fcgi_out_congested(const struct fcgi_out *o);
/* Ends the request: sends what is left and END_REQUEST, closes, frees itself.
 * No event follows. */
void fcgi_out_end(struct fcgi_out *o);
/* Closes at once and frees. No event follows. */
void fcgi_out_abort(struct fcgi_out *o);

#endif
