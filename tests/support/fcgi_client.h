/*
 * The web server's side of FastCGI, for tests: one request for a connection,
 * sent whole; the answer is collected, or read piece by piece.
 */
#ifndef SUPPORT_FCGI_CLIENT_H
#define SUPPORT_FCGI_CLIENT_H

#include "base/buf.h"

enum { FCGI_CALL_HEADERS = 12 };

struct fcgi_call {
	const char *method; /* NULL: GET */
	const char *uri;    /* path and query */
	/* "Name: value" lines, up to the first NULL */
	const char *headers[FCGI_CALL_HEADERS];
	const char *body;	      /* NULL: none */
	const char *remote;	      /* NULL: 127.0.0.1 */
	int remote_port, server_port; /* at 127.0.0.1; 0: not sent */
	const char *server;	      /* SERVER_SOFTWARE; NULL: not sent */
	bool https;
	int64_t announce; /* CONTENT_LENGTH when not 0, else the body's size */
};

struct fcgi_reply {
	struct buf out;	   /* standard output: head and body */
	struct buf errors; /* standard error */
	bool ended;	   /* END_REQUEST came */
	unsigned app_status;
};

/* A connection, or -1. */
int fcgi_client_connect(const char *socket_path);
/* The whole request; -1 when the other side closed. */
int fcgi_client_send(int fd, const struct fcgi_call *call);
/* The next record into the reply: 1 more may come, 0 the end, -1 broken. */
int fcgi_client_read(int fd, struct fcgi_reply *reply);
/* All of it: connect, send, read to the end.  Ends the test when it cannot. */
void fcgi_client_call(const char *socket_path, const struct fcgi_call *call,
		      struct fcgi_reply *reply);

void fcgi_reply_init(struct fcgi_reply *reply);
void fcgi_reply_release(struct fcgi_reply *reply);
int fcgi_reply_status(const struct fcgi_reply *reply);
/* The value of a header; p == NULL when absent. */
struct str fcgi_reply_header(const struct fcgi_reply *reply, const char *name);
struct str fcgi_reply_body(const struct fcgi_reply *reply);

#endif
