/* Finding commands by their words, and what is said about them. */
#ifndef CTL_HELP_H
#define CTL_HELP_H

#include "ctl/ctl.h"

/* How many words name a command, 0: none does. */
size_t help_find(int argc, char **argv, const struct ctl_command **out);
/* Words that name no command: a list of those that may be meant.  CTL_USAGE,
 * but CTL_OK when help was asked for. */
int help_general(int argc, char **argv, bool asked);
int help_command(const struct ctl_command *command);
/* How a command is called; CTL_USAGE. */
int help_usage(const struct ctl_command *command);

#endif
