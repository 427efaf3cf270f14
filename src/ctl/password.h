/* Where a password on the command line comes from. */
#ifndef CTL_PASSWORD_H
#define CTL_PASSWORD_H

#include "admin/credential.h"
#include "ctl/ctl.h"

struct password {
	char text[PASSWORD_MAX + 2];
	bool made_up; /* has to be shown, once */
};

/*
 * Takes NAME and --password-file FILE or --password-stdin from the arguments;
 * without either, makes one up.  The first line of the file counts.  CTL_OK,
 * or an exit code after saying why.
 */
int password_arguments(struct ctl *c, const char **name, struct password *out);

#endif
