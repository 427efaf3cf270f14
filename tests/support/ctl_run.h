/* llmrelayctl as an operator runs it, for tests, which end when it cannot be
 * had.  A folder of the test's own is the state. */
#ifndef SUPPORT_CTL_RUN_H
#define SUPPORT_CTL_RUN_H

#include <sys/types.h>

#include "base/buf.h"

enum { CTL_RUN_MAX = 1024 * 1024 };

extern char ctl_dir[64];
/* The folder, with a configuration whose state_dir it is. */
void ctl_dir_make(void);
void ctl_dir_remove(void);
void ctl_dir_path(struct buf *path, const char *name);
/* A file in the folder, for its owner only. */
void ctl_dir_write(const char *name, const char *text);

struct ctl_run {
	pid_t pid;
	int out_fd, err_fd;
	struct buf out, err;
};

/* words are arguments, ended by NULL; terminal >= 0 becomes its standard input,
 * and its terminal. */
void ctl_start(struct ctl_run *r, const char *const *words, int terminal);
/* Reads what it says until it ends; its exit status. */
int ctl_finish(struct ctl_run *r);
/* Reads until its standard error holds text; false after ten seconds. */
bool ctl_wait_for(struct ctl_run *r, const char *text);
void ctl_release(struct ctl_run *r);

#endif
