/* Settings read again while the responder runs. */
#include "tests/support/tap.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "app/backend.h"
#include "app/reload.h"
#include "base/log.h"
#include "base/mem.h"
#include "tests/support/admin_client.h"

static struct app_dir d;
static char path[128];

static void write_file(const char *text)
{
	FILE *f = fopen(path, "w");

	ok(f != NULL, "the file is written");
	if (!f)
		return;
	fprintf(f, "state_dir = %s/state\nsocket = %s\nloops = 1\n%s", d.root,
		d.socket, text);
	fclose(f);
}

static void check_reload(const char *text, int status, const char *at,
			 const char *json)
{
	write_file(text);
	admin_check(&d, "POST /admin/settings/reload", "{}", status, at, json);
}

static void test_none(void)
{
	admin_check(&d, "POST /admin/settings/reload", "{}", 409, "success",
		    "false");
	admin_check(&d, "GET /admin/settings", NULL, 200, "data.file", "null");
}

static void test_change(void)
{
	check_reload("", 200, "data", "{\"changed\":[],\"needsRestart\":[]}");
	check_reload("ping_ms = 700\nledger_days = 7\n", 200, "data",
		     "{\"changed\":[\"ping_ms\",\"ledger_days\"],"
		     "\"needsRestart\":[]}");
	is_int(d.app.settings->ping_ms, 700, "the new value counts");
	check_reload("workers = 99\nping_ms = 700\nsync = always\n", 200,
		     "data",
		     "{\"changed\":[\"ledger_days\"],"
		     "\"needsRestart\":[\"workers\",\"sync\"]}");
	is_int(d.app.settings->workers, 12, "what was started stays");
	is_text(str_of(d.app.settings->sync), "second", "texts too");
	is_int(d.app.settings->ledger_days, 90, "a default comes back");
	check_reload("log_level = error\nsearch_url = http://u:p@h/s\n", 200,
		     "data.changed",
		     "[\"log_level\",\"ping_ms\",\"search_url\"]");
}

static void test_mistakes(void)
{
	const struct settings *before = d.app.settings;
	char errors[512];

	snprintf(errors, sizeof(errors),
		 "[\"%s:4: ping_ms must be a whole number from 500 to 60000\","
		 "\"%s:5: expected 'name = value'\"]",
		 path, path);
	check_reload("ping_ms = 1\nwhat\nledger_days = 3\n", 400, "errors",
		     errors);
	ok(d.app.settings == before, "nothing is changed");
	check_reload("search_url = ftp://x\n", 400, "errors",
		     "[\"search_url: expected http://host:port/search\"]");
	ok(d.app.settings == before, "nor by a wrong address");
	remove(path);
	admin_check(&d, "POST /admin/settings/reload", "{}", 400, "success",
		    "false");
	ok(d.app.settings == before, "nor by a file that is gone");
}

static const cJSON *setting(const cJSON *answer, const char *name)
{
	const cJSON *row, *data = cJSON_GetObjectItem(answer, "data");

	cJSON_ArrayForEach(row, cJSON_GetObjectItem(data, "settings"))
	{
		if (strcmp(json_string_or(row, "name", ""), name) == 0)
			return row;
	}
	return NULL;
}

static void test_list(void)
{
	int status;
	cJSON *answer = admin_call(&d, "GET", "/admin/settings", NULL, &status);
	const cJSON *row = setting(answer, "search_url");

	is_int(status, 200, "the list");
	is_text(str_of(json_string_or(row, "value", "")), "http://***@h/s",
		"no password of an address");
	ok(!json_bool_or(row, "needsRestart", true), "it can be changed");
	row = setting(answer, "workers");
	is_int(json_int_or(row, "default", 0), 12, "a default");
	is_int(json_int_or(row, "max", 0), 256, "a range");
	ok(json_bool_or(row, "needsRestart", false), "this one cannot");
	ok(json_string_or(row, "help", NULL) != NULL, "help");
	cJSON_Delete(answer);
}

/* Times reach the accounts that were made with the old ones. */
static void test_accounts(void)
{
	struct pool_query q = {.model = STR("m")};
	struct pool_view view;
	int status;
	cJSON *made = admin_call(&d, "POST", "/admin/openai-accounts",
				 "{\"name\":\"a\",\"baseApi\":"
				 "\"http://127.0.0.1:1\",\"supportedModels\":"
				 "[\"m\"],\"timeouts\":{\"idleMs\":4000}}",
				 &status);

	is_int(status, 200, "an account");
	cJSON_Delete(made);
	check_reload("connect_ms = 1234\nidle_ms = 5000\n", 200, "success",
		     "true");
	is_int((int64_t)pool_look(d.app.pool, &q, &view, 1), 1, "it is there");
	is_int(((struct backend *)view.data)->connect_ms, 1234, "a new time");
	is_int(((struct backend *)view.data)->idle_ms, 4000, "its own stays");
	pool_unview(d.app.pool, &view);
}

/* For the thread sanitizer: readers while settings come and go. */
static void *read_on(void *arg)
{
	atomic_bool *stop = arg;
	int64_t good = 0;

	while (!*stop) {
		const struct settings *s = d.app.settings;

		good += s->ping_ms >= 500 && s->search_url[0] != '?';
	}
	return good ? arg : NULL;
}

static void test_readers(void)
{
	static atomic_bool stop;
	struct reload_report report;
	pthread_t reader;
	void *result;
	struct err e;

	pthread_create(&reader, NULL, read_on, &stop);
	for (int i = 0; i < 50; i++) {
		FILE *f = fopen(path, "w");

		if (!f)
			break;
		fprintf(f, "ping_ms = %d\nsearch_url = http://h/%d\n", 600 + i,
			i);
		fclose(f);
		reload_report_init(&report);
		reload(&d.app, &report, &e);
		reload_report_release(&report);
	}
	stop = true;
	pthread_join(reader, &result);
	ok(result != NULL, "readers saw whole settings");
	is_int(d.app.settings->ping_ms, 649, "the last one counts");
}

int main(void)
{
	struct settings_source source = {.path = path};

	admin_client_start(&d);
	snprintf(path, sizeof(path), "%s/again.conf", d.root);
	test_none();
	d.app.source = &source;
	test_change();
	test_list();
	test_mistakes();
	test_accounts();
	test_readers();
	app_dir_stop(&d);
	return done_testing();
}
