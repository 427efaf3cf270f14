/* The other end of a FastCGI connection, blocking, for tests of what speaks to
 * a responder. */
#ifndef SUPPORT_FCGI_PEER_H
#define SUPPORT_FCGI_PEER_H

#include "base/buf.h"

enum {
	PEER_BEGIN = 1,
	PEER_END = 3,
	PEER_PARAMS = 4,
	PEER_STDIN = 5,
	PEER_STDOUT = 6,
	PEER_STDERR = 7
};

/* A listening Unix socket, -1 when it cannot be had. */
int peer_listen(const char *path);
/* The next connection; -1 when none comes within ten seconds. */
int peer_accept(int listener);
/* One record: its type, with the contents in out; 0 at the end. */
int peer_read(int fd, struct buf *out);
/* Reads up to the end of the parameters; they are `NAME=VALUE\n` in out. */
bool peer_read_params(int fd, struct buf *out);
/* Appends the body up to its end; false when the connection ends before. */
bool peer_read_body(int fd, struct buf *out);
bool peer_write(int fd, int type, struct str content);
/* The empty STDOUT and END_REQUEST. */
bool peer_end(int fd);

#endif
