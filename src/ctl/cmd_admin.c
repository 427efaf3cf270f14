#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/secret.h"
#include "ctl/cmd.h"
#include "ctl/input.h"
#include "ctl/path.h"
#include "ctl/print.h"

enum { MADE_UP = 20 }; /* characters of 62: 119 bits */

static const struct column columns[] = {
    {"NAME", "username", COLUMN_PLAIN},
    {"CREATED", "createdAt", COLUMN_TIME},
    {"CHANGED", "updatedAt", COLUMN_TIME},
};

/* The member "password" of the body: by an option, else typed, else made up and
 * then to be shown: *made_up. */
static int need_password(struct ctl *c, bool *made_up)
{
	char text[MADE_UP + 1];
	struct buf typed;
	struct err e;

	*made_up = false;
	if (cJSON_GetObjectItemCaseSensitive(c->body, "password"))
		return CTL_OK;
	if (isatty(STDIN_FILENO)) {
		int rc = input_new_secret("password (empty: one is made up)",
					  &typed, &e);

		if (rc == 0 && typed.len)
			cJSON_AddStringToObject(c->body, "password",
						typed.data);
		*made_up = rc == 0 && !typed.len;
		input_wipe(&typed);
		if (rc < 0)
			return ctl_fail(&e);
		if (!*made_up)
			return CTL_OK;
	}
	*made_up = true;
	secret_base62(text, MADE_UP);
	cJSON_AddStringToObject(c->body, "password", text);
	secret_wipe(text, sizeof(text));
	return CTL_OK;
}

/* For scripts the password that was made up is part of the data. */
static int finish(struct ctl *c, cJSON *answer, const char *what, bool made_up)
{
	const char *password = json_string_or(c->body, "password", "");
	cJSON *data = cJSON_GetObjectItemCaseSensitive(answer, "data");

	if (c->json) {
		if (made_up)
			cJSON_AddStringToObject(data, "password", password);
		print_json(data);
	} else {
		printf("%s administrator %s\n", what, c->argv[0]);
		if (made_up)
			printf("password: %s\n"
			       "It is not shown again and not stored in "
			       "clear.\n",
			       password);
	}
	cJSON_Delete(answer);
	return CTL_OK;
}

int ctl_admin_create(struct ctl *c)
{
	cJSON *answer;
	bool made_up;
	int rc = need_password(c, &made_up);

	if (rc != CTL_OK)
		return rc;
	cJSON_AddStringToObject(c->body, "username", c->argv[0]);
	rc = ctl_call(c, "POST", "/admin/admins", c->body, &answer);
	return rc == CTL_OK ? finish(c, answer, "created", made_up) : rc;
}

int ctl_admin_password(struct ctl *c)
{
	char *path = path_of("/admin/admins/%s/password", c->argv[0], NULL);
	cJSON *answer;
	bool made_up;
	int rc = need_password(c, &made_up);

	if (rc == CTL_OK)
		rc = ctl_call(c, "PUT", path, c->body, &answer);
	if (rc == CTL_OK)
		rc = finish(c, answer, "new password for", made_up);
	mem_free(path);
	return rc;
}

int ctl_admin_list(struct ctl *c)
{
	return ctl_show_list(c, "/admin/admins", columns,
			     sizeof(columns) / sizeof(columns[0]));
}

int ctl_admin_delete(struct ctl *c)
{
	char *path = path_of("/admin/admins/%s", c->argv[0], NULL);
	int rc = ctl_do(c, "DELETE", path, NULL, "deleted");

	mem_free(path);
	return rc;
}

/* Alone on standard output, as all that is shown once. */
int ctl_admin_code(struct ctl *c)
{
	const cJSON *data;
	cJSON *answer;
	int rc = ctl_call(c, "POST", "/admin/setup-code", NULL, &answer);

	if (rc != CTL_OK)
		return rc;
	data = cJSON_GetObjectItemCaseSensitive(answer, "data");
	if (c->json) {
		print_json(data);
	} else {
		print_line(json_string_or(data, "code", ""));
		fputs("Open /admin-next/ of the relay in a browser and make "
		      "the first administrator with\nit.  It works once, for "
		      "30 minutes.\n",
		      stderr);
	}
	cJSON_Delete(answer);
	return CTL_OK;
}
