/*
 * Connections that nobody uses, kept for the next request.  libcurl keeps as
 * many as its cache holds, for two minutes, and small model servers give each
 * open connection one of a handful of threads: three idle ones can stall
 * such a server.  So a few are kept, for plain HTTP only as long as it takes a
 * busy relay to use them again (a new one costs 60 us), for TLS longer (a
 * handshake costs 1 ms and two round trips).  Others are shut down here, which
 * libcurl sees when it next looks at them, and closes.
 */
#ifndef IO_CONN_IDLE_H
#define IO_CONN_IDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

enum {
	CONN_IDLE_PLAIN_MS = 500,
	CONN_IDLE_TLS_MS = 30 * 1000,
	CONN_IDLE_MAX = 16 /* on one loop; the oldest makes room */
};

struct conn_idle {
	uv_timer_t timer;
	struct {
		int fd;
		uint64_t until_ms;
	} conn[CONN_IDLE_MAX]; /* oldest first */
	size_t n;
	unsigned char *in_use; /* by descriptor: libcurl watches it */
	size_t nin_use;
};

void conn_idle_init(struct conn_idle *c, uv_loop_t *uv);
void conn_idle_release(struct conn_idle *c);

void conn_idle_used(struct conn_idle *c, int fd);    /* libcurl watches it */
void conn_idle_unused(struct conn_idle *c, int fd);  /* no longer */
void conn_idle_closing(struct conn_idle *c, int fd); /* about to be closed */
/* A transfer has left this connection open. */
void conn_idle_keep(struct conn_idle *c, int fd, bool tls);

#endif
