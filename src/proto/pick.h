/*
 * Several members of a JSON object in one walk: chunks are small, come by the
 * million and are asked for ten names each.
 */
#ifndef PROTO_PICK_H
#define PROTO_PICK_H

#include "base/jscan.h"

/* found[i] receives the member names[i] of object (of equal keys the last), or
 * JNONE; all are JNONE when object is none. */
void pick_members(const struct jdoc *d, jref object, const struct str *names,
		  size_t n, jref *found);
#endif
