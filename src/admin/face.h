/* The three faces of the one account record: what differs between them. */
#ifndef ADMIN_FACE_H
#define ADMIN_FACE_H

#include "store/account.h"
#include "base/str.h"

struct face {
	const char *path;     /* "/admin/azure-openai-accounts" */
	const char *platform; /* word in the JSON */
	const char *label;    /* in messages */
	const char *address_field;
	const char *address_missing; /* message; NULL: there is a default */
	const char *default_address;
	const char *deployment_missing; /* message; NULL: may be absent */
};

const struct face *face_of(enum account_platform platform);
/* By the path of a request below it. */
enum account_platform face_platform(struct str path);

#endif
