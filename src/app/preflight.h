/* Whether the responder could start: what can be known without starting it. */
#ifndef APP_PREFLIGHT_H
#define APP_PREFLIGHT_H

#include "app/settings.h"

/*
 * State, key file, log and the folder of the socket are usable by this process,
 * or can be made.  socket NULL: the starter listens.  Every trouble is added to
 * report as a line; -1 when there is any.
 */
int preflight(const struct settings *s, const char *socket, struct buf *report);

#endif
