#include "ctl/ctl.h"

#include <stdio.h>
#include <string.h>

#include "admin/credential.h"
#include "base/clock.h"
#include "base/mem.h"
#include "store/admin.h"

int ctl_token_create(struct ctl *c)
{
	struct admin_session s = {.kind = SESSION_TOKEN};
	const char *name = ctl_one(c, "a name for the token");
	char token[TOKEN_HEX + 1];
	struct err e;

	if (!name)
		return CTL_USAGE;
	if (credential_check_username(str_of(name), &e) < 0) {
		err_set(&e, ERR_BAD_REQUEST,
			"a token's name has 1 to %d bytes, without spaces",
			USERNAME_MAX);
		return ctl_fail(&e);
	}
	memcpy(s.name, name, strlen(name) + 1);
	snprintf(s.username, sizeof(s.username), "token:%.58s", name);
	credential_token(&c->app.keys, &s, clock_wall_ms(), 0, token);
	if (store_session_put(c->app.store, &s, &e) < 0)
		return ctl_fail(&e);
	printf("%s\n", token);
	fputs("This token has all rights of an administrator and does not "
	      "expire.\nIt is not shown again. Send it as "
	      "'Authorization: Bearer TOKEN'.\n",
	      stderr);
	secret_wipe(token, sizeof(token));
	return CTL_OK;
}

int ctl_token_list(struct ctl *c)
{
	struct admin_session *list;
	char created[32], active[32], expires[32];
	struct err e;
	size_t n;

	if (c->argc)
		return ctl_usage("token list takes no arguments");
	if (store_session_list(c->app.store, &list, &n, &e) < 0)
		return ctl_fail(&e);
	for (size_t i = 0; i < n; i++) {
		const struct admin_session *s = &list[i];
		bool is_token = s->kind == SESSION_TOKEN;

		printf("%s  %-7s  %-20s  created %s  used %s  expires %s\n",
		       s->id, is_token ? "token" : "session",
		       is_token ? s->name : s->username,
		       ctl_time(s->created_ms, created),
		       ctl_time(s->active_ms, active),
		       ctl_time(s->expires_ms, expires));
	}
	mem_free(list);
	return CTL_OK;
}
