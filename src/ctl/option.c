#include "ctl/option.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/nearest.h"
#include "ctl/ctl.h"

static int set_config(struct ctl *c, const struct ctl_option *o,
		      const char *value)
{
	(void)o;
	c->config_path = value;
	return CTL_OK;
}

static int set_state(struct ctl *c, const struct ctl_option *o,
		     const char *value)
{
	(void)o;
	c->state_dir = value;
	return CTL_OK;
}

static int set_timeout(struct ctl *c, const struct ctl_option *o,
		       const char *value)
{
	int64_t seconds;

	if (str_to_i64(str_of(value), 1, 86400, &seconds) < 0)
		return ctl_usage("%s takes seconds, from 1 to 86400", o->name);
	c->timeout_ms = seconds * 1000;
	return CTL_OK;
}

static int set_json(struct ctl *c, const struct ctl_option *o,
		    const char *value)
{
	(void)o, (void)value;
	c->json = true;
	return CTL_OK;
}

static int set_help(struct ctl *c, const struct ctl_option *o,
		    const char *value)
{
	(void)o, (void)value;
	c->help = true;
	return CTL_OK;
}

static int set_version(struct ctl *c, const struct ctl_option *o,
		       const char *value)
{
	(void)o, (void)value;
	c->version = true;
	return CTL_OK;
}

/* Every command takes these, and they may stand in front of it. */
static const struct ctl_option general[] = {
    {"--config", "FILE", NULL, set_config,
     "configuration ($LLMRELAY_CONFIG, else " CONFIG_FILE ")"},
    {"--state", "DIR", NULL, set_state,
     "folder of the database, instead of state_dir"},
    {"--timeout", "SECONDS", NULL, set_timeout,
     "longest wait for an answer (60)"},
    {"--json", NULL, NULL, set_json, "print the data, for scripts"},
    {"--help", NULL, NULL, set_help, "explain the command"},
    {"--version", NULL, NULL, set_version, "print the version"},
};
enum { GENERAL = sizeof(general) / sizeof(general[0]) };

static const struct ctl_option *find_in(const struct ctl_option *options,
					size_t n, struct str name)
{
	for (size_t i = 0; i < n; i++) {
		if (str_is(name, options[i].name))
			return &options[i];
	}
	return NULL;
}

static const struct ctl_option *find(const struct ctl *c, struct str name)
{
	const struct ctl_option *o = NULL;

	if (c->command)
		o = find_in(c->command->options, c->command->noptions, name);
	return o ? o : find_in(general, GENERAL, name);
}

static int unknown(const struct ctl *c, struct str name)
{
	struct nearest near = {.given = name};

	for (size_t i = 0; c->command && i < c->command->noptions; i++)
		nearest_offer(&near, c->command->options[i].name);
	for (size_t i = 0; i < GENERAL; i++)
		nearest_offer(&near, general[i].name);
	if (near.name)
		return ctl_usage("unknown option %.*s; do you mean %s?",
				 STR_ARG(name), near.name);
	return ctl_usage("unknown option %.*s", STR_ARG(name));
}

/* "--name value" or "--name=value"; *i moves to the last word taken. */
static int take(struct ctl *c, int argc, char **argv, int *i)
{
	struct str value = str_of(argv[*i]);
	struct str name = str_cut(&value, '=');
	const struct ctl_option *o = find(c, name);
	bool joined = strchr(argv[*i], '=') != NULL;

	if (!o)
		return unknown(c, name);
	if (!o->value && joined)
		return ctl_usage("%s takes no value", o->name);
	if (!o->value)
		return o->set(c, o, NULL);
	if (joined)
		return o->set(c, o, value.n ? value.p : "");
	if (*i + 1 == argc)
		return ctl_usage("%s needs a value: %s", o->name, o->value);
	return o->set(c, o, argv[++*i]);
}

int ctl_options_parse(struct ctl *c, int argc, char **argv, bool leading)
{
	bool over = false;
	int i, kept = 0, rc;

	for (i = 0; i < argc; i++) {
		if (over || argv[i][0] != '-' || !argv[i][1]) {
			if (leading)
				break;
			argv[kept++] = argv[i];
		} else if (strcmp(argv[i], "--") == 0) {
			over = true;
		} else {
			rc = take(c, argc, argv, &i);
			if (rc != CTL_OK)
				return rc;
		}
	}
	c->argv = leading ? argv + i : argv;
	c->argc = leading ? argc - i : kept;
	return CTL_OK;
}

void ctl_options_help(const struct ctl_option *options, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct ctl_option *o = &options[i];
		int width = printf("  %s%s%s", o->name, o->value ? " " : "",
				   o->value ? o->value : "");

		if (width > 27)
			printf("\n%*s", 28, "");
		else
			printf("%*s", 28 - width, "");
		printf("%s\n", o->help);
	}
}

void ctl_options_help_general(void)
{
	ctl_options_help(general, GENERAL);
}
