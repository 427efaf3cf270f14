#include "ctl/help.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/nearest.h"

enum { NAME_BYTES = 40 };

static bool is_verb(const struct ctl_command *x, const char *word)
{
	return strcmp(x->verb, word) == 0 ||
	       (x->alias && strcmp(x->alias, word) == 0);
}

size_t help_find(int argc, char **argv, const struct ctl_command **out)
{
	for (size_t i = 0; i < ctl_ncommands; i++) {
		const struct ctl_command *x = &ctl_commands[i];

		if (argc < 1 || strcmp(x->group, argv[0]) != 0)
			continue;
		*out = x;
		if (!x->verb)
			return 1;
		if (argc > 1 && is_verb(x, argv[1]))
			return 2;
	}
	*out = NULL;
	return 0;
}

/* "key create", in a buffer of NAME_BYTES. */
static const char *name_of(const struct ctl_command *x, char *name)
{
	snprintf(name, NAME_BYTES, "%s%s%s", x->group, x->verb ? " " : "",
		 x->verb ? x->verb : "");
	return name;
}

static void list(FILE *f, const char *group)
{
	char name[NAME_BYTES];

	for (size_t i = 0; i < ctl_ncommands; i++) {
		const struct ctl_command *x = &ctl_commands[i];

		if (!group || strcmp(group, x->group) == 0)
			fprintf(f, "  %-18s  %s\n", name_of(x, name), x->help);
	}
}

static int overview(void)
{
	puts("usage: llmrelayctl [OPTION]... COMMAND [ARGUMENT]...\n"
	     "\n"
	     "Manages an llmrelay installation from its own machine, whether "
	     "its responder\n"
	     "runs or not.  Run it as root or as the owner of state_dir.\n");
	list(stdout, NULL);
	puts("");
	ctl_options_help_general();
	puts(
	    "\n"
	    "'llmrelayctl COMMAND --help' explains a command.  First steps:\n"
	    "  llmrelayctl admin create root         # log in at /admin/login\n"
	    "  llmrelayctl account import models.json\n"
	    "  llmrelayctl key create laptop         # for ANTHROPIC_API_KEY\n"
	    "\n"
	    "Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 the "
	    "responder or the\n"
	    "database cannot be reached.");
	return CTL_OK;
}

static bool is_group(const char *word)
{
	for (size_t i = 0; i < ctl_ncommands; i++) {
		if (strcmp(ctl_commands[i].group, word) == 0)
			return true;
	}
	return false;
}

static void try_all(struct nearest *near, char (*names)[NAME_BYTES],
		    const char *first, const char *second)
{
	char typed[2 * NAME_BYTES];

	snprintf(typed, sizeof(typed), "%s%s%s", first, second[0] ? " " : "",
		 second);
	near->given = str_of(typed);
	for (size_t i = 0; i < ctl_ncommands; i++)
		nearest_offer(near, names[i]);
}

/* The words as typed, or in the other order, or nearly so. */
static void suggest(const char *first, const char *second)
{
	char(*names)[NAME_BYTES] = mem_array(ctl_ncommands, NAME_BYTES);
	struct nearest near = {.name = NULL};

	for (size_t i = 0; i < ctl_ncommands; i++)
		name_of(&ctl_commands[i], names[i]);
	try_all(&near, names, first, second);
	if (second[0])
		try_all(&near, names, second, first);
	near.given = str_of(first);
	for (size_t i = 0; i < ctl_ncommands; i++)
		nearest_offer(&near, ctl_commands[i].group);
	if (near.name)
		fprintf(stderr, "Do you mean 'llmrelayctl %s'?\n", near.name);
	mem_free(names);
}

int help_general(int argc, char **argv, bool asked)
{
	if (argc > 1 && strcmp(argv[1], "--help") == 0)
		asked = true;
	if (argc == 0 && asked)
		return overview();
	if (argc == 0)
		return ctl_usage("expected a command, such as admin create");
	if (is_group(argv[0]) && asked) {
		list(stdout, argv[0]);
		return CTL_OK;
	}
	if (is_group(argv[0]) && argc == 1) {
		fprintf(stderr, "llmrelayctl: %s what?\n", argv[0]);
		list(stderr, argv[0]);
	} else {
		fprintf(stderr, "llmrelayctl: unknown command %s%s%s\n",
			argv[0], argc > 1 ? " " : "", argc > 1 ? argv[1] : "");
		suggest(argv[0], argc > 1 ? argv[1] : "");
	}
	fputs("Try 'llmrelayctl --help'.\n", stderr);
	return CTL_USAGE;
}

static void put_usage(FILE *f, const struct ctl_command *x)
{
	char name[NAME_BYTES];

	fprintf(f, "usage: llmrelayctl %s%s%s%s\n", name_of(x, name),
		x->arguments[0] ? " " : "", x->arguments,
		x->noptions ? " [OPTION]..." : "");
}

int help_usage(const struct ctl_command *command)
{
	put_usage(stderr, command);
	return CTL_USAGE;
}

int help_command(const struct ctl_command *x)
{
	put_usage(stdout, x);
	printf("\n%c%s.\n", toupper(x->help[0]), x->help + 1);
	if (x->more)
		printf("%s\n", x->more);
	if (x->noptions) {
		puts("");
		ctl_options_help(x->options, x->noptions);
	}
	if (x->example)
		printf("\nExample:\n  %s\n", x->example);
	puts("\n'llmrelayctl --help' lists what every command takes.");
	return CTL_OK;
}
