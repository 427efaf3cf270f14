/*
 * One request of the web server, read whole: method, path, headers, body.  It
 * is owned by one side at a time: the worker that read it, or the loop that it
 * was handed to (request_detach).
 */
#ifndef WEB_REQUEST_H
#define WEB_REQUEST_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

struct fcgi_request; /* web/fcgi_in.c */

struct request {
	struct arena arena; /* lives as long as the request */
	char id[32];	    /* "req_" and 24 base62 */
	struct str method;  /* "GET", "POST", ... */
	struct str path;    /* decoded, cut at '?', normalised (web/path.h) */
	struct str query;   /* as sent, without '?' */
	struct str remote;  /* REMOTE_ADDR */
	bool https;
	struct buf body;     /* whole; its memory is the request's */
	bool body_too_large; /* drained, not kept */
	bool body_truncated; /* less came than CONTENT_LENGTH said */
	int status;	     /* of the answer, 0 before */
	int64_t started_us;  /* clock_mono_us() at accept */
	int64_t started_wall_ms;
	struct fcgi_request *fcgi; /* NULL once detached */
	int fd;			   /* the connection, once detached; else -1 */
	unsigned fcgi_id;
	const void *caller; /* whom the face let in, in the arena; or NULL */
};

/* Header by its lower-case name ("x-api-key"); empty when absent.  Only before
 * request_detach(): copy what is needed later into the arena. */
struct str request_header(const struct request *r, const char *name);
/* Any other FastCGI parameter, by its name ("SERVER_SOFTWARE"). */
struct str request_param(const struct request *r, const char *name);
/* A query parameter, decoded into the arena; p == NULL when absent. */
struct str request_query(struct request *r, const char *name);
/* A cookie; p == NULL when absent. */
struct str request_cookie(struct request *r, const char *name);

/* Lets go of libfcgi's part (17 KB) but keeps the connection: r->fd and
 * r->fcgi_id are the new owner's to write to (io/fcgi_out.h). */
void request_detach(struct request *r);
/* Frees everything; closes r->fd when it is not -1. */
void request_free(struct request *r);

#endif
