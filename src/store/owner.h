/* The lock file that lets one process at a time own an environment. */
#ifndef STORE_OWNER_H
#define STORE_OWNER_H

#include "base/err.h"

/* A descriptor that holds the lock until it is closed or the process ends;
 * -1 with ERR_UNAVAILABLE naming the process that has it. */
int owner_lock(const char *dir, struct err *e);
void owner_unlock(int fd);

#endif
