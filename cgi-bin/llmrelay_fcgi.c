/* llmrelay.fcgi: the responder. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "admin/admin.h"
#include "app/app.h"
#include "app/control.h"
#include "app/owner.h"
#include "app/preflight.h"
#include "app/reload.h"
#include "base/clock.h"
#include "base/dirs.h"
#include "base/log.h"
#include "relay/relay.h"
#include "web/fcgi_in.h"

enum {
	EXIT_USAGE = 2,
	REPORT_BYTES = 64 * 1024,
	BODY_CEILING = 1 << 30 /* of max_body_bytes */
};

static const char usage[] =
    "usage: llmrelay.fcgi [--config FILE] [--socket PATH] [--state DIR] "
    "[--check]\n"
    "\n"
    "The FastCGI responder of llmrelay. It listens on descriptor 0 when that "
    "is\n"
    "a socket (systemd, lighttpd), else on --socket or the configured one.\n"
    "Started by root, it becomes the owner of state_dir.\n"
    "\n"
    "  --config FILE  settings (default: $LLMRELAY_CONFIG, else\n"
    "                 " CONFIG_FILE " if it exists)\n"
    "  --socket PATH  Unix socket to listen on\n"
    "  --state DIR    folder of the database, instead of state_dir\n"
    "  --check        check settings, folders and rights, and exit\n"
    "  --report-fd N  descriptor that gets the reason when it cannot start,\n"
    "                 closed when it is ready (llmrelay.cgi uses it)\n"
    "  --version, --help\n"
    "\n"
    "SIGTERM, SIGINT: takes no new requests, lets streams in flight finish "
    "for\n"
    "grace_seconds, ends. SIGHUP: reads the settings again and opens the log\n"
    "file anew. SIGUSR1: opens the log file anew.\n";

struct options {
	const char *config, *socket, *state;
	int report_fd; /* -1: none */
	bool check;
};

static int parse_fd(const char *text, int *fd)
{
	int64_t number;

	if (str_to_i64(str_of(text), 3, 65535, &number) < 0)
		return -1;
	*fd = (int)number;
	return fcntl(*fd, F_SETFD, FD_CLOEXEC);
}

