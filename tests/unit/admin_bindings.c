/* Groups of accounts, and keys that are bound to an account or a group. */
#include "tests/support/tap.h"

#include <stdio.h>

#include "base/mem.h"
#include "tests/support/admin_client.h"

#define GROUPS	 "/admin/account-groups"
#define KEYS	 "/admin/api-keys"
#define ACCOUNTS "/admin/openai-accounts"
#define E9	 "\xc3\xa9\xc3\xa9\xc3\xa9"

static struct app_dir d;

static char *create(const char *path, const char *body)
{
	int status;
	cJSON *tree = admin_call(&d, "POST", path, body, &status);
	char *id = admin_text(tree, "data.id");

	is_int(status, 200, "%s: created", path);
	cJSON_Delete(tree);
	return id;
}

/* "%s" of request and body stand for the ids. */
struct call {
	const char *request, *id, *body, *in_body;
};

static void check(struct call c, int status, const char *path, const char *json)
{
	struct buf line = BUF_INIT(256), text = BUF_INIT(1024);

	buf_addf(&line, c.request, c.id);
	if (c.body)
		buf_addf(&text, c.body, c.in_body);
	admin_check(&d, line.data, c.body ? text.data : NULL, status, path,
		    json);
	buf_release(&line);
	buf_release(&text);
}

static char *create_with(const char *path, const char *body, const char *id)
{
	struct buf text = BUF_INIT(1024);
	char *made;

	buf_addf(&text, body, id);
	made = create(path, text.data);
	buf_release(&text);
	return made;
}

#define ACCOUNT(more)                                                          \
	"{\"name\":\"a\",\"baseApi\":\"http://127.0.0.1:1/v1\"," more "}"

static void test_groups(void)
{
	char *g = create(GROUPS, "{\"name\":\"team\",\"platform\":\"openai\","
				 "\"description\":\"ours\"}");

	check((struct call){"GET " GROUPS "/%s", g, NULL, NULL}, 200,
	      "data.name", "team");
	check((struct call){"GET " GROUPS "/%s", g, NULL, NULL}, 200,
	      "data.description", "ours");
	check((struct call){"GET " GROUPS "/%s", g, NULL, NULL}, 200,
	      "data.memberCount", "0");
	check((struct call){"GET " GROUPS "/%s/members", g, NULL, NULL}, 200,
	      "data", "[]");
	check(
	    (struct call){"PUT " GROUPS "/%s", g, "{\"name\":\"%s\"}", "crew"},
	    200, "data.name", "crew");
	check((struct call){"PUT " GROUPS "/%s", g, "{\"platform\":\"%s\"}",
			    "azure-openai"},
	      400, "message", "platform cannot be changed");
	check((struct call){"PUT " GROUPS "/%s", g, "{\"name\":\"%s\"}", " "},
	      400, "message", "name is required");
	admin_check(&d, "POST " GROUPS, "{}", 400, "message",
		    "name is required");
	admin_check(&d, "POST " GROUPS,
		    "{\"name\":\"x\",\"platform\":\"droid\"}", 400, "message",
		    "platform must be one of openai, azure-openai, "
		    "openai-responses");
	admin_check(&d, "GET " GROUPS "?platform=azure-openai", NULL, 200,
		    "data", "[]");
	admin_check(&d, "GET " GROUPS "/nothing", NULL, 404, "message",
		    "Account group not found");
	check((struct call){"DELETE " GROUPS "/%s", g, NULL, NULL}, 200,
	      "success", "true");
	check((struct call){"GET " GROUPS "/%s", g, NULL, NULL}, 404, "success",
	      "false");
	admin_check(&d, "GET " GROUPS, NULL, 200, "data", "[]");
	mem_free(g);
}

static void test_members(void)
{
	char *g = create(GROUPS, "{\"name\":\"team\"}"), *a, *k;

	admin_check(&d, "POST " ACCOUNTS, ACCOUNT("\"accountType\":\"group\""),
		    400, "message",
		    "Group ID is required for group type accounts (groupIds)");
	admin_check(&d, "POST " ACCOUNTS,
		    ACCOUNT("\"accountType\":\"group\",\"groupIds\":[\"no\"]"),
		    400, "message", "groupIds: there is no account group no");
	a = create_with(
	    ACCOUNTS,
	    ACCOUNT("\"accountType\":\"group\",\"groupIds\":[\"%s\"]"), g);
	check((struct call){"GET " GROUPS "/%s", g, NULL, NULL}, 200,
	      "data.memberCount", "1");
	check((struct call){"DELETE " GROUPS "/%s", g, NULL, NULL}, 409,
	      "message",
	      "The account group is in use: 1 accounts are in it and 0 API "
	      "keys are bound to it (the trash counts)");
	k = create_with(KEYS,
			"{\"name\":\"k\",\"openaiAccountId\":\"group:%s\"}", g);
	check((struct call){"PUT " ACCOUNTS "/%s", a,
			    "{\"accountType\":\"%s\"}", "shared"},
	      200, "data.groupIds", "[]");
	check((struct call){"DELETE " GROUPS "/%s", g, NULL, NULL}, 409,
	      "message",
	      "The account group is in use: 0 accounts are in it and 1 API "
	      "keys are bound to it (the trash counts)");
	check((struct call){"PUT " KEYS "/%s", k,
			    "{\"openaiAccountId\":\"%s\"}", ""},
	      200, "data.openaiAccountId", "");
	check((struct call){"DELETE " GROUPS "/%s", g, NULL, NULL}, 200,
	      "success", "true");
	check((struct call){"PUT " ACCOUNTS "/%s", a,
			    "{\"accountType\":\"group\",\"groupId\":\"%s\"}",
			    g},
	      400, "success", "false");
	check((struct call){"DELETE " ACCOUNTS "/%s", a, NULL, NULL}, 200,
	      "unboundKeys", "0");
	mem_free(g);
	mem_free(a);
	mem_free(k);
}

