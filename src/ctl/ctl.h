/*
 * llmrelayctl: the operator's own tool.  A command builds the request that the
 * administrators' pages would make, gets the answer and prints it; whether a
 * responder runs or not is ctl_call()'s business alone.
 */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include "app/settings.h"
#include "base/json.h"
#include "ctl/option.h"
#include "ctl/print.h"

/* Exit codes. */
enum { CTL_OK, CTL_FAILED, CTL_USAGE, CTL_UNREACHABLE };

struct ctl_command;
struct link;

struct ctl {
	const char *config_path; /* NULL: built-in defaults */
	const char *state_dir;	 /* NULL: as configured */
	int64_t timeout_ms;	 /* of one answer */
	bool json;		 /* print data for scripts */
	bool help, version;
	const struct ctl_command *command;
	int argc; /* arguments of the command that are no options */
	char **argv;
	cJSON *body; /* an object: what the options say */
	struct settings settings;
	struct link *link; /* NULL before the first call */
};

struct ctl_command {
	const char *group, *verb; /* verb NULL: a command of one word */
	const char *alias;	  /* another name for verb; or NULL */
	const char *arguments;	  /* as help shows them */
	const char *help;	  /* one line */
	const char *more;	  /* what else there is to know; or NULL */
	const char *example;
	const struct ctl_option *options;
	size_t noptions;
	int min, max; /* number of arguments */
	bool local;   /* reads the configuration itself */
	int (*run)(struct ctl *c);
};

extern const struct ctl_command ctl_commands[];
extern const size_t ctl_ncommands;

/* Each prints what went wrong and returns the exit code. */
int ctl_fail(const struct err *e);
int ctl_usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * A request of an administrator.  CTL_OK with *answer filled (cJSON_Delete), or
 * the exit code after saying why.  body is borrowed; NULL: none.
 */
int ctl_call(struct ctl *c, const char *method, const char *path,
	     const cJSON *body, cJSON **answer);
/* The same for one where only the data counts: *data is to be deleted. */
int ctl_get(struct ctl *c, const char *path, cJSON **data);
/* What an answer remarks on a request that it took. */
void ctl_remark(const cJSON *answer);
/* A request, whose data is printed if they are wanted; else says `done`. */
int ctl_do(struct ctl *c, const char *method, const char *path,
	   const cJSON *body, const char *done);
/* The list at path: as a table for people, whole as JSON. */
int ctl_show_list(struct ctl *c, const char *path, const struct column *columns,
		  size_t n);

#endif
