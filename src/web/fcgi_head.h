/* Has a request come so far that a worker can read its parameters without
 * waiting?  FastCGI 1.0, section 3.3. */
#ifndef WEB_FCGI_HEAD_H
#define WEB_FCGI_HEAD_H

#include <stddef.h>

enum { FCGI_HEAD_MAX = 128 * 1024 }; /* bytes up to the end of PARAMS */

enum fcgi_head {
	FCGI_HEAD_PART,	 /* more has to come */
	FCGI_HEAD_WHOLE, /* BEGIN to the empty PARAMS record, well formed */
	FCGI_HEAD_BAD	 /* no FastCGI, or larger than FCGI_HEAD_MAX */
};

struct fcgi_scan {
	unsigned id;   /* of the request, 0: no BEGIN yet */
	size_t size;   /* of a whole head */
	size_t params; /* contents of PARAMS, put at the front of the bytes */
};

enum fcgi_head fcgi_head_scan(char *bytes, size_t n, struct fcgi_scan *s);
/* Looks at what a socket has received and leaves it there; *size is that of a
 * whole head.  BAD also at the end of the connection. */
enum fcgi_head fcgi_head_look(int fd, size_t *size);
/*
 * Moves the head, which is whole, to another socket; -1 when it cannot.  Only
 * BEGIN and PARAMS: libfcgi asserts that it can have memory for any length that
 * a management record names.
 */
int fcgi_head_move(int from, int to, size_t size);

#endif
