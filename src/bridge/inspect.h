/* What somebody at a shell wants to know of the bridge. */
#ifndef BRIDGE_INSPECT_H
#define BRIDGE_INSPECT_H

#include "base/buf.h"

/* How the program is used. */
extern const char inspect_help[];
/*
 * Which settings count, whether somebody listens on the socket, and whether
 * this user could start the responder.  Appends lines; 0 when requests would
 * reach a responder, else -1.
 */
int inspect(char *const *env, struct buf *out);

#endif
