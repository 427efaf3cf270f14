/*
 * A whole responder inside of the test: an app in a temporary directory and
 * workers that serve a Unix socket there.
 */
#ifndef SUPPORT_APP_DIR_H
#define SUPPORT_APP_DIR_H

#include "app/app.h"
#include "web/fcgi_in.h"

struct app_dir {
	char root[64];	 /* made by us, removed at the end */
	char socket[96]; /* for fcgi_client_call() */
	struct settings settings;
	struct app app;
	struct fcgi_in *in;
	int listen_fd;
	void (*serve)(struct app *app, struct request *r);
};

/* Ends the test when it cannot.  Bodies up to 64 KB. */
void app_dir_start(struct app_dir *d,
		   void (*serve)(struct app *app, struct request *r));
void app_dir_stop(struct app_dir *d); /* and removes the directory */

#endif
