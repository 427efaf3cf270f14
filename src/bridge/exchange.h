/*
 * One request over the responder's socket (FastCGI 1.0): the client's body up
 * and the answer down at the same time, each as it comes, so that neither side
 * ever waits for the other through us.
 */
#ifndef BRIDGE_EXCHANGE_H
#define BRIDGE_EXCHANGE_H

#include "base/buf.h"

enum exchange_end {
	EXCHANGE_DONE,	  /* the answer went through to its end */
	EXCHANGE_NOTHING, /* the responder left before its first byte */
	EXCHANGE_TORN,	  /* it left in the middle of its answer */
	EXCHANGE_GONE	  /* the client left */
};

/* The three ends; all are made non-blocking for the time of the exchange. */
struct exchange_fds {
	int body, answer; /* descriptors 0 and 1 of a CGI program */
	int responder;	  /* closed by the exchange */
};

/* params are FastCGI name-value pairs; body_bytes < 0: the body ends where the
 * descriptor ends. */
enum exchange_end exchange_run(const struct exchange_fds *fds,
			       struct str params, int64_t body_bytes);
/* Reads and drops the body, then writes the answer. */
void exchange_refuse(const struct exchange_fds *fds, struct str answer,
		     int64_t body_bytes);

#endif
