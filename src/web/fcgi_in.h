/*
 * Workers: threads that accept FastCGI connections (libfcgi), read one request
 * whole and call the handler.
 */
#ifndef WEB_FCGI_IN_H
#define WEB_FCGI_IN_H

#include "base/err.h"
#include "web/request.h"

struct fcgi_in;

struct fcgi_in_options {
	int listen_fd; /* stays the caller's; -1: none, see fcgi_in_give() */
	int workers;
	size_t max_body_bytes;
	/*
	 * How much of a large body is worth keeping, from its head alone; NULL:
	 * all.  Strangers must not fill the memory, and bodies that come slowly
	 * stay for long.  What is above it is read away: body_too_large.
	 */
	size_t (*body_limit)(void *ctx, const struct request *r);
	/* Called on a worker; must answer or take the request, and frees it
	 * (request_free) unless it was handed on. */
	void (*handle)(void *ctx, struct request *r);
	void *ctx;
};

/* A listening Unix socket (mode 0660) at path, stale one replaced; -1 + e. */
int fcgi_listen(const char *path, struct err *e);

int fcgi_in_start(struct fcgi_in **out, const struct fcgi_in_options *options,
		  struct err *e);
/* Takes a connection over that is open already.  From any thread. */
void fcgi_in_give(struct fcgi_in *in, int fd);
/* No new requests; returns when every worker has finished the one it has. */
void fcgi_in_stop(struct fcgi_in *in);

#endif
