/*
 * One HTTP request and its answer, waited for: for programs that have nothing
 * else to do meanwhile (llmrelayctl).  Redirects are not followed; the
 * environment's proxies do not count.
 */
#ifndef IO_HTTP_CALL_H
#define IO_HTTP_CALL_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

enum { HTTP_CALL_HEADER = 512 };

struct http_call {
	const char *method; /* "GET" or "POST" */
	const char *url;
	const char *const *headers; /* "Name: value" */
	size_t nheaders;
	struct str body;
	int64_t total_ms;
	bool insecure; /* any certificate will do */
	/* The head is complete: its values stand below.  Bytes of the body;
	 * non-zero ends the call.  NULL: they are kept in `answer`. */
	int (*data)(void *ctx, struct str bytes);
	void *ctx;
	/* the answer */
	int status; /* 0: none came */
	bool ended; /* by data() */
	char type[HTTP_CALL_HEADER], encoding[HTTP_CALL_HEADER];
	char server[HTTP_CALL_HEADER], location[HTTP_CALL_HEADER];
	char request_id[HTTP_CALL_HEADER];
	struct buf answer;
};

/* ERR_UNAVAILABLE: no connection; ERR_FORBIDDEN: its certificate; ERR_TIMEOUT;
 * ERR_UPSTREAM: it broke off, status may be set.  In any case
 * http_call_release(). */
int http_call_run(struct http_call *c, struct err *e);
void http_call_release(struct http_call *c);

#endif
