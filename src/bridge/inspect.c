#include "bridge/inspect.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bridge/responder.h"
#include "bridge/settings.h"

const char inspect_help[] =
    "llmrelay.cgi is a CGI program: a web server runs it for each request. It\n"
    "passes the request to the responder, llmrelay.fcgi, which it starts when "
    "it\n"
    "is not running. Its settings are in llmrelay-cgi.conf beside it.\n"
    "\n"
    "usage: llmrelay.cgi --check    are the settings right, does the "
    "responder\n"
    "                               listen, and could this user start it?\n"
    "       llmrelay.cgi --help\n"
    "       llmrelay.cgi --version\n"
    "\n"
    "Run --check as the user that the web server runs CGI programs as, for\n"
    "example: setpriv --reuid=www-data --regid=www-data --clear-groups \\\n"
    "           .../llmrelay.cgi --check\n"
    "Manual: llmrelay.cgi(8). README: Under your own web server.\n";

/* What llmrelay.fcgi --check says goes to our own descriptors. */
static int check_responder(const struct settings *s, char *const *env)
{
	char *argv[] = {s->responder, "--check", "--socket", s->socket,
			NULL,	      NULL,	 NULL};
	int status = 0;
	pid_t pid;

	if (s->config[0]) {
		argv[4] = "--config";
		argv[5] = s->config;
	}
	pid = fork();
	if (pid == 0) {
		dup2(STDERR_FILENO, STDOUT_FILENO);
		execve(s->responder, argv, env);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

static int inspect_start(const struct settings *s, char *const *env,
			 struct buf *out)
{
	if (access(s->responder, X_OK) < 0) {
		buf_addf(out, "FAILED     cannot run %s: %s\n", s->responder,
			 strerror(errno));
		return -1;
	}
	if (check_responder(s, env) < 0) {
		buf_adds(out, "FAILED     this user could not start the "
			      "responder: the reason is above\n");
		return -1;
	}
	buf_adds(out, "right      the first request starts the responder\n");
	return 0;
}

static int inspect_settings(const struct settings *s, char *const *env,
			    struct buf *out)
{
	const struct passwd *me = getpwuid(geteuid());
	int fd, why;

	buf_addf(out, "user       %s\n", me ? me->pw_name : "without a name");
	buf_addf(out, "settings   %s\n",
		 s->file[0] ? s->file : "no file: the built-in ones");
	buf_addf(out, "config     %s\n",
		 s->config[0] ? s->config : "the responder's own default");
	buf_addf(out, "responder  %s\nsocket     %s\nlog        %s\n",
		 s->responder, s->socket, s->log[0] ? s->log : "none");
	fd = responder_try(s->socket);
	why = errno;
	if (fd >= 0) {
		close(fd);
		buf_adds(out, "right      the responder listens\n");
		return 0;
	}
	buf_addf(out, "nobody     on the socket: %s\n", strerror(why));
	if (why == EACCES) {
		buf_adds(out, "FAILED     this user may not open the socket; "
			      "the web server must be in its group\n");
		return -1;
	}
	return inspect_start(s, env, out);
}

int inspect(char *const *env, struct buf *out)
{
	struct settings settings;
	struct err e;
	int rc = settings_load(&settings, env, &e);

	if (rc < 0)
		buf_addf(out, "FAILED     %s\n", e.message);
	else
		rc = inspect_settings(&settings, env, out);
	settings_release(&settings);
	return rc;
}
