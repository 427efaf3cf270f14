/* stats: what was used today, by key, by account and by model. */
#include <stdio.h>

#include "ctl/accounts.h"
#include "ctl/cmd.h"
#include "ctl/keys.h"
#include "ctl/print.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const struct column totals[] = {
    {"requests", "requestsToday", COLUMN_PLAIN},
    {"errors", "errorsToday", COLUMN_PLAIN},
    {"input tokens", "inputTokensToday", COLUMN_PLAIN},
    {"output tokens", "outputTokensToday", COLUMN_PLAIN},
    {"cache read", "cacheReadTokensToday", COLUMN_PLAIN},
    {"cache written", "cacheCreateTokensToday", COLUMN_PLAIN},
    {"cost", "costToday", COLUMN_PLAIN},
};

static const struct column rows[] = {
    {"NAME", "name", COLUMN_PLAIN},
    {"REQUESTS", "requests", COLUMN_PLAIN},
    {"ERRORS", "errors", COLUMN_PLAIN},
    {"INPUT", "inputTokens", COLUMN_PLAIN},
    {"OUTPUT", "outputTokens", COLUMN_PLAIN},
    {"CACHE READ", "cacheReadTokens", COLUMN_PLAIN},
    {"CACHE WRITTEN", "cacheCreateTokens", COLUMN_PLAIN},
    {"COST", "cost", COLUMN_PLAIN},
};

/* The counts of today under the thing's name; false when there are none. */
static bool add_row(cJSON *list, const cJSON *thing)
{
	const cJSON *daily = print_member(thing, "usage.daily");
	cJSON *row;

	if (json_int_or(daily, "requests", 0) == 0)
		return false;
	row = cJSON_Duplicate(daily, true);
	cJSON_AddStringToObject(row, "name", json_string_or(thing, "name", ""));
	cJSON_AddStringToObject(row, "id", json_string_or(thing, "id", ""));
	cJSON_AddItemToArray(list, row);
	return true;
}

/* Those used last come first: behind one that was not used today there is
 * nothing more. */
static int add_keys(struct ctl *c, cJSON *stats)
{
	struct keys_page at = {.search = "", .by_use = true};
	cJSON *list = cJSON_AddArrayToObject(stats, "keys");
	bool today = true;
	int rc = CTL_OK;

	while (rc == CTL_OK && today && !at.done) {
		cJSON *page = cJSON_CreateArray();
		const cJSON *key;

		rc = keys_next(c, &at, page);
		cJSON_ArrayForEach(key, page)
		{
			today = add_row(list, key);
		}
		cJSON_Delete(page);
	}
	return rc;
}

static int add_accounts(struct ctl *c, cJSON *stats)
{
	cJSON *list = cJSON_AddArrayToObject(stats, "accounts"), *all;
	const cJSON *account;
	int rc = accounts_all(c, &all);

	if (rc != CTL_OK)
		return rc;
	cJSON_ArrayForEach(account, all)
	{
		add_row(list, account);
	}
	cJSON_Delete(all);
	return CTL_OK;
}

/* Names as clients asked for them. */
static int add_models(struct ctl *c, cJSON *stats)
{
	cJSON *list, *row;
	int rc = ctl_get(c, "/admin/model-stats?period=daily", &list);

	if (rc != CTL_OK)
		return rc;
	cJSON_ArrayForEach(row, list)
	{
		const char *name = json_string_or(row, "model", "");

		cJSON_AddStringToObject(row, "name",
					name[0] ? name : "(others)");
	}
	cJSON_AddItemToObject(stats, "models", list);
	return CTL_OK;
}

static int add_totals(struct ctl *c, cJSON *stats)
{
	cJSON *dashboard, *o = cJSON_AddObjectToObject(stats, "total");
	int rc = ctl_get(c, "/admin/dashboard", &dashboard);

	if (rc != CTL_OK)
		return rc;
	for (size_t i = 0; i < COUNT(totals); i++) {
		const cJSON *recent = cJSON_GetObjectItemCaseSensitive(
		    dashboard, "recentActivity");
		const cJSON *v = print_member(recent, totals[i].path);

		if (v)
			cJSON_AddItemToObject(o, totals[i].path,
					      cJSON_Duplicate(v, true));
	}
	cJSON_Delete(dashboard);
	return CTL_OK;
}

static void print_stats(const cJSON *stats)
{
	static const struct {
		const char *member, *head;
	} sections[] = {{"keys", "by key"},
			{"accounts", "by account"},
			{"models", "by model"}};

	puts("today");
	print_fields(cJSON_GetObjectItemCaseSensitive(stats, "total"), totals,
		     COUNT(totals));
	for (size_t i = 0; i < COUNT(sections); i++) {
		printf("\n%s\n", sections[i].head);
		print_table(
		    cJSON_GetObjectItemCaseSensitive(stats, sections[i].member),
		    rows, COUNT(rows));
	}
}

int ctl_stats(struct ctl *c)
{
	cJSON *stats = cJSON_CreateObject();
	int rc = add_totals(c, stats);

	if (rc == CTL_OK)
		rc = add_keys(c, stats);
	if (rc == CTL_OK)
		rc = add_accounts(c, stats);
	if (rc == CTL_OK)
		rc = add_models(c, stats);
	if (rc == CTL_OK && c->json)
		print_json(stats);
	else if (rc == CTL_OK)
		print_stats(stats);
	cJSON_Delete(stats);
	return rc;
}
