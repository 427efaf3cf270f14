#include "tests/support/app_dir.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/control.h"
#include "base/log.h"
#include "tests/support/tap.h"

enum { WORKERS = 4, BODY_MAX = 64 * 1024, GRACE_MS = 10000 };

/* Berkeley DB's own locks are invisible to the thread sanitizer. */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
	return "called_from_lib:libdb-5.3.so\n";
}

static void give_up(const char *what)
{
	diag("app_dir: %s", what);
	exit(1);
}

static void handle(void *ctx, struct request *r)
{
	struct app_dir *d = ctx;

	d->serve(&d->app, r);
}

static void write_config(const struct app_dir *d, const char *path)
{
	FILE *f = fopen(path, "w");

	if (!f)
		give_up(strerror(errno));
	fprintf(f, "state_dir = %s/state\nsocket = %s\nloops = 1\n", d->root,
		d->socket);
	fclose(f);
}

void app_dir_start(struct app_dir *d,
		   void (*serve)(struct app *app, struct request *r))
{
	struct fcgi_in_options options = {.workers = WORKERS,
					  .max_body_bytes = BODY_MAX,
					  .handle = handle,
					  .ctx = d};
	char config[96];
	struct err e;

	*d = (struct app_dir){.root = "/tmp/llmrelay-test-XXXXXX",
			      .serve = serve};
	if (!mkdtemp(d->root))
		give_up(strerror(errno));
	snprintf(d->socket, sizeof(d->socket), "%s/relay.sock", d->root);
	snprintf(config, sizeof(config), "%s/relay.conf", d->root);
	write_config(d, config);
	log_init(STDERR_FILENO, LOG_ERROR);
	if (settings_load(&d->settings, config, NULL, &e) < 0 ||
	    app_open(&d->app, &d->settings, &e) < 0)
		give_up(e.message);
	d->listen_fd = fcgi_listen(d->socket, &e);
	if (d->listen_fd < 0)
		give_up(e.message);
	options.listen_fd = d->listen_fd;
	control_publish(&d->app, d->listen_fd);
	if (fcgi_in_start(&d->in, &options, &e) < 0)
		give_up(e.message);
}

static int remove_one(const char *path, const struct stat *st, int flag,
		      struct FTW *at)
{
	(void)st, (void)flag, (void)at;
	return remove(path);
}

void app_dir_stop(struct app_dir *d)
{
	fcgi_in_stop(d->in);
	app_close(&d->app, GRACE_MS);
	close(d->listen_fd);
	settings_release(&d->settings);
	nftw(d->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
