/* A responder started by the bridge: a session of its own, with a clean
 * environment and nothing of the request. */
#ifndef BRIDGE_SPAWN_H
#define BRIDGE_SPAWN_H

#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "bridge/settings.h"

struct spawned {
	pid_t pid;
	int said; /* what it says until it is ready; to be closed */
};

/* -1 with a message for the operator when the program cannot be run. */
int spawn_responder(const struct settings *s, char *const *env,
		    struct spawned *out, struct err *e);
/* Appends ": " and the last line it said; nothing when it said nothing. */
void spawn_last_words(const struct spawned *p, struct buf *out);

#endif
