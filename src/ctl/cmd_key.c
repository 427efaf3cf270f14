#include "ctl/ctl.h"

#include <stdio.h>
#include <string.h>

#include "admin/api_key_json.h"
#include "admin/credential.h"
#include "base/mem.h"

/* Through the reader of the JSON, so that the same rules hold. */
static int make(struct ctl *c, const char *name, char text[API_KEY_TEXT + 1],
		struct err *e)
{
	cJSON *body = cJSON_CreateObject();
	struct api_key k;
	int rc = -1;

	cJSON_AddStringToObject(body, "name", name);
	api_key_init(&k);
	k.active = true;
	if (api_key_read(&k, body, e) == 0) {
		credential_api_key(&c->app.keys, &k, text);
		rc = store_api_key_put(c->app.store, &k, e);
	}
	api_key_release(&k);
	cJSON_Delete(body);
	return rc;
}

int ctl_key_create(struct ctl *c)
{
	const char *name = ctl_one(c, "a name for the key");
	char text[API_KEY_TEXT + 1];
	struct err e;

	if (!name)
		return CTL_USAGE;
	if (make(c, name, text, &e) < 0)
		return ctl_fail(&e);
	printf("%s\n", text);
	fputs("The key is not shown again. Clients send it as x-api-key or "
	      "'Authorization: Bearer'.\n",
	      stderr);
	secret_wipe(text, sizeof(text));
	return CTL_OK;
}

static const char *state_of(const struct api_key *k)
{
	if (k->deleted_ms)
		return "deleted";
	return k->active ? "active" : "inactive";
}

int ctl_key_list(struct ctl *c)
{
	char created[32], expires[32];
	struct api_key *list;
	struct err e;
	size_t n;

	if (c->argc)
		return ctl_usage("key list takes no arguments");
	if (store_api_key_list(c->app.store, &list, &n, &e) < 0)
		return ctl_fail(&e);
	for (size_t i = 0; i < n; i++)
		printf("%s  %s  %-8s  %-20s  created %s  expires %s\n",
		       list[i].id, list[i].hint, state_of(&list[i]),
		       list[i].name, ctl_time(list[i].created_ms, created),
		       ctl_time(list[i].expires_ms, expires));
	api_key_list_free(list, n);
	return CTL_OK;
}
