#include "bridge/responder.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fcgi.h"
#include "bridge/environment.h"

enum {
	WAIT_FIRST_MS = 2, /* between attempts; doubles up to the longest */
	WAIT_LONGEST_MS = 100,
	MAX_FD = 65536,
	ENTRY_BYTES = 8192 /* of the new program's environment */
};

static int fail(struct err *e, const char *what, const char *path, int why)
{
	return err_set(e, ERR_UNAVAILABLE, "%s %s: %s", what, path,
		       strerror(why));
}

static int try_connect(const char *path)
{
	return fcgi_connect(path, RESPONDER_WAIT_MS);
}

/* in the new process ------------------------------------------------------ */

static void set_descriptors(const char *log)
{
	int null = open("/dev/null", O_RDWR);
	int out =
	    log[0] ? open(log, O_WRONLY | O_APPEND | O_CREAT, 0640) : null;

	if (out < 0)
		out = null;
	dup2(null, 0);
	dup2(out, 1);
	dup2(out, 2);
}

static void close_others_on_exec(void)
{
	struct rlimit limit;
	int end = MAX_FD;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < MAX_FD)
		end = (int)limit.rlim_cur;
	for (int fd = 3; fd < end; fd++)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
}

static void reset_signals(void)
{
	static const int numbers[] = {SIGPIPE, SIGCHLD, SIGHUP, SIGTERM,
				      SIGINT,  SIGUSR1, SIGUSR2};
	sigset_t none;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		signal(numbers[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Never returns.  The request's environment holds credentials and would make
 * the responder take itself for a CGI program: it gets a clean one. */
static void become_responder(const struct settings *s, char *const *env,
			     int report)
{
	static const char *const kept[] = {"PATH", "TZ", "LANG"};
	char entry[3][ENTRY_BYTES], *clean[4];
	char *argv[6] = {s->responder, "--socket", s->socket};
	size_t n = 0;
	int why;

	if (s->config[0]) {
		argv[3] = "--config";
		argv[4] = s->config;
	}
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		struct buf text = BUF_INIT(ENTRY_BYTES - 1);
		const char *value = environment_value(env, kept[i]);

		buf_addf(&text, "%s=%s", kept[i], value);
		if (value[0] && buf_ok(&text)) {
			memcpy(entry[n], text.data, text.len + 1);
			clean[n] = entry[n];
			n++;
		}
		buf_release(&text);
	}
	clean[n] = NULL;
	setsid();
	umask(077);
	set_descriptors(s->log);
	close_others_on_exec();
	reset_signals();
	if (chdir("/") == 0)
		execve(s->responder, argv, clean);
	why = errno;
	if (write(report, &why, sizeof(why)) < 0)
		_exit(126);
	_exit(127);
}

/* starting ---------------------------------------------------------------- */

/* Starts the program; *child is its process id.  -1 when it cannot be run. */
static int spawn(const struct settings *s, char *const *env, pid_t *child,
		 struct err *e)
{
	int report[2], why;
	ssize_t n;

	if (pipe2(report, O_CLOEXEC) < 0)
		return fail(e, "cannot start", s->responder, errno);
	*child = fork();
	if (*child == 0)
		become_responder(s, env, report[1]);
	why = errno;
	close(report[1]);
	if (*child < 0) {
		close(report[0]);
		return fail(e, "cannot start", s->responder, why);
	}
	/* The end of the pipe closes when the program runs. */
	do
		n = read(report[0], &why, sizeof(why));
	while (n < 0 && errno == EINTR);
	close(report[0]);
	if (n == sizeof(why)) {
		waitpid(*child, NULL, 0);
		return fail(e, "cannot start", s->responder, why);
	}
	return 0;
}

static int open_lock(const struct settings *s, struct err *e)
{
	struct buf path = BUF_INIT(8192);
	int fd;

	buf_addf(&path, "%s.lock", s->socket);
	fd = open(path.data, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		fail(e, "cannot open", path.data, errno);
	buf_release(&path);
	return fd;
}

struct starter {
	const struct settings *settings;
	char *const *env;
	int lock;    /* descriptor of the lock file */
	bool locked; /* it is ours */
	pid_t child; /* that we started; 0: none yet */
};

/* Ours to start, if we hold the lock and still nobody listens. */
static int start_if_first(struct starter *st, struct err *e)
{
	int status;

	if (st->child) {
		if (waitpid(st->child, &status, WNOHANG) != st->child)
			return 0;
		return err_set(e, ERR_UNAVAILABLE, "%s ended at once, %s %d",
			       st->settings->responder,
			       WIFEXITED(status) ? "exit status" : "signal",
			       WIFEXITED(status) ? WEXITSTATUS(status)
						 : WTERMSIG(status));
	}
	if (!st->locked) {
		/* The next attempt to connect decides: the one who held the
		 * lock before may have been successful. */
		st->locked = flock(st->lock, LOCK_EX | LOCK_NB) == 0;
		return 0;
	}
	return spawn(st->settings, st->env, &st->child, e);
}

static bool is_absent(int why)
{
	return why == ENOENT || why == ECONNREFUSED;
}

static int start_and_connect(struct starter *st, struct err *e)
{
	const char *path = st->settings->socket;
	int64_t deadline = clock_mono_ms() + RESPONDER_WAIT_MS;
	int wait_ms = WAIT_FIRST_MS, rc;

	for (;;) {
		bool was_locked = st->locked;
		int fd = try_connect(path);

		if (fd >= 0)
			return fd;
		if (!is_absent(errno))
			return fail(e, "cannot connect to", path, errno);
		rc = start_if_first(st, e);
		if (rc < 0)
			break;
		if (st->locked != was_locked)
			continue;
		if (clock_mono_ms() > deadline)
			return fail(e, "no answer at", path, ETIMEDOUT);
		poll(NULL, 0, wait_ms);
		if (wait_ms < WAIT_LONGEST_MS)
			wait_ms *= 2;
	}
	/* It may have ended because another one was there before it. */
	return try_connect(path);
}

int responder_connect(const struct settings *s, char *const *env, struct err *e)
{
	struct starter st = {.settings = s, .env = env};
	int fd = try_connect(s->socket);

	if (fd >= 0)
		return fd;
	if (!is_absent(errno))
		return fail(e, "cannot connect to", s->socket, errno);
	if (access(s->responder, X_OK) < 0)
		return fail(e, "nobody listens, and cannot run", s->responder,
			    errno);
	st.lock = open_lock(s, e);
	if (st.lock < 0)
		return -1;
	fd = start_and_connect(&st, e);
	close(st.lock);
	return fd;
}
