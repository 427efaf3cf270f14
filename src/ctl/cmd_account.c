/* Accounts looked at: list, show, test. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "ctl/account_print.h"
#include "ctl/accounts.h"
#include "ctl/cmd.h"
#include "ctl/print.h"

int ctl_account_list(struct ctl *c)
{
	cJSON *list;
	int rc = accounts_all(c, &list);

	if (rc != CTL_OK)
		return rc;
	if (c->json)
		print_json(list);
	else
		account_print_table(list);
	cJSON_Delete(list);
	return CTL_OK;
}

int ctl_account_show(struct ctl *c)
{
	cJSON *account;
	int rc = accounts_find(c, c->argv[0], &account);

	if (rc != CTL_OK)
		return rc;
	if (c->json)
		print_json(account);
	else
		account_print(account);
	cJSON_Delete(account);
	return CTL_OK;
}

/* The result, printed; *all_ok becomes false when it is a bad one. */
static int test_one(struct ctl *c, const cJSON *account, cJSON *results,
		    bool *all_ok)
{
	cJSON *body = cJSON_CreateObject(), *answer, *test;
	char *path = accounts_path(account, "/test"), *line;
	int rc = ctl_call(c, "POST", path, body, &answer);

	mem_free(path);
	cJSON_Delete(body);
	if (rc != CTL_OK)
		return rc;
	test = cJSON_DetachItemFromObjectCaseSensitive(answer, "data");
	line = account_test_line(test);
	*all_ok &= account_test_ok(test);
	if (!c->json)
		print_named(json_string_or(account, "name", ""), line);
	cJSON_AddItemToArray(results, test);
	mem_free(line);
	cJSON_Delete(answer);
	return CTL_OK;
}

/* The accounts that are named, in this order; all when none is. */
static int choose(struct ctl *c, cJSON **out)
{
	cJSON *account;
	int rc = CTL_OK;

	if (c->argc == 0)
		return accounts_all(c, out);
	*out = cJSON_CreateArray();
	for (int i = 0; i < c->argc && rc == CTL_OK; i++) {
		rc = accounts_find(c, c->argv[i], &account);
		if (rc == CTL_OK)
			cJSON_AddItemToArray(*out, account);
	}
	if (rc != CTL_OK)
		cJSON_Delete(*out);
	return rc;
}

int ctl_account_test(struct ctl *c)
{
	cJSON *results = cJSON_CreateArray(), *list;
	const cJSON *account;
	bool all_ok = true;
	int rc = choose(c, &list);

	if (rc == CTL_OK) {
		cJSON_ArrayForEach(account, list)
		{
			if (rc == CTL_OK)
				rc = test_one(c, account, results, &all_ok);
		}
		cJSON_Delete(list);
	}
	if (rc == CTL_OK && c->json)
		print_json(results);
	cJSON_Delete(results);
	if (rc == CTL_OK && !all_ok)
		rc = CTL_FAILED;
	return rc;
}
