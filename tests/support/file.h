/* Whole files for tests. */
#ifndef SUPPORT_FILE_H
#define SUPPORT_FILE_H

#include "base/str.h"

/* Contents of directory/name (NULL: of name), ended by NUL; the caller gives p
 * to mem_free().  p is NULL when it cannot be read. */
struct str file_read(const char *directory, const char *name);

#endif
