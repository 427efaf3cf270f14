/*
 * Which names an account serves and what is sent for them.  Exact names win
 * over names that differ in case only, those over patterns with a trailing `*`
 * (the longest first); `*` alone matches last.
 */
#ifndef SCHED_MODEL_MAP_H
#define SCHED_MODEL_MAP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct model_pair {
	const char *asked;
	const char *sent;
};

/* Does name match pattern, and how well: 0 not at all, larger is better. */
int model_match(const char *pattern, struct str name);
/* The pair that serves name best, or NULL. */
const struct model_pair *model_lookup(const struct model_pair *pairs, size_t n,
				      struct str name);

#endif
