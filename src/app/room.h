/* How much this process can have open. */
#ifndef APP_ROOM_H
#define APP_ROOM_H

#include <stddef.h>

#include "base/err.h"

/*
 * *most: how many requests may be with backends at a time, by the limit of
 * descriptors: each takes one for its client and one for its backend, and the
 * store, idle connections and workers need the rest.  ERR_UNAVAILABLE when that
 * is too few to work at all.
 */
int room_for_requests(size_t loops, size_t workers, int64_t *most,
		      struct err *e);

#endif
