/* status and routes: does it run, and who serves what. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "ctl/accounts.h"
#include "ctl/cmd.h"
#include "ctl/link.h"
#include "ctl/print.h"

enum { PATH_BYTES = 4096 };

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const struct column fields[] = {
    {"state", "state", COLUMN_PLAIN},
    {"state folder", "stateDir", COLUMN_PLAIN},
    {"settings", "configFile", COLUMN_PLAIN},
    {"process", "pid", COLUMN_PLAIN},
    {"up for", "upFor", COLUMN_PLAIN},
    {"version", "version", COLUMN_PLAIN},
    {"socket", "socket", COLUMN_PLAIN},
    {"in flight", "inFlight", COLUMN_PLAIN},
    {"accounts", "accounts", COLUMN_PLAIN},
    {"api keys", "apiKeys", COLUMN_PLAIN},
};

static const struct column trouble[] = {
    {"ACCOUNT", "name", COLUMN_PLAIN},
    {"STATUS", "status", COLUMN_PLAIN},
    {"REASON", "statusReason", COLUMN_PLAIN},
};

static const struct column routes[] = {
    {"MODEL", "model", COLUMN_PLAIN},
    {"SENT AS", "sentModel", COLUMN_PLAIN},
    {"ACCOUNT", "accountName", COLUMN_PLAIN},
    {"BY", "pattern", COLUMN_PLAIN},
    {"PRIORITY", "priority", COLUMN_PLAIN},
    {"WEIGHT", "weight", COLUMN_PLAIN},
    {"STATUS", "status", COLUMN_PLAIN},
};

/* "3 days 4 hours" */
static void add_span(cJSON *o, const char *name, int64_t seconds)
{
	static const struct {
		const char *one;
		int64_t seconds;
	} units[] = {
	    {"day", 86400}, {"hour", 3600}, {"minute", 60}, {"second", 1}};
	struct buf text = BUF_INIT(128);
	int parts = 0;

	for (size_t i = 0; i < COUNT(units) && parts < 2; i++) {
		int64_t n = seconds / units[i].seconds;

		seconds %= units[i].seconds;
		if (!n && !parts)
			continue;
		buf_addf(&text, "%s%" PRId64 " %s%s", parts++ ? " " : "", n,
			 units[i].one, n == 1 ? "" : "s");
	}
	if (!parts)
		buf_adds(&text, "0 seconds");
	cJSON_AddStringToObject(o, name, text.data);
	buf_release(&text);
}

static void copy(cJSON *to, const char *name, const cJSON *from,
		 const char *path)
{
	const cJSON *v = print_member(from, path);

	if (v)
		cJSON_AddItemToObject(to, name, cJSON_Duplicate(v, true));
}

/* In use, and nothing failed last: neither a test nor a request. */
static bool is_well(const cJSON *account)
{
	return strcmp(json_string_or(account, "status", ""), "active") == 0 &&
	       !json_string_or(account, "statusReason", "")[0];
}

/* The others, and why. */
static cJSON *troubles(const cJSON *accounts)
{
	cJSON *list = cJSON_CreateArray();
	const cJSON *account;

	cJSON_ArrayForEach(account, accounts)
	{
		cJSON *o;

		if (is_well(account))
			continue;
		o = cJSON_CreateObject();
		for (size_t i = 0; i < COUNT(trouble); i++)
			copy(o, trouble[i].path, account, trouble[i].path);
		cJSON_AddItemToArray(list, o);
	}
	return list;
}

/* Where this looked: another configuration has another state. */
static void add_places(cJSON *o, const struct ctl *c)
{
	cJSON_AddStringToObject(o, "stateDir", c->settings.state_dir);
	cJSON_AddStringToObject(o, "configFile",
				c->config_path ? c->config_path : "");
}

