/*
 * The responder at the other end: the one that runs, found by the file that it
 * wrote (app/control.h); else one of our own, in this process and for the time
 * of the command, which opens the store and is asked over a pair of sockets.
 * Either way the same requests go the same way.
 */
#ifndef CTL_LINK_H
#define CTL_LINK_H

#include "app/settings.h"
#include "base/err.h"

struct link;

/*
 * While the store is somebody's who does not take connections (starting,
 * stopping), waits up to wait_ms.  -1 with *e.
 */
int link_open(struct link **out, struct settings *settings, int64_t wait_ms,
	      struct err *e);
void link_close(struct link *l); /* NULL is allowed */

/* A new connection, or -1 with *e. */
int link_connect(struct link *l, int64_t wait_ms, struct err *e);
const char *link_token(const struct link *l);
/* After a refusal: a responder that has just started has another token.  True
 * when it was changed. */
bool link_renew_token(struct link *l);
/* Does a responder run? Then its socket. */
bool link_is_running(const struct link *l);
const char *link_socket(const struct link *l);

#endif
