/* One request to the responder, and its whole answer. */
#ifndef CTL_EXCHANGE_H
#define CTL_EXCHANGE_H

#include "base/buf.h"
#include "base/err.h"

struct exchange {
	const char *method, *uri;
	const char *token; /* NULL: none */
	struct str body;   /* JSON; empty: none */
	int64_t timeout_ms;
	bool sent; /* perhaps only in part */
	/* the answer */
	int status;
	struct buf answer; /* head and body */
	struct str reply;  /* the body in it */
};

/*
 * fd is a connection, closed at the end.  -1: ERR_TIMEOUT, ERR_UNAVAILABLE
 * (the other side left), ERR_UPSTREAM (what came is no answer).  In any case
 * exchange_release().
 */
int exchange_run(int fd, struct exchange *x, struct err *e);
void exchange_release(struct exchange *x);

#endif
