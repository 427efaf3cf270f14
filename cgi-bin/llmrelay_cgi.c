/*
 * llmrelay.cgi: for web servers that run nothing but CGI programs.  Hands one
 * request to the responder, which it starts when it is not running.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "bridge/environment.h"
#include "bridge/exchange.h"
#include "bridge/inspect.h"
#include "bridge/refusal.h"
#include "bridge/responder.h"
#include "bridge/settings.h"

enum {
	PARAMS_BYTES = 8 * 1024 * 1024,
	REFUSAL_BYTES = 4096,
	INSPECTION_BYTES = 64 * 1024,
	EXIT_USAGE = 2
};

extern char **environ;

static void refuse(const struct exchange_fds *fds, int64_t body_bytes)
{
	struct buf answer = BUF_INIT(REFUSAL_BYTES);

	refusal_write(&answer,
		      str_of(environment_value(environ, "REQUEST_URI")));
	exchange_refuse(fds, buf_str(&answer), body_bytes);
	buf_release(&answer);
}

static int relay(struct exchange_fds *fds, int64_t body_bytes)
{
	static const char *const ends[] = {
	    [EXCHANGE_NOTHING] = "the responder gave no answer",
	    [EXCHANGE_TORN] = "the responder left in the middle of its answer",
	    [EXCHANGE_GONE] = "the client left",
	};
	struct buf params = BUF_INIT(PARAMS_BYTES);
	enum exchange_end end;

	environment_params(environ, &params);
	end = exchange_run(fds, buf_str(&params), body_bytes);
	buf_release(&params);
	if (end == EXCHANGE_DONE)
		return 0;
	log_note(end == EXCHANGE_GONE ? LOG_DEBUG : LOG_ERROR, "bridge", "%s",
		 ends[end]);
	if (end == EXCHANGE_NOTHING) {
		fds->body = open("/dev/null", O_RDONLY | O_CLOEXEC);
		refuse(fds, 0);
	}
	return 1;
}

/* So that no socket takes the place of a standard descriptor. */
static void open_standard_descriptors(void)
{
	for (int fd = 0; fd < 3; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			open("/dev/null", O_RDWR);
	}
}

/* A web server may make arguments of the query string: only the environment
 * tells who calls. */
static bool is_request(void)
{
	return environment_value(environ, "REQUEST_METHOD")[0] ||
	       environment_value(environ, "GATEWAY_INTERFACE")[0];
}

static int at_shell(int argc, char **argv)
{
	const char *what = argc == 2 ? argv[1] : "";
	struct buf text = BUF_INIT(INSPECTION_BYTES);
	int rc;

	if (strcmp(what, "--version") == 0) {
		puts("llmrelay " PACKAGE_VERSION);
		return 0;
	}
	if (strcmp(what, "--check") != 0) {
		bool asked = strcmp(what, "--help") == 0;

		fputs(inspect_help, asked ? stdout : stderr);
		return asked ? 0 : EXIT_USAGE;
	}
	rc = inspect(environ, &text);
	fwrite(text.data, 1, text.len, stdout);
	buf_release(&text);
	return rc < 0 ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct str length =
	    str_of(environment_value(environ, "CONTENT_LENGTH"));
	struct exchange_fds fds = {.body = 0, .answer = 1, .responder = -1};
	int64_t body_bytes = -1;
	struct settings settings;
	struct err e;
	int rc = 1;

	open_standard_descriptors();
	if (!is_request())
		return at_shell(argc, argv);
	signal(SIGPIPE, SIG_IGN);
	str_to_i64(length, 0, INT64_MAX, &body_bytes);
	if (settings_load(&settings, environ, &e) == 0)
		fds.responder = responder_connect(&settings, environ, &e);
	if (fds.responder >= 0) {
		rc = relay(&fds, body_bytes);
	} else {
		log_note(LOG_ERROR, "bridge", "%s", e.message);
		refuse(&fds, body_bytes);
	}
	settings_release(&settings);
	return rc;
}
