#include "ctl/password.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { MADE_UP = 20 }; /* characters of 62: 119 bits */

static int read_line(FILE *f, const char *from, struct password *out)
{
	struct err e;

	if (!fgets(out->text, sizeof(out->text), f)) {
		err_set(&e, ERR_BAD_REQUEST, "%s: no password", from);
		return ctl_fail(&e);
	}
	out->text[strcspn(out->text, "\r\n")] = '\0';
	return CTL_OK;
}

static int read_file(const char *path, struct password *out)
{
	FILE *f = fopen(path, "r");
	struct err e;
	int rc;

	if (!f) {
		err_set(&e, ERR_BAD_REQUEST, "%s: %s", path, strerror(errno));
		return ctl_fail(&e);
	}
	rc = read_line(f, path, out);
	fclose(f);
	return rc;
}

int password_arguments(struct ctl *c, const char **name, struct password *out)
{
	const char *file = NULL;
	bool from_stdin = false;
	struct err e;
	int rc = CTL_OK;

	*name = NULL;
	*out = (struct password){.made_up = false};
	for (int i = 0; i < c->argc; i++) {
		if (strcmp(c->argv[i], "--password-stdin") == 0)
			from_stdin = true;
		else if (strcmp(c->argv[i], "--password-file") == 0 &&
			 i + 1 < c->argc)
			file = c->argv[++i];
		else if (c->argv[i][0] == '-' || *name)
			return ctl_usage("unexpected argument %s", c->argv[i]);
		else
			*name = c->argv[i];
	}
	if (!*name)
		return ctl_usage("expected the name of an administrator");
	if (file && from_stdin)
		return ctl_usage("--password-file and --password-stdin "
				 "exclude each other");
	if (credential_check_username(str_of(*name), &e) < 0)
		return ctl_fail(&e);
	if (file)
		rc = read_file(file, out);
	else if (from_stdin)
		rc = read_line(stdin, "standard input", out);
	else {
		secret_base62(out->text, MADE_UP);
		out->made_up = true;
	}
	if (rc == CTL_OK &&
	    credential_check_password(str_of(out->text), &e) < 0)
		return ctl_fail(&e);
	return rc;
}
