/* Short answers, written by the worker that read the request (blocking). */
#ifndef WEB_RESPONSE_H
#define WEB_RESPONSE_H

#include "base/err.h"
#include "web/request.h"

struct response_header {
	const char *name;
	struct str value;
};

/* The CGI header block, `Status:` line to blank line; request-id (also as
 * x-request-id), no-store and nosniff are always there. Values with control
 * characters are left out. */
void response_head(struct buf *out, int status, const char *content_type,
		   struct str request_id, const struct response_header *headers,
		   size_t nheaders);
/* Headers that an error brings along (retry-after, retry-after-ms,
 * x-should-retry); returns how many; text lives in the arena. */
enum { RESPONSE_ERROR_HEADERS = 3 };
size_t
response_error_headers(const struct err *e, struct arena *a,
		       struct response_header out[RESPONSE_ERROR_HEADERS]);
/* A whole answer; the request's status is remembered for the log. */
void response_send(struct request *r, int status, const char *content_type,
		   struct str body, const struct response_header *headers,
		   size_t nheaders);
/* A browser that asks for a page is led to the administrators' pages, which lie
 * beside the address that it asked for; true: it was. */
bool response_lead_browser(struct request *r);

#endif
