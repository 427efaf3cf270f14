/* What somebody who mistyped a word may have meant. */
#ifndef CTL_NEAREST_H
#define CTL_NEAREST_H

#include "base/str.h"

struct nearest {
	struct str word;  /* as typed */
	const char *best; /* NULL: nothing is near */
	size_t distance;
};

void nearest_try(struct nearest *n, const char *candidate);

#endif
