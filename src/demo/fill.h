/* The smallest value that a JSON schema takes, always the same one. */
#ifndef DEMO_FILL_H
#define DEMO_FILL_H

#include "base/jscan.h"

/* Understands type, properties, required, items with minItems, enum, const,
 * anyOf, oneOf, allOf (first), minimum and local $ref.  Strings are "demo". */
void fill_schema(struct buf *out, const struct jdoc *d, jref schema);

#endif