static cJSON *status_json(struct ctl *c, const cJSON *dashboard,
			  const cJSON *accounts)
{
	cJSON *o = cJSON_CreateObject(), *counts, *bad = troubles(accounts);
	int total = cJSON_GetArraySize(accounts);

	cJSON_AddBoolToObject(o, "running", link_is_running(c->link));
	if (link_is_running(c->link)) {
		copy(o, "pid", dashboard, "systemHealth.pid");
		copy(o, "uptimeSeconds", dashboard, "systemHealth.uptime");
		copy(o, "version", dashboard, "systemHealth.version");
		copy(o, "inFlight", dashboard, "systemHealth.live");
		cJSON_AddStringToObject(o, "socket", link_socket(c->link));
	}
	add_places(o, c);
	counts = cJSON_AddObjectToObject(o, "accounts");
	cJSON_AddNumberToObject(counts, "total", total);
	cJSON_AddNumberToObject(counts, "ok", total - cJSON_GetArraySize(bad));
	cJSON_AddItemToObject(o, "accountsNotOk", bad);
	counts = cJSON_AddObjectToObject(o, "apiKeys");
	copy(counts, "total", dashboard, "overview.totalApiKeys");
	copy(counts, "active", dashboard, "overview.activeApiKeys");
	return o;
}

/* "3 of 4 ok" instead of both figures. */
static void say_counts(cJSON *o, const char *name, const char *good)
{
	const cJSON *counts = cJSON_GetObjectItemCaseSensitive(o, name);
	struct buf text = BUF_INIT(128);

	buf_addf(&text, "%" PRId64 " of %" PRId64 " %s",
		 json_int_or(counts, good, 0), json_int_or(counts, "total", 0),
		 good);
	cJSON_ReplaceItemInObjectCaseSensitive(o, name,
					       cJSON_CreateString(text.data));
	buf_release(&text);
}

static void print_places(cJSON *o)
{
	if (!*json_string_or(o, "configFile", ""))
		cJSON_ReplaceItemInObjectCaseSensitive(
		    o, "configFile", cJSON_CreateString("built-in defaults"));
	print_fields(o, fields, COUNT(fields));
}

/* The same with words instead of figures. */
static void print_status(const cJSON *status)
{
	cJSON *o = cJSON_Duplicate(status, true);
	bool running = json_bool_or(o, "running", false);
	const cJSON *bad = cJSON_GetObjectItemCaseSensitive(o, "accountsNotOk");

	cJSON_AddStringToObject(o, "state", running ? "running" : "stopped");
	if (running)
		add_span(o, "upFor", json_int_or(o, "uptimeSeconds", 0));
	say_counts(o, "accounts", "ok");
	say_counts(o, "apiKeys", "active");
	print_places(o);
	if (cJSON_GetArraySize(bad)) {
		puts("");
		print_table(bad, trouble, COUNT(trouble));
	}
	cJSON_Delete(o);
}

/* A look must not make a database where there was none. */
static bool was_started(const struct ctl *c)
{
	struct buf path = BUF_INIT(PATH_BYTES);
	bool there;

	buf_addf(&path, "%s/db", c->settings.state_dir);
	there =
	    !buf_ok(&path) || access(path.data, F_OK) == 0 || errno != ENOENT;
	buf_release(&path);
	return there;
}

static int tell_never_started(const struct ctl *c)
{
	cJSON *o = cJSON_CreateObject();

	if (c->json)
		cJSON_AddBoolToObject(o, "running", false);
	else
		cJSON_AddStringToObject(o, "state", "never started");
	add_places(o, c);
	if (c->json)
		print_json(o);
	else
		print_places(o);
	cJSON_Delete(o);
	return CTL_UNREACHABLE;
}

int ctl_status(struct ctl *c)
{
	cJSON *dashboard, *accounts, *status;
	int rc;

	if (!was_started(c))
		return tell_never_started(c);
	rc = ctl_get(c, "/admin/dashboard", &dashboard);
	if (rc != CTL_OK)
		return rc;
	rc = accounts_all(c, &accounts);
	if (rc == CTL_OK) {
		status = status_json(c, dashboard, accounts);
		if (c->json)
			print_json(status);
		else
			print_status(status);
		cJSON_Delete(status);
		cJSON_Delete(accounts);
		if (!link_is_running(c->link))
			rc = CTL_UNREACHABLE;
	}
	cJSON_Delete(dashboard);
	return rc;
}

int ctl_routes(struct ctl *c)
{
	return ctl_show_list(c, "/admin/model-routes", routes, COUNT(routes));
}
