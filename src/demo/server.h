/*
 * The demo on a socket: one thread, one event loop, a few kilobytes for each
 * open stream.
 */
#ifndef DEMO_SERVER_H
#define DEMO_SERVER_H

#include <uv.h>

#include "demo/demo.h"

struct server {
	uv_loop_t loop;
	uv_tcp_t listener;
	uv_signal_t sigterm, sigint;
	struct demo *demo;
	struct buf wire;  /* bytes of the write being put together */
	struct buf frame; /* the frame being put together */
	char in[64 * 1024];
};

/* Listens on "HOST:PORT" and stores the port that it got. */
int server_init(struct server *s, struct demo *d, const char *address,
		int *port, struct err *e);
/* Serves until SIGTERM or SIGINT, then closes everything. */
int server_run(struct server *s, struct err *e);
void server_release(struct server *s);

/* demo/conn.c: takes the waiting connection. */
void conn_accept(struct server *s);
void conn_close(uv_handle_t *tcp);

#endif
