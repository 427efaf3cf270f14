#include "admin/mask.h"

#include <stdio.h>
#include <string.h>

/* Below this length seven characters would give too much away. */
enum { LONG_ENOUGH = 16, HEAD = 3, TAIL = 4 };

#define ELLIPSIS "\xe2\x80\xa6"

void mask_secret(const char *secret, char out[MASK_BYTES])
{
	struct str s = str_of(secret);

	if (s.n == 0)
		out[0] = '\0';
	else if (s.n < LONG_ENOUGH)
		memcpy(out, ELLIPSIS, sizeof(ELLIPSIS));
	else
		snprintf(out, MASK_BYTES, "%.*s" ELLIPSIS "%s", HEAD, s.p,
			 s.p + s.n - TAIL);
}

bool mask_matches(const char *secret, const char *value)
{
	char mask[MASK_BYTES];

	mask_secret(secret, mask);
	return mask[0] && strcmp(mask, value) == 0;
}
