/*
 * Where connections wait until their request's parameters are there, so that
 * nobody who says nothing, or says it slowly, occupies a worker: one thread
 * that watches them, up to a number and for a time.
 */
#ifndef WEB_FCGI_GATE_H
#define WEB_FCGI_GATE_H

#include "base/err.h"

struct gate;

struct gate_options {
	/* Called on the gate's thread every quarter of a second. */
	void (*tick)(void *ctx);
	void *ctx;
};

int gate_start(struct gate **out, const struct gate_options *options,
	       struct err *e);
/* Closes those that wait; NULL is allowed. */
void gate_stop(struct gate *g);

/* Takes the connection over.  From any thread. */
void gate_wait(struct gate *g, int fd);
/* Readable while connections are ready; the next of them, or -1. */
int gate_ready_fd(const struct gate *g);
int gate_take(struct gate *g);

#endif
