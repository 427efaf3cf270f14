/* What an account that speaks Anthropic's protocol is told of the client's own
 * headers. */
#ifndef RELAY_FORWARDED_H
#define RELAY_FORWARDED_H

#include "app/backend.h"
#include "web/request.h"

enum { FORWARDED_HEADERS = 2 };

struct forwarded {
	const char *line[FORWARDED_HEADERS]; /* "Name: value", in the arena */
	size_t n;
};

/* Before request_detach(). */
void forwarded_keep(struct forwarded *f, struct request *r);
/* The account's headers; of those that it has by default, the client's.  How
 * many there are. */
size_t
forwarded_headers(const struct forwarded *f, const struct backend *b,
		  const char *headers[BACKEND_HEADERS + FORWARDED_HEADERS]);

#endif
