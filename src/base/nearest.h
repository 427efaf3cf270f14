/* What somebody may have meant who mistyped a name. */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include "base/str.h"

struct nearest {
	struct str given;
	const char *name; /* the nearest so far; NULL: nothing is near */
	size_t distance;
};

/* Start with {.given = word}, offer every name there is, then look at name.
 * ASCII case, '_' and '-' do not count, a quarter of the letters may differ. */
void nearest_offer(struct nearest *n, const char *name);

#endif
