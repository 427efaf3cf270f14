/* Keys that are bound, as their clients see it. */
#include "tests/support/tap.h"

#include "base/mem.h"
#include "store/group.h"
#include "tests/support/relay_lab.h"

static struct relay_lab lab;
static struct account_group group;

static void type(struct account *a, const char *word)
{
	mem_free(a->account_type);
	a->account_type = mem_strdup(word);
}

static void dedicated(struct account *a)
{
	type(a, "dedicated");
}

static void grouped(struct account *a)
{
	type(a, "group");
	a->groups = mem_array(1, sizeof(*a->groups));
	a->groups[a->ngroups++] = mem_strdup(group.id);
}

static void bind_key(const char *prefix, const char *id)
{
	struct buf binding = BUF_INIT(100);

	buf_addf(&binding, "%s%s", prefix, id);
	mem_free(lab.key.binding);
	lab.key.binding = buf_take(&binding, NULL);
	lab_put_key(&lab);
}

static void goes_to(const char *id, const char *name)
{
	struct fcgi_reply reply;
	struct ledger_row row;

	lab_ask(&lab, LAB_PLAIN, &reply);
	is_int(fcgi_reply_status(&reply), 200, "%s: status", name);
	ok(lab_row(&lab, &reply, &row), "%s: recorded", name);
	is_str(str_of(row.account_id), str_of(id), "%s: account", name);
	fcgi_reply_release(&reply);
}

static void refused(int status, const char *message, const char *name)
{
	struct fcgi_reply reply;

	lab_ask(&lab, LAB_STREAM, &reply);
	lab_is_error(&reply, status, message, name);
	fcgi_reply_release(&reply);
}

static void test_kinds(void)
{
	struct err e;

	group.name = mem_strdup("team");
	ok(store_group_put(lab.d.app.store, &group, &e) == 0, "a group");
	lab_account_with(&lab, "own", "/ok", dedicated);
	lab_account_with(&lab, "team", "/ok", grouped);
	bind_key("", "");
	refused(404,
		"model: claude-x (no account that this API key may use serves "
		"this name)",
		"not bound");
	lab_account(&lab, "all", "/ok");
	goes_to(lab.ids[2], "not bound");
	bind_key("", lab.ids[0]);
	goes_to(lab.ids[0], "bound to an account");
	bind_key("group:", group.id);
	goes_to(lab.ids[1], "bound to a group");
	bind_key("", lab.ids[2]);
	goes_to(lab.ids[2], "bound to a shared one");
	lab_done(&lab, "kinds");
}

/* A failure of the account is the client's answer, and no other one's work. */
static void test_no_other(void)
{
	struct fcgi_reply reply;

	lab_account_with(&lab, "own", "/status-500", dedicated);
	lab_account(&lab, "all", "/ok");
	bind_key("", lab.ids[0]);
	lab_ask(&lab, LAB_PLAIN, &reply);
	is_int(fcgi_reply_status(&reply), 502, "nobody steps in");
	fcgi_reply_release(&reply);
	bind_key("group:", group.id);
	refused(529,
		"No account can serve claude-x now: the account or group that "
		"this API key is bound to has no account for it",
		"an empty group");
	bind_key("", "gone");
	refused(529,
		"No account can serve claude-x now: the account or group that "
		"this API key is bound to has no account for it",
		"an account that is not there");
	lab_done(&lab, "no other");
	group_release(&group);
}

int main(void)
{
	relay_lab_start(&lab);
	test_kinds();
	test_no_other();
	relay_lab_stop(&lab);
	return done_testing();
}
