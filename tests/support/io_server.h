/*
 * For tests of io/: a server on a free port of 127.0.0.1 whose connections are
 * each served by a function on a thread of its own, and calls onto a loop.
 */
#ifndef SUPPORT_IO_SERVER_H
#define SUPPORT_IO_SERVER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "io/loop.h"

struct io_server;
struct io_conn {
	int fd;	    /* closed after the function */
	int number; /* of the connection, from 0 */
	struct io_server *server;
	void *arg;
};

struct io_server *io_server_start(void (*serve)(struct io_conn *c), void *arg);
int io_server_port(const struct io_server *s);
int io_server_connections(struct io_server *s); /* accepted so far */
/* Shuts its connections down and joins all threads. */
void io_server_stop(struct io_server *s);

/* Within serve(): one request, head and body by content-length; false at the
 * end of the connection.  The text stays in `in`. */
bool io_read_request(struct io_conn *c, struct buf *in);
void io_say(struct io_conn *c, const char *text);
void io_say_bytes(struct io_conn *c, const char *p, size_t n);
/* Waits until the other side closes. */
void io_wait_close(struct io_conn *c);

/* Runs fn(l, arg) on the loop and waits for it. */
void io_call(struct loop *l, void (*fn)(struct loop *l, void *arg), void *arg);

/* A flag that one thread sets and another waits for (10 s: false). */
struct io_flag;
struct io_flag *io_flag_new(void);
void io_flag_free(struct io_flag *f);
void io_flag_set(struct io_flag *f);  /* counts up */
bool io_flag_wait(struct io_flag *f); /* counts down */

#endif
