#include "ctl/ctl.h"

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/secret.h"
#include "ctl/help.h"
#include "ctl/link.h"

enum { TIMEOUT_MS = 60000 };

int ctl_usage(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("llmrelayctl: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputs("\nTry 'llmrelayctl --help'.\n", stderr);
	va_end(ap);
	return CTL_USAGE;
}

int ctl_fail(const struct err *e)
{
	fprintf(stderr, "llmrelayctl: %s\n", e->message);
	return CTL_FAILED;
}

static int run_with_settings(struct ctl *c)
{
	struct err e;
	int rc;

	if (settings_load(&c->settings, c->config_path, c->state_dir, &e) < 0)
		return ctl_fail(&e);
	rc = c->command->run(c);
	link_close(c->link);
	settings_release(&c->settings);
	return rc;
}

static int run(struct ctl *c)
{
	const struct ctl_command *command = c->command;
	struct err e;

	if (c->argc < command->min || c->argc > command->max)
		return help_usage(command);
	/* A check reads the file itself, to report on it. */
	if (command->local)
		return command->run(c);
	if (secret_start(&e) < 0)
		return ctl_fail(&e);
	return run_with_settings(c);
}

static int start(struct ctl *c, int argc, char **argv)
{
	size_t words;
	int rc = ctl_options_parse(c, argc, argv, true);

	if (rc != CTL_OK)
		return rc;
	if (c->version) {
		puts("llmrelayctl " PACKAGE_VERSION);
		return CTL_OK;
	}
	if (c->argc && strcmp(c->argv[0], "help") == 0) {
		c->help = true;
		c->argc--;
		c->argv++;
	}
	words = help_find(c->argc, c->argv, &c->command);
	if (!words)
		return help_general(c->argc, c->argv, c->help);
	rc = ctl_options_parse(c, c->argc - (int)words, c->argv + words, false);
	if (rc != CTL_OK)
		return rc;
	return c->help ? help_command(c->command) : run(c);
}

/* Tables want to know how wide characters are, whatever the locale. */
static void set_locale(void)
{
	if (!setlocale(LC_CTYPE, "") || MB_CUR_MAX == 1)
		setlocale(LC_CTYPE, "C.UTF-8");
}

static int finish_output(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return CTL_OK;
	if (errno != EPIPE)
		fprintf(stderr, "llmrelayctl: cannot write the output: %s\n",
			strerror(errno));
	return CTL_FAILED;
}

int main(int argc, char **argv)
{
	struct ctl c = {.config_path = settings_default_file(),
			.timeout_ms = TIMEOUT_MS,
			.body = cJSON_CreateObject()};
	int rc;

	log_init(STDERR_FILENO, LOG_WARN);
	/* A reader that leaves must not leave the database open. */
	signal(SIGPIPE, SIG_IGN);
	set_locale();
	rc = start(&c, argc - 1, argv + 1);
	cJSON_Delete(c.body);
	return rc == CTL_OK ? finish_output() : rc;
}
