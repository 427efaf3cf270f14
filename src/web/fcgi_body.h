/*
 * The body of a request, from its STDIN records (FastCGI 1.0, section 5.3).
 * Not by libfcgi, which can be killed by management records between them (see
 * fcgi_head.h).
 */
#ifndef WEB_FCGI_BODY_H
#define WEB_FCGI_BODY_H

#include <stdbool.h>
#include <stddef.h>

struct fcgi_body {
	int fd; /* blocking, behind PARAMS */
	unsigned id;
	size_t content, padding; /* left of this record */
	bool ended;
	bool broken; /* cut, aborted or no FastCGI */
};

/* At most n bytes, n > 0; 0 at the end. */
size_t fcgi_body_read(struct fcgi_body *b, char *p, size_t n);

#endif
