/*
 * Copies of the state on disk, made while it is in use.  A copy holds each
 * database file as it was at some moment, and behind it the log from before the
 * first of those moments: with the log applied (which the next store_open() of
 * the copy does) it is the state at the end of the copying, and whatever was
 * settled before the beginning is in it.
 */
#ifndef STORE_BACKUP_H
#define STORE_BACKUP_H

#include "store/store.h"

/* Into dir, which is made (0700) and must not be there; *bytes says how much
 * it is.  On the disk when it returns; -1: nothing is left of it.
 * ERR_CONFLICT: another is being made, or dir is there. */
int store_backup(struct store *s, const char *dir, int64_t *bytes,
		 struct err *e);
/* Is there a state in the folder? */
bool store_is_at(const char *dir);
/* A copy of a state that nobody uses, into a folder that is made. */
int store_copy(const char *from, const char *to, struct err *e);
/*
 * Puts the state `fresh` in the place of `dir` in one step.  What was there is
 * then called `old`.  Nobody may use either: ERR_UNAVAILABLE otherwise.
 */
int store_replace(const char *fresh, const char *dir, const char *old,
		  struct err *e);

#endif
