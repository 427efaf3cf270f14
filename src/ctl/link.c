#include "ctl/link.h"

#include <errno.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin/admin.h"
#include "app/app.h"
#include "app/control.h"
#include "app/owner.h"
#include "base/clock.h"
#include "base/fcgi.h"
#include "base/mem.h"
#include "web/fcgi_in.h"

enum {
	RETRY_MS = 100,
	SAY_MS = 1000, /* so long nothing is said of waiting */
	WORKERS = 2
};

struct link {
	const struct settings *settings;
	bool running;
	struct control control; /* of the one that runs */
	struct app app;		/* our own */
	struct fcgi_in *in;
	char token[CONTROL_TOKEN + 1];
};

/* permission -------------------------------------------------------------- */

static const char *owner_of(const char *path, char name[64])
{
	const struct passwd *user;
	struct stat st;

	if (stat(path, &st) < 0)
		return NULL;
	user = getpwuid(st.st_uid);
	if (user)
		snprintf(name, 64, "%s", user->pw_name);
	else
		snprintf(name, 64, "user %ld", (long)st.st_uid);
	return name;
}

/* Who could have done what we may not. */
static int deny(const struct settings *s, struct err *e)
{
	char name[64];
	const char *owner = owner_of(s->state_dir, name);
	struct err why = *e;

	if (!owner || strcmp(owner, "root") == 0)
		return err_set(e, ERR_FORBIDDEN, "%s\nRun it as root.",
			       why.message);
	return err_set(e, ERR_FORBIDDEN,
		       "%s\nRun it as root or as %s: sudo "
		       "llmrelayctl ...",
		       why.message, owner);
}

static bool may_enter(const struct settings *s, struct err *e)
{
	if (access(s->state_dir, R_OK | W_OK | X_OK) == 0 || errno != EACCES)
		return true;
	err_set(e, ERR_FORBIDDEN, "permission denied: %s", s->state_dir);
	return false;
}

/* a responder of our own -------------------------------------------------- */

static void handle(void *ctx, struct request *r)
{
	admin_serve(ctx, r);
}

static int open_own(struct link *l, struct settings *s, struct err *e)
{
	struct fcgi_in_options options = {.listen_fd = -1,
					  .workers = WORKERS,
					  .max_body_bytes = admin_body_limit(),
					  .handle = handle,
					  .ctx = &l->app};

	if (!may_enter(s, e))
		return deny(s, e);
	s->loops = 1;
	if (app_open(&l->app, s, e) < 0)
		return -1;
	control_renew(&l->app, l->token);
	if (fcgi_in_start(&l->in, &options, e) == 0)
		return 0;
	app_close(&l->app, 0);
	return -1;
}

/* the one that runs ------------------------------------------------------- */

static int no_way(const struct link *l, int why, struct err *e)
{
	err_set(e, ERR_UNAVAILABLE,
		"cannot connect to the responder (process %lld) at %s: %s",
		(long long)l->control.pid, l->control.socket, strerror(why));
	if (why == EACCES)
		return deny(l->settings, e);
	return -1;
}

/* It listens elsewhere, if it still runs. */
static int no_socket(const struct link *l, struct err *e)
{
	if (kill((pid_t)l->control.pid, 0) < 0 && errno == ESRCH)
		return 0;
	return err_set(e, ERR_INTERNAL,
		       "the responder (process %lld) listens on no Unix "
		       "socket, so it cannot be reached from here",
		       (long long)l->control.pid);
}

/* 1: it runs; 0: none does; -1: cannot know. */
static int find_running(struct link *l, int64_t wait_ms, struct err *e)
{
	int fd;

	switch (control_read(l->settings->state_dir, &l->control, e)) {
	case CONTROL_THERE:
		break;
	case CONTROL_ABSENT:
		return 0;
	case CONTROL_DENIED:
		return deny(l->settings, e);
	default:
		return -1;
	}
	if (!l->control.socket[0])
		return no_socket(l, e);
	fd = fcgi_connect(l->control.socket, (int)wait_ms);
	if (fd >= 0) {
		close(fd);
		str_put(l->token, sizeof(l->token), str_of(l->control.token));
		l->running = true;
		return 1;
	}
	/* Left by one that was killed. */
	if (errno == ENOENT || errno == ECONNREFUSED)
		return 0;
	return no_way(l, errno, e);
}

static int open_once(struct link *l, struct settings *s, int64_t wait_ms,
		     struct err *e)
{
	int rc;

	control_release(&l->control); /* of the try before */
	rc = find_running(l, wait_ms, e);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	err_clear(e);
	return open_own(l, s, e);
}

int link_open(struct link **out, struct settings *settings, int64_t wait_ms,
	      struct err *e)
{
	int64_t start = clock_mono_ms();
	struct link *l = mem_zalloc(sizeof(*l));
	bool said = false;

	/* Nothing in a folder of others is touched as root. */
	if (owner_become(settings->state_dir, e) < 0) {
		mem_free(l);
		return -1;
	}
	l->settings = settings;
	while (open_once(l, settings, wait_ms, e) < 0) {
		int64_t waited = clock_mono_ms() - start;

		if (e->kind != ERR_UNAVAILABLE || waited > wait_ms) {
			control_release(&l->control);
			mem_free(l);
			return -1;
		}
		if (!said && waited > SAY_MS) {
			fprintf(stderr, "llmrelayctl: waiting: %s\n",
				e->message);
			said = true;
		}
		poll(NULL, 0, RETRY_MS);
	}
	*out = l;
	return 0;
}

void link_close(struct link *l)
{
	if (!l)
		return;
	if (!l->running) {
		fcgi_in_stop(l->in);
		app_close(&l->app, 0);
	}
	control_release(&l->control);
	secret_wipe(l->token, sizeof(l->token));
	mem_free(l);
}

int link_connect(struct link *l, int64_t wait_ms, struct err *e)
{
	int pair[2];

	if (l->running) {
		int fd = fcgi_connect(l->control.socket, (int)wait_ms);

		return fd < 0 ? no_way(l, errno, e) : fd;
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return err_set(e, ERR_INTERNAL, "socketpair: %s",
			       strerror(errno));
	fcgi_in_give(l->in, pair[1]);
	return pair[0];
}

const char *link_token(const struct link *l)
{
	return l->token;
}

bool link_renew_token(struct link *l)
{
	struct control fresh;
	bool changed;

	if (!l->running ||
	    control_read(l->settings->state_dir, &fresh, NULL) != CONTROL_THERE)
		return false;
	changed = strcmp(fresh.token, l->token) != 0;
	str_put(l->token, sizeof(l->token), str_of(fresh.token));
	control_release(&fresh);
	return changed;
}

bool link_is_running(const struct link *l)
{
	return l->running;
}

const char *link_socket(const struct link *l)
{
	return l->running ? l->control.socket : "";
}