/* What is cut of a long id is whole characters. */
static void check_long_ids(const char *k)
{
	check((struct call){"PUT " KEYS "/%s", k,
			    "{\"openaiAccountId\":\"%s\"}",
			    "x" E9 E9 E9 E9 E9 E9 E9},
	      400, "message",
	      "The API key cannot be bound: there is no account x" E9 E9 E9 E9
		  E9 E9 "\xc3\xa9");
	check((struct call){"PUT " KEYS "/%s", k,
			    "{\"openaiAccountId\":\"group:%s\"}",
			    "x" E9 E9 E9 E9 E9 E9 E9},
	      400, "message",
	      "The API key cannot be bound: there is no account group x" E9 E9
		  E9 E9 E9 E9 "\xc3\xa9");
}

static void test_keys(void)
{
	char *g = create(GROUPS, "{\"name\":\"team\"}"), *k;
	char *a = create(ACCOUNTS, ACCOUNT("\"accountType\":\"dedicated\""));

	k = create_with(KEYS, "{\"name\":\"k\",\"openaiAccountId\":\"%s\"}", a);
	check((struct call){"GET " KEYS "/%s", k, NULL, NULL}, 200,
	      "data.openaiAccountId", a);
	check((struct call){"GET " KEYS "/%s", k, NULL, NULL}, 200,
	      "data.azureOpenaiAccountId", "");
	check((struct call){"PUT " KEYS "/%s", k,
			    "{\"openaiAccountId\":\"%s\"}", "nothing"},
	      400, "message",
	      "The API key cannot be bound: there is no account nothing");
	check((struct call){"PUT " KEYS "/%s", k,
			    "{\"openaiAccountId\":\"%s\"}", "group:no"},
	      400, "message",
	      "The API key cannot be bound: there is no account group no");
	check_long_ids(k);
	check(
	    (struct call){
		"PUT " KEYS "/%s", k,
		"{\"openaiAccountId\":\"%s\",\"azureOpenaiAccountId\":\"x\"}",
		a},
	    400, "message",
	    "openaiAccountId: the API key is bound by azureOpenaiAccountId "
	    "already");
	check((struct call){"PUT " KEYS "/%s", k, "{\"openaiAccountId\":%s}",
			    "5"},
	      400, "message", "openaiAccountId must be a string");
	check((struct call){"PUT " KEYS "/%s", k,
			    "{\"azureOpenaiAccountId\":\"%s\"}", ""},
	      200, "data.openaiAccountId", a);
	check((struct call){"PUT " KEYS "/%s", k,
			    "{\"azureOpenaiAccountId\":\"group:%s\"}", g},
	      200, "data.openaiAccountId", "");
	check((struct call){"PUT " KEYS "/%s", k,
			    "{\"azureOpenaiAccountId\":%s}", "null"},
	      200, "data.azureOpenaiAccountId", "");
	check((struct call){"PUT " KEYS "/%s", k,
			    "{\"openaiResponsesAccountId\":\"%s\"}", a},
	      200, "data.openaiResponsesAccountId", a);
	check((struct call){"PUT " ACCOUNTS "/%s", a,
			    "{\"accountType\":\"group\",\"groupId\":\"%s\"}",
			    g},
	      200, "data.accountType", "group");
	check((struct call){"PUT " KEYS "/%s", k, "{\"name\":\"%s\"}", "other"},
	      200, "data.name", "other");
	check((struct call){"PUT " KEYS "/%s", k,
			    "{\"openaiAccountId\":\"%s\"}", a},
	      400, "message",
	      "The API key cannot be bound to this account, which is of "
	      "accountType group: bind it to one of its groups (group:<id>)");
	check((struct call){"DELETE " ACCOUNTS "/%s", a, NULL, NULL}, 200,
	      "unboundKeys", "1");
	check((struct call){"GET " KEYS "/%s", k, NULL, NULL}, 200,
	      "data.openaiResponsesAccountId", "");
	mem_free(g);
	mem_free(a);
	mem_free(k);
}

int main(void)
{
	admin_client_start(&d);
	test_groups();
	test_members();
	test_keys();
	app_dir_stop(&d);
	return done_testing();
}
