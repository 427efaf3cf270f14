/*
 * The way to the responder: its socket, and starting it when nobody listens
 * there.  Of any number of bridges that find it missing, the one that holds
 * the lock file (SOCKET.lock) starts it; all wait until it takes connections.
 */
#ifndef BRIDGE_RESPONDER_H
#define BRIDGE_RESPONDER_H

#include "base/err.h"
#include "bridge/settings.h"

enum { RESPONDER_WAIT_MS = 10000 };

/* A connected descriptor if somebody listens there, or -1 with errno. */
int responder_try(const char *socket);
/* The same, starting the responder if need be; -1 with a message for the
 * operator. */
int responder_connect(const struct settings *s, char *const *env,
		      struct err *e);

#endif
