/* Folders that a program makes for itself. */
#ifndef BASE_DIRS_H
#define BASE_DIRS_H

#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"

/* The folder that path lies in, without the last '/'; "/" for "/x", empty when
 * there is no '/'. */
struct str dirs_parent(struct str path);
/*
 * Makes the folder and what is missing above it (0755).  1 when it was made,
 * with that mode whatever the umask; 0 when it was there; -1 with the reason.
 */
int dirs_make(struct str path, mode_t mode, struct err *e);

#endif
