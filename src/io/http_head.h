/* The head of an answer, line by line as libcurl gives it. */
#ifndef IO_HTTP_HEAD_H
#define IO_HTTP_HEAD_H

#include "io/transfer.h"

enum {
	HTTP_HEAD_BYTES = 64 * 1024, /* of all heads of one answer */
	HTTP_HEAD_RETRY_MS = 24 * 3600 * 1000
};

struct http_head {
	struct transfer_head head;
	size_t bytes;
	bool has_ms; /* retry-after-ms came: it is the more exact one */
};

/*
 * Takes one line.  1 when it was the last of the final head (not of a 1xx
 * one), 0 to go on, -1 when there are too many bytes.
 */
int http_head_line(struct http_head *h, struct str line, int64_t wall_ms);

#endif
