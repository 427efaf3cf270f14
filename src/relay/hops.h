/*
 * An account that points, directly or through others, at this gateway would
 * send each request round and round.  Requests that go upstream say how many
 * gateways they have passed.
 */
#ifndef RELAY_HOPS_H
#define RELAY_HOPS_H

#include "base/err.h"
#include "web/request.h"

enum { HOPS_MAX = 4, HOPS_LINE_BYTES = 32 };

/* The header line for upstream; ERR_BAD_REQUEST when it has passed too many. */
int hops_count(const struct request *r, char line[HOPS_LINE_BYTES],
	       struct err *e);

#endif
