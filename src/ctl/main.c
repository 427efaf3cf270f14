#include "ctl/ctl.h"

#include <errno.h>
#include <grp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"

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

const char *ctl_one(struct ctl *c, const char *what)
{
	if (c->argc == 1 && c->argv[0][0] != '-')
		return c->argv[0];
	ctl_usage("expected %s and nothing else", what);
	return NULL;
}

const char *ctl_time(int64_t wall_ms, char out[32])
{
	time_t t = (time_t)(wall_ms / 1000);
	struct tm tm;

	if (wall_ms <= 0)
		return "never";
	gmtime_r(&t, &tm);
	strftime(out, 32, "%Y-%m-%d %H:%M:%SZ", &tm);
	return out;
}

static int help(void)
{
	puts("usage: llmrelayctl [--config FILE] COMMAND ...\n"
	     "\n"
	     "Manages an llmrelay installation from its own machine.\n");
	for (size_t i = 0; i < ctl_ncommands; i++) {
		const struct ctl_command *x = &ctl_commands[i];

		printf("  %s %s%s%s\n        %s\n", x->group, x->verb,
		       x->arguments[0] ? " " : "", x->arguments, x->help);
	}
	puts("\n"
	     "  --config FILE  configuration (default: $LLMRELAY_CONFIG, else\n"
	     "                 " CONFIG_FILE " if it exists)\n"
	     "  --help         this text\n"
	     "  --version      the version\n"
	     "\n"
	     "First steps, while the responder is stopped (as root, the "
	     "command\n"
	     "becomes the owner of state_dir):\n"
	     "  llmrelayctl admin create root    # then log in at /admin-next\n"
	     "  llmrelayctl key create laptop    # for ANTHROPIC_API_KEY\n"
	     "While the responder runs it owns the database: use the pages at\n"
	     "/admin-next or the JSON under /admin instead.\n"
	     "\n"
	     "Exit codes: 0 done, 1 failed, 2 wrong usage.");
	return CTL_OK;
}

static const struct ctl_command *find(const char *group, const char *verb)
{
	for (size_t i = 0; i < ctl_ncommands; i++) {
		if (strcmp(ctl_commands[i].group, group) == 0 &&
		    strcmp(ctl_commands[i].verb, verb) == 0)
			return &ctl_commands[i];
	}
	return NULL;
}

/*
 * Run by root for a responder that is not: what is made must be the
 * responder's, or it could not open its own database afterwards.
 */
static int become_owner(const char *state_dir, struct err *e)
{
	struct stat st;

	if (geteuid() != 0 || stat(state_dir, &st) < 0 || st.st_uid == 0)
		return 0;
	if (setgroups(0, NULL) < 0 || setgid(st.st_gid) < 0 ||
	    setuid(st.st_uid) < 0)
		return err_set(e, ERR_INTERNAL,
			       "cannot become the owner of %s: %s", state_dir,
			       strerror(errno));
	return 0;
}

static int run_with_store(struct ctl *c, const struct ctl_command *command)
{
	struct err e;
	int rc;

	if (app_open_store(&c->app, &c->settings, &e) < 0) {
		rc = ctl_fail(&e);
		if (e.kind == ERR_UNAVAILABLE)
			fputs("The responder is running and owns the "
			      "database. Use /admin-next or the JSON under "
			      "/admin, or stop it,\nrun this command, and "
			      "start it again.\n",
			      stderr);
	} else {
		rc = command->run(c);
	}
	app_close(&c->app, 0);
	return rc;
}

static int run(struct ctl *c, const struct ctl_command *command)
{
	struct err e;
	int rc;

	/* A check reads the file itself, to report on it. */
	if (!command->needs_store)
		return command->run(c);
	if (settings_load(&c->settings, c->config_path, NULL, &e) < 0)
		return ctl_fail(&e);
	if (become_owner(c->settings.state_dir, &e) < 0)
		rc = ctl_fail(&e);
	else
		rc = run_with_store(c, command);
	settings_release(&c->settings);
	return rc;
}

static const char *default_config(void)
{
	const char *path = getenv("LLMRELAY_CONFIG");

	if (path && path[0])
		return path;
	return access(CONFIG_FILE, F_OK) == 0 ? CONFIG_FILE : NULL;
}

int main(int argc, char **argv)
{
	struct ctl c = {.config_path = default_config()};
	const struct ctl_command *command;
	int i = 1;

	log_init(STDERR_FILENO, LOG_WARN);
	for (; i < argc && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "--help") == 0)
			return help();
		if (strcmp(argv[i], "--version") == 0) {
			puts("llmrelayctl " PACKAGE_VERSION);
			return CTL_OK;
		}
		if (strcmp(argv[i], "--config") != 0)
			return ctl_usage("unknown option %s", argv[i]);
		if (++i == argc)
			return ctl_usage("--config needs a file");
		c.config_path = argv[i];
	}
	if (argc - i == 1 && strcmp(argv[i], "help") == 0)
		return help();
	if (argc - i < 2)
		return ctl_usage("expected a command, such as admin create");
	command = find(argv[i], argv[i + 1]);
	if (!command)
		return ctl_usage("unknown command %s %s", argv[i], argv[i + 1]);
	c.argc = argc - i - 2;
	c.argv = argv + i + 2;
	return run(&c, command);
}
