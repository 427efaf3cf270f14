/* llmrelay.fcgi: the responder. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "admin/admin.h"
#include "app/app.h"
#include "app/control.h"
#include "base/clock.h"
#include "base/log.h"
#include "relay/relay.h"
#include "web/fcgi_in.h"

enum { EXIT_USAGE = 2 };

static const char usage[] =
    "usage: llmrelay.fcgi [--config FILE] [--socket PATH] [--state DIR] "
    "[--check]\n"
    "\n"
    "The FastCGI responder of llmrelay. It listens on descriptor 0 when that "
    "is\n"
    "a socket (systemd, lighttpd), else on --socket or the configured one.\n"
    "\n"
    "  --config FILE  settings (`llmrelayctl config sample` shows all)\n"
    "  --socket PATH  Unix socket to listen on\n"
    "  --state DIR    folder of the database, instead of state_dir\n"
    "  --check        check the configuration and exit\n"
    "  --version, --help\n"
    "\n"
    "SIGTERM, SIGINT: takes no new requests, lets streams in flight finish "
    "for\n"
    "grace_seconds, ends. SIGUSR1: opens the log file anew.\n";

struct options {
	const char *config, *socket, *state;
	bool check;
};

/* 0 to go on, else the exit status plus one. */
static int parse(int argc, char **argv, struct options *o)
{
	static const struct option table[] = {
	    {"config", required_argument, NULL, 'c'},
	    {"socket", required_argument, NULL, 's'},
	    {"state", required_argument, NULL, 'd'},
	    {"check", no_argument, NULL, 'k'},
	    {"version", no_argument, NULL, 'v'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "", table, NULL)) != -1) {
		switch (c) {
		case 'c':
			o->config = optarg;
			break;
		case 's':
			o->socket = optarg;
			break;
		case 'd':
			o->state = optarg;
			break;
		case 'k':
			o->check = true;
			break;
		case 'v':
			puts("llmrelay " PACKAGE_VERSION);
			return 1;
		case 'h':
			fputs(usage, stdout);
			return 1;
		default:
			fputs(usage, stderr);
			return EXIT_USAGE + 1;
		}
	}
	return 0;
}

static int open_log(const struct settings *s, struct err *e)
{
	enum log_level level = LOG_INFO;
	int fd = STDERR_FILENO;

	log_level_parse(str_of(s->log_level), &level);
	if (s->log_file[0]) {
		fd = open(s->log_file,
			  O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
		if (fd < 0)
			return err_set(e, ERR_INTERNAL,
				       "cannot open log_file %s: %s",
				       s->log_file, strerror(errno));
	}
	log_init(fd, level);
	return fd;
}

/* Each open stream takes two descriptors. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static bool is_listening(int fd)
{
	int on = 0;
	socklen_t n = sizeof(on);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &n) == 0 && on;
}

static int listening_socket(const struct options *o, const struct settings *s,
			    struct err *e)
{
	if (!o->socket && is_listening(STDIN_FILENO))
		return STDIN_FILENO;
	return fcgi_listen(o->socket ? o->socket : s->socket, e);
}

static void handle(void *ctx, struct request *r)
{
	struct app *app = ctx;

	if (admin_owns(r->path))
		admin_serve(app, r);
	else
		relay_serve(app, r);
}

static size_t body_limit(void *ctx, const struct request *r)
{
	return admin_owns(r->path) ? admin_body_limit()
				   : relay_body_limit(ctx, r);
}

/* Blocked in every thread; taken one by one in wait_for_stop(). */
static void block_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGHUP);
	sigaddset(set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static void wait_for_stop(const sigset_t *set, const struct settings *s,
			  int log_fd)
{
	int sig;

	while (sigwait(set, &sig) == 0) {
		if (sig == SIGTERM || sig == SIGINT)
			return;
		if (s->log_file[0]) {
			int fd = open(s->log_file,
				      O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
				      0640);

			/* The same number: other threads may be writing. */
			if (fd >= 0) {
				dup3(fd, log_fd, O_CLOEXEC);
				close(fd);
			}
		}
	}
}

/* The predecessor may still be finishing its streams. */
static int open_app(struct app *app, struct settings *s, struct err *e)
{
	int64_t until = clock_mono_ms() + s->grace_seconds * 1000 + 5000;
	struct timespec pause = {0, 100000000};
	bool said = false;

	while (app_open(app, s, e) < 0) {
		if (e->kind != ERR_UNAVAILABLE || clock_mono_ms() > until)
			return -1;
		if (!said)
			log_note(LOG_INFO, "start", "waiting: %s", e->message);
		said = true;
		nanosleep(&pause, NULL);
	}
	return 0;
}

static int run(const struct options *o, struct settings *s, int log_fd,
	       struct err *e)
{
	struct fcgi_in_options in_options = {
	    .workers = (int)s->workers,
	    .max_body_bytes = (size_t)s->max_body_bytes,
	    .body_limit = body_limit,
	    .handle = handle,
	};
	struct fcgi_in *in = NULL;
	struct app app;
	sigset_t signals;
	int rc;

	block_signals(&signals);
	raise_descriptor_limit();
	if (open_app(&app, s, e) < 0)
		return -1;
	in_options.ctx = &app;
	in_options.listen_fd = listening_socket(o, s, e);
	rc = in_options.listen_fd < 0 ? -1 : 0;
	if (rc == 0) {
		/* Before any request could be refused for want of it. */
		control_publish(&app, in_options.listen_fd);
		rc = fcgi_in_start(&in, &in_options, e);
	}
	if (rc == 0) {
		log_note(LOG_INFO, "start", "llmrelay %s is ready",
			 PACKAGE_VERSION);
		wait_for_stop(&signals, s, log_fd);
		log_note(LOG_INFO, "stop", "draining");
		app.draining = true;
		fcgi_in_stop(in);
		/* A successor may listen while streams here finish. */
		if (in_options.listen_fd != STDIN_FILENO)
			close(in_options.listen_fd);
	}
	app_close(&app, s->grace_seconds * 1000);
	log_note(LOG_INFO, "stop", "ended");
	return rc;
}

int main(int argc, char **argv)
{
	struct options o = {NULL, NULL, NULL, false};
	struct settings s;
	struct err e;
	int rc = parse(argc, argv, &o), log_fd;

	if (rc)
		return rc - 1;
	if (settings_load(&s, o.config, o.state, &e) < 0) {
		fprintf(stderr, "llmrelay.fcgi: %s\n", e.message);
		return EXIT_USAGE;
	}
	if (!o.check) {
		log_fd = open_log(&s, &e);
		rc = log_fd < 0 ? -1 : run(&o, &s, log_fd, &e);
		if (rc < 0)
			fprintf(stderr, "llmrelay.fcgi: %s\n", e.message);
	}
	settings_release(&s);
	return rc < 0 ? 1 : 0;
}
