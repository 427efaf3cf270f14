#include "ctl/ctl.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "ctl/password.h"
#include "store/admin.h"

static int put(struct ctl *c, struct admin *a, const struct password *p,
	       struct err *e)
{
	if (secret_password_hash(str_of(p->text), a->password_hash, e) < 0)
		return -1;
	a->updated_ms = clock_wall_ms();
	if (store_admin_put(c->app.store, a, e) < 0)
		return -1;
	return store_session_delete_user(c->app.store, a->username, NULL, e);
}

static int report(const struct admin *a, const struct password *p,
		  const char *what)
{
	printf("%s administrator %s\n", what, a->username);
	if (p->made_up)
		printf("password: %s\n"
		       "It is not shown again and not stored in clear.\n",
		       p->text);
	return CTL_OK;
}

int ctl_admin_create(struct ctl *c)
{
	struct admin a = {.created_ms = clock_wall_ms()};
	struct password p;
	const char *name;
	struct err e;
	int rc = password_arguments(c, &name, &p);

	if (rc != CTL_OK)
		return rc;
	if (store_admin_get(c->app.store, name, &a, &e) == 0) {
		err_set(&e, ERR_CONFLICT,
			"there is an administrator %s already; 'admin passwd' "
			"gives a new password",
			name);
		return ctl_fail(&e);
	}
	if (e.kind != ERR_NOT_FOUND)
		return ctl_fail(&e);
	memcpy(a.username, name, strlen(name) + 1);
	rc = put(c, &a, &p, &e) < 0 ? ctl_fail(&e) : report(&a, &p, "created");
	secret_wipe(&p, sizeof(p));
	return rc;
}

int ctl_admin_list(struct ctl *c)
{
	char created[32], updated[32];
	struct admin *list;
	struct err e;
	size_t n;

	if (c->argc)
		return ctl_usage("admin list takes no arguments");
	if (store_admin_list(c->app.store, &list, &n, &e) < 0)
		return ctl_fail(&e);
	for (size_t i = 0; i < n; i++)
		printf("%-20s  created %s  updated %s\n", list[i].username,
		       ctl_time(list[i].created_ms, created),
		       ctl_time(list[i].updated_ms, updated));
	mem_free(list);
	return CTL_OK;
}

int ctl_admin_passwd(struct ctl *c)
{
	struct password p;
	struct admin a;
	const char *name;
	struct err e;
	int rc = password_arguments(c, &name, &p);

	if (rc != CTL_OK)
		return rc;
	if (store_admin_get(c->app.store, name, &a, &e) < 0)
		return ctl_fail(&e);
	rc = put(c, &a, &p, &e) < 0 ? ctl_fail(&e)
				    : report(&a, &p, "new password for");
	secret_wipe(&p, sizeof(p));
	return rc;
}
