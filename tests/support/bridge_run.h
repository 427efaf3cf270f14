/* llmrelay.cgi as a web server runs it: a process with a body, an answer and an
 * environment.  For tests, which end when it cannot be had. */
#ifndef SUPPORT_BRIDGE_RUN_H
#define SUPPORT_BRIDGE_RUN_H

#include <pthread.h>
#include <sys/types.h>

#include "base/buf.h"

enum { BRIDGE_BIG = 32 * 1024 * 1024, BRIDGE_WAIT_MS = 10000 };

/* A folder for the sockets of the test; remove what is in it, then it. */
extern char bridge_dir[64];
void bridge_dir_make(void);
void bridge_dir_path(struct buf *path, const char *name);

struct bridge {
	pid_t pid;
	int in, out; /* body, answer */
};

/* Starts the bridge with these variables (ended by NULL) and no others. */
struct bridge bridge_start(const char *const *vars);
/* Closes the answer; the body's end must have been closed.  Exit status. */
int bridge_wait(struct bridge *b);

/* What is there within ten seconds, and all there is. */
struct str bridge_read(int fd, char *p, size_t n);
void bridge_read_all(int fd, struct buf *out);

/* A thread that writes n bytes to fd and closes it. */
struct feed {
	pthread_t thread;
	int fd;
	size_t n;
};

void feed_start(struct feed *f, int fd, size_t n);
void feed_wait(struct feed *f);
bool feed_is(struct str s, size_t n); /* s is what a feed of n wrote */

#endif
