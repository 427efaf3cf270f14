/* The answer when there is no responder to give one, in the shape that the
 * endpoint's clients read. */
#ifndef BRIDGE_REFUSAL_H
#define BRIDGE_REFUSAL_H

#include "base/buf.h"

/* Header and body of a CGI answer with status 503. */
void refusal_write(struct buf *out, struct str path);

#endif
