/* Accounts in one call, and out again. */
#include "tests/support/tap.h"

#include <string.h>

#include "base/mem.h"
#include "store/account.h"
#include "tests/support/admin_client.h"

#define AZURE	  "/admin/azure-openai-accounts"
#define RESPONSES "/admin/openai-responses-accounts"

static struct app_dir d;

/* The guide's custom-models-config.json, first and last entry. */
static const char guide[] =
    "{\"models\":[{\"name\":\"Qwen3-VL-235B\",\"endpoint\":"
    "\"http://192.168.1.100:8000\",\"deployment\":\"qwen3-vl-235b\","
    "\"type\":\"vision\",\"mapping\":\"claude-3-opus-20240229\"},"
    "{\"name\":\"Qwen3-Coder-480B\",\"endpoint\":"
    "\"http://192.168.1.103:8000\",\"deployment\":\"qwen3-coder-480b\","
    "\"type\":\"code\",\"mapping\":\"claude-3-opus-20240229\"}]}";

static void check_import(const char *body, int status, const char *path,
			 const char *json)
{
	admin_check(&d, "POST " AZURE "/import", body, status, path, json);
}

/* Those made in one millisecond have no order. */
static void check_one(const char *name, const char *member, const char *want)
{
	cJSON *tree = admin_call(&d, "GET", AZURE, NULL, NULL), *a;
	bool found = false;

	cJSON_ArrayForEach(a, cJSON_GetObjectItemCaseSensitive(tree, "data"))
	{
		char *text;

		if (strcmp(json_string_or(a, "name", ""), name) != 0)
			continue;
		text = admin_text(a, member);
		is_text(str_of(text), want, member);
		mem_free(text);
		found = true;
	}
	ok(found, "%s is there", name);
	cJSON_Delete(tree);
}

static void test_guide(void)
{
	check_import(guide, 200, "message",
		     "2 accounts created, 0 updated; none was tested (POST "
		     "ID/test)");
	check_one("Qwen3-VL-235B", "azureEndpoint",
		  "http://192.168.1.100:8000");
	check_one("Qwen3-VL-235B", "capabilities",
		  "[\"vision\",\"tools\",\"thinking\"]");
	check_one("Qwen3-Coder-480B", "capabilities",
		  "[\"tools\",\"thinking\"]");
	check_one("Qwen3-Coder-480B", "supportedModels",
		  "[\"claude-3-opus-20240229\"]");
	check_one("Qwen3-Coder-480B", "deploymentName", "qwen3-coder-480b");
	check_import(guide, 200, "data.updated", "2");
	check_import(guide, 200, "data.accounts.0.action", "updated");
	admin_check(&d, "GET " AZURE, NULL, 200, "data.2", "absent");
	check_import("{\"models\":[{\"name\":\"Qwen3-VL-235B\",\"priority\":9,"
		     "\"mapping\":[\"a\",\"b\"],\"typo\":1}]}",
		     200, "data.warnings",
		     "[\"models[0]: typo is not a field of accounts and was "
		     "ignored\"]");
	check_one("Qwen3-VL-235B", "supportedModels", "[\"a\",\"b\"]");
	check_one("Qwen3-VL-235B", "deploymentName", "qwen3-vl-235b");
}

static void test_bad(void)
{
	static const char *const cases[][2] = {
	    {"{}", "models (as in custom-models-config.json) or accounts (as "
		   "exported) must be a list of 1 to 500 entries"},
	    {"{\"models\":[]}",
	     "models (as in custom-models-config.json) or accounts (as "
	     "exported) must be a list of 1 to 500 entries"},
	    {"{\"models\":[1]}", "models[0]: must be an object"},
	    {"{\"accounts\":[{\"name\":\"x\"}]}",
	     "accounts[0]: Azure endpoint is required"},
	    {"{\"models\":[{\"name\":\"new\",\"endpoint\":\"http://h\","
	     "\"deployment\":\"d\"},{\"name\":\"y\",\"endpoint\":\"h\","
	     "\"deployment\":\"d\"}]}",
	     "models[1]: Invalid endpoint format. Expected: http://ip:port or "
	     "https://domain"},
	    {"{\"models\":[{\"name\":\"x\",\"type\":\"audio\"}]}",
	     "models[0]: type must be one of vision, chat, code"},
	    {"{\"models\":[{\"name\":\"x\"},{\"name\":\"x\"}]}",
	     "models[1]: the name is that of models[0]"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_import(cases[i][0], 400, "message", cases[i][1]);
	admin_check(&d, "GET " AZURE, NULL, 200, "data.2", "absent");
}

static void add_twin(void)
{
	struct account a;
	struct err e;

	account_init(&a);
	a.platform = PLATFORM_AZURE_OPENAI;
	a.name = mem_strdup("Qwen3-VL-235B");
	a.address = mem_strdup("http://h");
	ok(store_account_put(d.app.store, &a, &e) == 0, "a twin");
	check_import(guide, 409, "message",
		     "models[0]: several accounts have the name "
		     "Qwen3-VL-235B");
	ok(store_account_delete(d.app.store, a.id, &e) == 0, "gone");
	account_release(&a);
}

/* What is exported can be imported, here and elsewhere, and tells no secret. */
static void test_export(void)
{
	static const char secret[] =
	    "{\"accounts\":[{\"name\":\"s\",\"baseApi\":\"http://h\","
	    "\"apiKey\":\"sk-0123456789abcdef\",\"headers\":{\"X-Token\":"
	    "\"hidden-value-of-ours\"},\"proxy\":\"http://u:pass@p:1\","
	    "\"options\":{\"pdf\":\"refuse\"}}]}";
	cJSON *tree, *data;
	char *text;
	int status;

	admin_check(&d, "POST " RESPONSES "/import", secret, 200,
		    "data.created", "1");
	tree = admin_call(&d, "GET", RESPONSES "/export", NULL, &status);
	is_int(status, 200, "exported");
	text = json_print(tree);
	ok(!strstr(text, "sk-0") && !strstr(text, "hidden") &&
	       !strstr(text, "pass@") && !strstr(text, "\"id\""),
	   "without secrets: %s", text);
	mem_free(text);
	text = admin_text(tree, "data.accounts.0.withheld");
	is_text(str_of(text), "[\"apiKey\",\"headers\",\"proxy\"]",
		"what was left out is named");
	mem_free(text);
	data = cJSON_GetObjectItemCaseSensitive(tree, "data");
	text = json_print(data);
	admin_check(&d, "POST " RESPONSES "/import", text, 200, "data.updated",
		    "1");
	admin_check(&d, "POST " RESPONSES "/import", text, 200, "data.warnings",
		    "absent");
	mem_free(text);
	cJSON_Delete(tree);
	admin_check(&d, "GET " RESPONSES, NULL, 200, "data.0.apiKey",
		    "sk-\xe2\x80\xa6"
		    "cdef");
	admin_check(&d, "GET " RESPONSES, NULL, 200, "data.0.proxy.username",
		    "u");
	admin_check(&d, "GET " RESPONSES, NULL, 200, "data.0.options.pdf",
		    "refuse");
	admin_check(&d, "GET " AZURE "/export", NULL, 200,
		    "data.accounts.0.withheld", "absent");
}

int main(void)
{
	admin_client_start(&d);
	test_guide();
	test_bad();
	add_twin();
	test_export();
	app_dir_stop(&d);
	return done_testing();
}
