/*
 * Requests of HTTP/1.1 (RFC 9112) as they come off a socket: fed in any
 * pieces, complete when the body has been read to its end.  Head and body have
 * ceilings; a body with both lengths, obsolete line folding and other ways to
 * smuggle a second request are refused.
 */
#ifndef DEMO_HTTP_H
#define DEMO_HTTP_H

#include "base/buf.h"
#include "base/err.h"

enum {
	HTTP_HEAD_BYTES = 64 * 1024,
	HTTP_BODY_BYTES = 40 * 1024 * 1024,
	HTTP_LINE_BYTES = 1024 /* a chunk's size line, a trailer line */
};

enum http_state {
	HTTP_HEAD,
	HTTP_BODY,	 /* Content-Length: `left` bytes to come */
	HTTP_CHUNK_LINE, /* size of the next chunk */
	HTTP_CHUNK_DATA,
	HTTP_CHUNK_END, /* the CRLF behind a chunk */
	HTTP_TRAILER,
	HTTP_DONE
};

struct http_in {
	enum http_state state;
	struct buf head; /* request line and fields, up to the empty line */
	struct buf line;
	struct buf body;
	size_t left;
	struct str method, target; /* slices of head, once past HTTP_HEAD */
	bool keep_alive;
	bool old;     /* HTTP/1.0: answers cannot be chunked */
	bool expects; /* wants "100 Continue" before it sends the body */
};

void http_init(struct http_in *in);
void http_release(struct http_in *in);
/* Ready for the next request on the connection. */
void http_reset(struct http_in *in);
/*
 * Takes bytes until the request is complete (state HTTP_DONE) and stores how
 * many it took in *used.  -1 for a request that cannot be understood; the
 * connection must then be closed after the answer.
 */
int http_feed(struct http_in *in, struct str bytes, size_t *used,
	      struct err *e);
/* The first field of that name, trimmed; p == NULL when absent. */
struct str http_field(const struct http_in *in, const char *name);
const char *http_reason(int status);

#endif
