/*
 * A backend that does, by the path of an account's address, what tests of the
 * relay need: see the table in relay_backend.c.
 */
#ifndef SUPPORT_RELAY_BACKEND_H
#define SUPPORT_RELAY_BACKEND_H

#include <pthread.h>
#include <stdatomic.h>

#include "tests/support/io_server.h"

struct relay_backend {
	struct io_server *server;
	struct io_flag *asked;	/* a request of a path that waits came */
	struct io_flag *go;	/* lets it go on */
	struct io_flag *closed; /* a connection that waits was closed */
	atomic_int requests, refusals;
	atomic_int oks; /* requests for /ok */
	pthread_mutex_t lock;
	struct buf last; /* the request that came last */
};

void relay_backend_start(struct relay_backend *b);
void relay_backend_stop(struct relay_backend *b);
/* Does the request that came last hold this text? */
bool relay_backend_got(struct relay_backend *b, const char *text);

#endif
