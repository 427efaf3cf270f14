#include "bridge/environment.h"

#include <string.h>

#include "base/fcgi.h"

/* The value if entry is NAME=VALUE of that name, else NULL. */
static const char *value_of(const char *entry, const char *name)
{
	size_t n = strlen(name);

	return strncmp(entry, name, n) == 0 && entry[n] == '=' ? entry + n + 1
							       : NULL;
}

const char *environment_value(char *const *env, const char *name)
{
	for (; *env; env++) {
		const char *value = value_of(*env, name);

		if (value)
			return value;
	}
	return "";
}

const char *environment_redirected(char *const *env, const char *name)
{
	const char *direct = environment_value(env, name);

	if (direct[0])
		return direct;
	for (; *env; env++) {
		const char *entry = *env, *value;
		const char prefix[] = "REDIRECT_";

		if (strncmp(entry, prefix, sizeof(prefix) - 1) != 0)
			continue;
		while (strncmp(entry, prefix, sizeof(prefix) - 1) == 0)
			entry += sizeof(prefix) - 1;
		value = value_of(entry, name);
		if (value && value[0])
			return value;
	}
	return "";
}

static bool is_defined(struct str name)
{
	static const char *const names[] = {
	    "AUTH_TYPE",       "CONTENT_LENGTH", "CONTENT_TYPE",
	    "DOCUMENT_ROOT",   "DOCUMENT_URI",	 "GATEWAY_INTERFACE",
	    "HTTPS",	       "PATH_INFO",	 "PATH_TRANSLATED",
	    "QUERY_STRING",    "REMOTE_ADDR",	 "REMOTE_HOST",
	    "REMOTE_IDENT",    "REMOTE_PORT",	 "REMOTE_USER",
	    "REQUEST_METHOD",  "REQUEST_SCHEME", "REQUEST_URI",
	    "SCRIPT_FILENAME", "SCRIPT_NAME",	 "SERVER_ADDR",
	    "SERVER_NAME",     "SERVER_PORT",	 "SERVER_PROTOCOL",
	    "SERVER_SOFTWARE", "UNIQUE_ID",
	};

	if (str_starts(name, STR("HTTP_")))
		return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (str_is(name, names[i]))
			return true;
	}
	return false;
}

void environment_params(char *const *env, struct buf *out)
{
	const struct str authorization = STR("HTTP_AUTHORIZATION");
	const char *credentials = environment_redirected(env, authorization.p);

	for (char *const *entry = env; *entry; entry++) {
		struct str value = str_of(*entry);
		struct str name = str_cut(&value, '=');

		if (is_defined(name) && !str_eq(name, authorization))
			fcgi_add_pair(out, name, value);
	}
	if (credentials[0])
		fcgi_add_pair(out, authorization, str_of(credentials));
}
