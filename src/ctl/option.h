/* Options of commands: rows that put a member into the request's body. */
#ifndef CTL_OPTION_H
#define CTL_OPTION_H

#include <stdbool.h>
#include <stddef.h>

struct ctl;
struct ctl_option;

/* CTL_OK, or an exit code after saying why. */
typedef int option_fn(struct ctl *c, const struct ctl_option *o,
		      const char *value);

struct ctl_option {
	const char *name;  /* "--concurrency" */
	const char *value; /* as help names it; NULL: takes none */
	const char *field; /* of the body */
	option_fn *set;
	const char *help;
};

option_fn option_text, option_number, option_yes_no;
option_fn option_amount; /* as 0.5 */
option_fn option_list;	 /* a,b,c; may be repeated; '' is the empty list */
option_fn option_models; /* the same, or name=sent pairs: an object */
option_fn option_date;	 /* 2030-01-31, a time, 30d, 12h, never */
option_fn option_secret_file, option_secret_stdin;
option_fn option_new_secret_stdin; /* on a terminal asked for twice */
option_fn option_set;		   /* FIELD=VALUE or A.B=VALUE, JSON or text */
option_fn option_true;		   /* takes no value */
option_fn option_from;		   /* the whole body from a file */

/*
 * Takes options from *argv on until their end, or only those in front of the
 * first argument, when `leading`; c->argc and c->argv are then what is left.
 */
int ctl_options_parse(struct ctl *c, int argc, char **argv, bool leading);
void ctl_options_help(const struct ctl_option *options, size_t n);
void ctl_options_help_general(void);

#endif
