/* A state on disk that no responder has: what the commands that look at one
 * or put one in its place share. */
#ifndef CTL_STATE_H
#define CTL_STATE_H

#include "ctl/ctl.h"
#include "store/verify.h"

/* Recovers and examines the state in dir with that key file. */
int state_verify(const struct ctl *c, const char *dir, const char *key_file,
		 struct verify_report *r, struct err *e);
/* Prints what was found, or adds it as `verified` (with --json); the exit
 * code. */
int state_report(const struct ctl *c, const struct verify_report *r,
		 const char *dir, cJSON *into);

#endif
