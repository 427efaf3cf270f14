/* A transfer that records its events, and does in them what a test wants. */
#ifndef SUPPORT_IO_GET_H
#define SUPPORT_IO_GET_H

#include "io/transfer.h"
#include "tests/support/io_script.h"

/* A loop, and a server that runs io_script(). */
struct get_rig {
	struct loop *loop;
	struct io_server *server;
	struct io_script script;
};

void get_rig_init(struct get_rig *r);
void get_rig_release(struct get_rig *r);

enum get_act {
	GET_NOTHING,
	GET_STOP,
	GET_LINGER,
	GET_PAUSE,
	GET_STEP,
	GET_NEXT /* starts `next`, and stops */
};

struct get {
	struct get_rig *rig;
	struct transfer_spec spec;
	struct transfer *t;
	char url[128];
	struct buf log; /* H status, D bytes, F, E end */
	struct buf body;
	struct transfer_head head;
	enum transfer_end end;
	char detail[300];
	enum get_act at_head, at_data, at_flush, at_done;
	struct get *next;
	struct io_flag *done, *held; /* ended; did what it was told to do */
	bool brief;		     /* no data in the log */
};

void get_init(struct get *g, struct get_rig *rig, const char *path);
void get_release(struct get *g);
void get_start(struct get *g);
void get_run(struct get *g); /* starts and waits for the end */

/* For io_call(), with a struct get. */
void get_do_start(struct loop *l, void *arg);
void get_do_resume(struct loop *l, void *arg);
void get_do_cancel(struct loop *l, void *arg);
void get_do_linger(struct loop *l, void *arg); /* for 50 ms */
void get_do_nothing(struct loop *l, void *arg);

#endif
