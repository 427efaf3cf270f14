#include "admin/admin_body.h"

#include <string.h>

#include "admin/credential.h"
#include "admin/session.h"
#include "base/mem.h"

enum { TEXT_MAX = 4096 };

int admin_check_name(const char *username, struct err *e)
{
	if (credential_check_username(str_of(username), e) < 0)
		return -1;
	if (strchr(username, '/') || strcmp(username, ".") == 0 ||
	    strcmp(username, "..") == 0)
		return err_set(e, ERR_BAD_REQUEST,
			       "username must have no slash, and is not . or "
			       "..: it is part of addresses");
	if (strcmp(username, SESSION_OPERATOR) == 0 ||
	    strncmp(username, SESSION_TOKEN_PREFIX,
		    strlen(SESSION_TOKEN_PREFIX)) == 0)
		return err_set(e, ERR_BAD_REQUEST,
			       "username: %s is reserved, and so are names "
			       "that begin with %s",
			       SESSION_OPERATOR, SESSION_TOKEN_PREFIX);
	return 0;
}

int admin_read_name(const cJSON *body, struct admin *a, struct err *e)
{
	char *name = NULL;
	int rc = json_read_string(body, "username", TEXT_MAX, &name, e);

	if (rc == 0 && !name)
		rc = err_set(e, ERR_BAD_REQUEST, "username is required");
	if (rc == 0)
		rc = admin_check_name(name, e);
	if (rc == 0)
		str_put(a->username, sizeof(a->username), str_of(name));
	mem_free(name);
	return rc;
}

int admin_read_password(const cJSON *body, struct admin *a, struct err *e)
{
	char *password = NULL;
	int rc = json_read_string(body, "password", TEXT_MAX, &password, e);

	if (rc == 0 && !password)
		rc = err_set(e, ERR_BAD_REQUEST, "password is required");
	if (rc == 0)
		rc = credential_check_password(str_of(password), e);
	if (rc == 0)
		rc =
		    secret_password_hash(str_of(password), a->password_hash, e);
	if (password)
		secret_wipe(password, strlen(password));
	mem_free(password);
	return rc;
}