/* 0 to go on, else the exit status plus one. */
static int parse(int argc, char **argv, struct options *o)
{
	static const struct option table[] = {
	    {"config", required_argument, NULL, 'c'},
	    {"socket", required_argument, NULL, 's'},
	    {"state", required_argument, NULL, 'd'},
	    {"report-fd", required_argument, NULL, 'r'},
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
		case 'r':
			if (parse_fd(optarg, &o->report_fd) == 0)
				break;
			fputs("llmrelay.fcgi: --report-fd needs the number of "
			      "an open descriptor\n",
			      stderr);
			return EXIT_USAGE + 1;
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

/* Secrets are in memory: no core file has them.  Nothing is started from here
 * that would need more rights. */
static void confine(void)
{
	const struct rlimit none = {0, 0};

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static bool is_listening(int fd)
{
	int on = 0;
	socklen_t n = sizeof(on);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &n) == 0 && on;
}

/* NULL: the starter listens. */
static const char *socket_path(const struct options *o,
			       const struct settings *s)
{
	if (!o->socket && is_listening(STDIN_FILENO))
		return NULL;
	return o->socket ? o->socket : s->socket;
}

static int listening_socket(const struct options *o, const struct settings *s,
			    struct err *e)
{
	const char *path = socket_path(o, s);

	return path ? fcgi_listen(path, e) : STDIN_FILENO;
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

static void reopen_log(const struct settings *s, int log_fd)
{
	int fd;

	if (!s->log_file[0])
		return;
	fd = open(s->log_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
	/* The same number: other threads may be writing. */
	if (fd >= 0) {
		dup3(fd, log_fd, O_CLOEXEC);
		close(fd);
	}
}

static void reload_settings(struct app *app)
{
	struct reload_report report;
	struct err e; /* is in the log */

	reload_report_init(&report);
	reload(app, &report, &e);
	reload_report_release(&report);
}

static void wait_for_stop(const sigset_t *set, struct app *app, int log_fd)
{
	int sig;

	while (sigwait(set, &sig) == 0) {
		if (sig == SIGTERM || sig == SIGINT)
			return;
		reopen_log(app->settings, log_fd);
		if (sig == SIGHUP)
			reload_settings(app);
	}
}

/* The predecessor may still be finishing its streams. */
static int open_app(struct app *app, struct settings *s, int report_fd,
		    struct err *e)
{
	int64_t until = clock_mono_ms() + s->grace_seconds * 1000 + 5000;
	struct timespec pause = {0, 100000000};
	bool said = false;

	while (app_open(app, s, e) < 0) {
		if (e->kind != ERR_UNAVAILABLE || clock_mono_ms() > until)
			return -1;
		if (!said)
			log_note(LOG_INFO, "start", "waiting: %s", e->message);
		if (!said && report_fd >= 0)
			dprintf(report_fd, "waiting: %s\n", e->message);
		said = true;
		nanosleep(&pause, NULL);
	}
	return 0;
}

/* To the operator, and to the bridge that waits for it. */
static void tell(const struct options *o, const char *reason)
{
	fprintf(stderr, "llmrelay.fcgi: %s\n", reason);
	if (o->report_fd >= 0)
		dprintf(o->report_fd, "%s\n", reason);
}

static void tell_lines(const struct options *o, const struct buf *report)
{
	struct str rest = buf_str(report);

	while (rest.n) {
		char line[ERR_MESSAGE_BYTES];

		str_put(line, sizeof(line), str_cut(&rest, '\n'));
		tell(o, line);
	}
}

static void be_ready(struct options *o)
{
	log_note(LOG_INFO, "start", "llmrelay %s is ready", PACKAGE_VERSION);
	if (o->report_fd >= 0)
		close(o->report_fd);
	o->report_fd = -1;
}

static int run(struct options *o, struct settings *s, int log_fd, struct err *e)
{
	struct fcgi_in_options in_options = {
	    .workers = (int)s->workers,
	    .max_body_bytes = BODY_CEILING, /* body_limit() says more */
	    .body_limit = body_limit,
	    .handle = handle,
	};
	struct settings_source source = {o->config, o->state};
	struct fcgi_in *in = NULL;
	struct app app;
	sigset_t signals;
	int rc;

	block_signals(&signals);
	raise_descriptor_limit();
	confine();
	if (open_app(&app, s, o->report_fd, e) < 0)
		return -1;
	app.source = &source;
	in_options.ctx = &app;
	in_options.listen_fd = listening_socket(o, s, e);
	rc = in_options.listen_fd < 0 ? -1 : 0;
	if (rc == 0) {
		/* Before any request could be refused for want of it. */
		control_publish(&app, in_options.listen_fd);
		rc = fcgi_in_start(&in, &in_options, e);
	}
	if (rc == 0) {
		be_ready(o);
		wait_for_stop(&signals, &app, log_fd);
		log_note(LOG_INFO, "stop", "draining");
		app.draining = true;
		fcgi_in_stop(in);
		/* A successor may listen while streams here finish. */
		if (in_options.listen_fd != STDIN_FILENO)
			close(in_options.listen_fd);
	}
	app_close(&app, app.settings->grace_seconds * 1000);
	log_note(LOG_INFO, "stop", "ended");
	return rc;
}

/* The socket's folder is made while we are still root, and after the state, in
 * which it may lie: that one is closed. */
static int settle_owner(const struct options *o, const struct settings *s,
			struct err *e)
{
	const char *path = socket_path(o, s);

	if (dirs_make(str_of(s->state_dir), 0700, e) < 0)
		return -1;
	if (path && owner_make_run_dir(path, s->state_dir, e) < 0)
		return -1;
	return owner_become(s->state_dir, e);
}

static int start(struct options *o, struct settings *s)
{
	struct err e;
	int log_fd, rc = -1;

	if (settle_owner(o, s, &e) == 0) {
		log_fd = open_log(s, &e);
		if (log_fd >= 0 && geteuid() == 0)
			log_note(LOG_WARN, "start",
				 "runs as root: give %s to a user of its own, "
				 "as llmrelay-setup does",
				 s->state_dir);
		if (log_fd >= 0)
			rc = run(o, s, log_fd, &e);
	}
	if (rc < 0)
		tell(o, e.message);
	return rc;
}

static int check(const struct options *o, const struct settings *s)
{
	struct buf report = BUF_INIT(REPORT_BYTES);
	const char *path = socket_path(o, s);
	struct err e;
	int rc = owner_become(s->state_dir, &e);

	if (rc < 0)
		tell(o, e.message);
	else
		rc = preflight(s, path, &report);
	tell_lines(o, &report);
	buf_release(&report);
	if (rc == 0)
		printf("%s is right\nstate_dir = %s\nsocket = %s\n",
		       o->config ? o->config : "the built-in configuration",
		       s->state_dir, path ? path : "descriptor 0");
	return rc;
}

/* Below a cgi-bin anybody could ask for it, and each would wait for the state.
 */
static bool is_cgi(void)
{
	const char *gateway = getenv("GATEWAY_INTERFACE");

	return gateway && gateway[0] && !is_listening(STDIN_FILENO);
}

static int refuse_cgi(void)
{
	fputs("Status: 403 Forbidden\r\nContent-Type: text/plain\r\n\r\n"
	      "This program is not for browsers.\n",
	      stdout);
	fputs("llmrelay.fcgi: is no CGI program; let the web server call "
	      "llmrelay.cgi\n",
	      stderr);
	return 1;
}

int main(int argc, char **argv)
{
	struct buf report = BUF_INIT(REPORT_BYTES);
	struct options o = {NULL, NULL, NULL, -1, false};
	struct settings s;
	struct err e;
	int rc;

	if (is_cgi())
		return refuse_cgi();
	rc = parse(argc, argv, &o);
	if (rc)
		return rc - 1;
	if (!o.config)
		o.config = settings_default_file();
	rc = settings_read(&s, o.config, o.state, &report, &e);
	if (rc < 0)
		tell_lines(&o, &report);
	buf_release(&report);
	if (rc < 0)
		return EXIT_USAGE;
	rc = o.check ? check(&o, &s) : start(&o, &s);
	settings_release(&s);
	return rc < 0 ? 1 : 0;
}
