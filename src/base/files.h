/* Files that must be on the disk, whole, before anybody relies on them. */
#ifndef BASE_FILES_H
#define BASE_FILES_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

/* A copy for its owner only (0600), which must not be there yet; *bytes grows
 * by its size.  What was written before a failure is removed. */
int files_copy(const char *from, const char *to, int64_t *bytes, struct err *e);
/* A new file with the text (0600). */
int files_write(const char *path, struct str text, struct err *e);
/* Brings a file's contents, or the names in a folder, to the disk. */
int files_sync(const char *path, struct err *e);
/* Removes a folder and the files in it, as far as that goes. */
void files_remove_dir(const char *dir);

#endif
