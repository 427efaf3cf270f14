/* Addresses with parts that anybody may have chosen. */
#ifndef CTL_PATH_H
#define CTL_PATH_H

#include "base/buf.h"

/* "/admin/admins/%s/password": each %s is replaced by the next of the parts,
 * percent-encoded.  The caller frees it (mem_free). */
char *path_of(const char *pattern, const char *a, const char *b);

#endif
