/*
 * One exchange with a backend: an HTTP/1.1 request whose body is known and an
 * answer that comes in pieces (libcurl).  Redirects are not followed.
 */
#ifndef IO_TRANSFER_H
#define IO_TRANSFER_H

#include <stdbool.h>

#include "base/str.h"
#include "io/loop.h"

struct transfer;

enum transfer_end {
	TRANSFER_OK, /* the answer is complete as HTTP says it */
	TRANSFER_REFUSED,
	TRANSFER_DNS,
	TRANSFER_TLS,
	TRANSFER_RESET,
	TRANSFER_CONNECT_TIMEOUT,
	TRANSFER_FIRST_BYTE_TIMEOUT,
	TRANSFER_IDLE_TIMEOUT,
	TRANSFER_TOTAL_TIMEOUT,
	TRANSFER_PROTOCOL, /* not HTTP, or refused by libcurl */
	TRANSFER_SHORTAGE  /* no descriptor is left: not the backend's fault */
};

struct transfer_spec {
	const char *method; /* "GET" or "POST" */
	const char *url;
	const char *const *headers; /* "Name: value", copied */
	size_t nheaders;
	struct str body;   /* borrowed until done or cancel */
	const char *proxy; /* NULL: none */
	/* Limits, 0: none.  first_byte_ms is from the start to the end of the
	 * head, idle_ms between bytes after that (not while paused), total_ms
	 * from the start to the end. */
	int64_t connect_ms, first_byte_ms, idle_ms, total_ms;
};

struct transfer_head {
	int status;
	int64_t retry_after_ms; /* from retry-after[-ms], 0: absent */
	char content_type[128];
};

struct transfer_events {
	/* The header lines are complete.  Non-zero ends the transfer with no
	 * further event (as transfer_cancel). */
	int (*head)(void *ctx, const struct transfer_head *head);
	/* Bytes of the body.  Non-zero as above. */
	int (*data)(void *ctx, struct str bytes);
	/* After the last data of one read from the socket: time to flush. */
	void (*flush)(void *ctx);
	/* The end, always last; detail is for the log, never for clients.  The
	 * transfer frees itself after it. */
	void (*done)(void *ctx, enum transfer_end end, const char *detail);
};

/*
 * Starts; an error in the spec is reported by done() from the loop, never from
 * within this call.
 */
struct transfer *transfer_start(struct loop *l,
				const struct transfer_spec *spec,
				const struct transfer_events *events,
				void *ctx);
/* The whole request body has left and will not be read again: it may go. */
bool transfer_sent(const struct transfer *t);
/* No more data() until resumed; done() may come when no data was left. */
void transfer_pause(struct transfer *t);
/* data() goes on from the loop, never from within this call. */
void transfer_resume(struct transfer *t);
/* Closes the connection; no event follows.  Not from within head() or data():
 * return non-zero there. */
void transfer_cancel(struct transfer *t);
/* The rest is of no interest: no event follows and the body is no longer
 * borrowed; the loop reads on for at most ms so that the connection can be
 * used again, then closes.  Also from within head(), data() and flush(). */
void transfer_linger(struct transfer *t, int64_t ms);

#endif
