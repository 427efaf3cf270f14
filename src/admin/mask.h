/* What may be shown of a secret: enough to tell two apart. */
#ifndef ADMIN_MASK_H
#define ADMIN_MASK_H

#include "base/str.h"

enum { MASK_BYTES = 16 };

/* "sk-…3f2a" for long ones, "…" for short ones, "" for none. */
void mask_secret(const char *secret, char out[MASK_BYTES]);
/* value is the mask of secret: a form sent back what it was shown. */
bool mask_matches(const char *secret, const char *value);

#endif
