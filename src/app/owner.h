/*
 * Who a program of the relay runs as.  Started by root, it becomes the owner of
 * the state: what it makes there must stay readable for the next one, and a
 * program that strangers talk to has no business being root.
 */
#ifndef APP_OWNER_H
#define APP_OWNER_H

#include "base/err.h"

/* Nothing to do when we are not root, or the folder is root's or missing. */
int owner_become(const char *state_dir, struct err *e);
/*
 * The folder of the socket.  One that root has to make (after a restart with an
 * empty /run) is given to the owner of the state, and to WEB_GROUP with setgid:
 * whoever makes the socket, the web server may then open it.
 */
int owner_make_run_dir(const char *socket, const char *state_dir,
		       struct err *e);

#endif
