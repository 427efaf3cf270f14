#include "bridge/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/dirs.h"
#include "bridge/environment.h"

enum {
	MAX_FD = 65536,
	ENTRY_BYTES = 8192, /* of the new program's environment */
	REPORT_FD = 3,	    /* of the new program: --report-fd */
	FD_ABOVE = 10,	    /* where descriptors wait for their places */
	WORDS_BYTES = 4096
};

/* in the new process ------------------------------------------------------ */

/* said becomes REPORT_FD; the others are standard input, output and error. */
static void set_descriptors(const char *log, int said)
{
	int null = open("/dev/null", O_RDWR);
	int out = null;

	if (log[0]) {
		dirs_make(dirs_parent(str_of(log)), 0750, NULL);
		out = open(log, O_WRONLY | O_APPEND | O_CREAT, 0640);
	}

	if (out < 0)
		out = null;
	dup2(null, 0);
	dup2(out, 1);
	dup2(out, 2);
	dup2(said, REPORT_FD);
}

static void close_others_on_exec(void)
{
	struct rlimit limit;
	int end = MAX_FD;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < MAX_FD)
		end = (int)limit.rlim_cur;
	for (int fd = REPORT_FD + 1; fd < end; fd++)
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
			     int failed, int said)
{
	static const char *const kept[] = {"PATH", "TZ", "LANG"};
	char entry[3][ENTRY_BYTES], *clean[4];
	char *argv[] = {s->responder, "--socket", s->socket, "--report-fd",
			"3",	      NULL,	  NULL,	     NULL};
	size_t n = 0;
	int why;

	if (s->config[0]) {
		argv[5] = "--config";
		argv[6] = s->config;
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
	/* Out of the way of 0 to REPORT_FD. */
	failed = fcntl(failed, F_DUPFD_CLOEXEC, FD_ABOVE);
	said = fcntl(said, F_DUPFD_CLOEXEC, FD_ABOVE);
	setsid();
	umask(077);
	set_descriptors(s->log, said);
	close_others_on_exec();
	reset_signals();
	if (chdir("/") == 0)
		execve(s->responder, argv, clean);
	why = errno;
	if (write(failed, &why, sizeof(why)) < 0)
		_exit(126);
	_exit(127);
}

/* starting ---------------------------------------------------------------- */

static int fail(const struct settings *s, int why, struct err *e)
{
	return err_set(e, ERR_UNAVAILABLE, "cannot start %s: %s", s->responder,
		       strerror(why));
}

/* 0 once the program runs; else why it does not.  The end of the pipe closes
 * when it runs. */
static int await_exec(int failed)
{
	int why;
	ssize_t n;

	do
		n = read(failed, &why, sizeof(why));
	while (n < 0 && errno == EINTR);
	return n == sizeof(why) ? why : 0;
}

static int run(const struct settings *s, char *const *env, struct spawned *out,
	       const int failed[2], const int said[2], struct err *e)
{
	int why;

	out->pid = fork();
	if (out->pid == 0)
		become_responder(s, env, failed[1], said[1]);
	why = errno;
	close(failed[1]);
	close(said[1]);
	if (out->pid > 0)
		why = await_exec(failed[0]);
	close(failed[0]);
	if (why == 0 && fcntl(said[0], F_SETFL, O_NONBLOCK) == 0) {
		out->said = said[0];
		return 0;
	}
	close(said[0]);
	if (out->pid > 0)
		waitpid(out->pid, NULL, 0);
	return fail(s, why, e);
}

int spawn_responder(const struct settings *s, char *const *env,
		    struct spawned *out, struct err *e)
{
	int failed[2], said[2], why;

	*out = (struct spawned){0, -1};
	if (pipe2(failed, O_CLOEXEC) < 0)
		return fail(s, errno, e);
	if (pipe2(said, O_CLOEXEC) == 0)
		return run(s, env, out, failed, said, e);
	why = errno;
	close(failed[0]);
	close(failed[1]);
	return fail(s, why, e);
}

void spawn_last_words(const struct spawned *p, struct buf *out)
{
	char bytes[WORDS_BYTES];
	ssize_t n = read(p->said, bytes, sizeof(bytes));
	struct str rest = {bytes, n > 0 ? (size_t)n : 0}, last = STR_NONE;

	while (rest.n) {
		struct str line = str_trim(str_cut(&rest, '\n'));

		if (line.n)
			last = line;
	}
	if (last.n) {
		buf_adds(out, ": ");
		buf_addstr(out, last);
	}
}
