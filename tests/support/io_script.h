/* What a backend may do, by path: see the table in io_script.c. */
#ifndef SUPPORT_IO_SCRIPT_H
#define SUPPORT_IO_SCRIPT_H

#include "tests/support/io_server.h"

struct io_script {
	struct io_flag *step;  /* the client lets the server go on */
	struct io_flag *heard; /* the server saw the connection close */
};

/* For io_server_start(), with a struct io_script. */
void io_script(struct io_conn *c);

#endif
