/*
 * llmrelayctl: the operator's own tool.  It opens the store itself, so it works
 * before there is any administrator, and only while the responder is stopped.
 */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include "app/app.h"

enum { CTL_OK, CTL_FAILED, CTL_USAGE }; /* exit codes */

struct ctl {
	const char *config_path; /* NULL: built-in defaults */
	struct settings settings;
	struct app app; /* store and keys, for commands that need them */
	int argc;	/* arguments of the command */
	char **argv;
};

struct ctl_command {
	const char *group, *verb;
	const char *arguments; /* as help shows them */
	const char *help;
	bool needs_store;
	int (*run)(struct ctl *c);
};

extern const struct ctl_command ctl_commands[];
extern const size_t ctl_ncommands;

/* Each prints what went wrong and returns the exit code. */
int ctl_fail(const struct err *e);
int ctl_usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The only argument; NULL after a word about `what` when it is not there. */
const char *ctl_one(struct ctl *c, const char *what);
/* "2026-01-31 12:00:00Z", or "never" for 0. */
const char *ctl_time(int64_t wall_ms, char out[32]);

/* cmd_admin.c, cmd_token.c, cmd_key.c, cmd_config.c */
int ctl_admin_create(struct ctl *c);
int ctl_admin_list(struct ctl *c);
int ctl_admin_passwd(struct ctl *c);
int ctl_token_create(struct ctl *c);
int ctl_token_list(struct ctl *c);
int ctl_key_create(struct ctl *c);
int ctl_key_list(struct ctl *c);
int ctl_config_check(struct ctl *c);
int ctl_config_sample(struct ctl *c);

#endif
