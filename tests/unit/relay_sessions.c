/* Which requests go to the same account. */
#include "tests/support/tap.h"

#include <string.h>

#include "tests/support/relay_lab.h"

#define BODY(more, system, first)                                              \
	"{\"model\":\"claude-x\",\"max_tokens\":100," more                     \
	"\"system\":\"" system "\",\"messages\":[{\"role\":\"user\","          \
	"\"content\":\"" first "\"}"
#define TURN                                                                   \
	",{\"role\":\"assistant\",\"content\":\"ok\"},{\"role\":\"user\","     \
	"\"content\":\"go on\"}"
#define END	   "]}"
#define USER(text) "\"metadata\":{\"user_id\":\"" text "\"},"

static struct relay_lab lab;

static void equal(struct account *a)
{
	a->priority = 50;
}

static void asked(const char *body, const char *headers[2],
		  char id[STORE_ID_BYTES])
{
	struct fcgi_call call = lab_call(body);
	struct fcgi_reply reply;
	struct ledger_row row;

	for (int i = 0; i < 2 && headers[i]; i++)
		call.headers[i + 2] = headers[i];
	fcgi_client_call(lab.d.socket, &call, &reply);
	is_int(fcgi_reply_status(&reply), 200, "answered");
	ok(lab_row(&lab, &reply, &row), "in the ledger");
	memcpy(id, row.account_id, STORE_ID_BYTES);
	fcgi_reply_release(&reply);
}

/* Four requests of one kind between four of another: each kind keeps its
 * account, and the two are apart. */
static void check(const char *first, const char *first_headers[2],
		  const char *second, const char *second_headers[2],
		  const char *name)
{
	char a[STORE_ID_BYTES], b[STORE_ID_BYTES], id[STORE_ID_BYTES];

	lab_account_with(&lab, "one", "/ok", equal);
	lab_account_with(&lab, "two", "/ok", equal);
	asked(first, first_headers, a);
	asked(second, second_headers, b);
	ok(strcmp(a, b) != 0, "%s: two sessions, two accounts", name);
	for (int i = 0; i < 3; i++) {
		asked(second, second_headers, id);
		is_text(str_of(id), b, name);
		asked(first, first_headers, id);
		is_text(str_of(id), a, name);
	}
	lab_done(&lab, name);
}

int main(void)
{
	static const char *none[2] = {NULL};
	static const char *s1[2] = {"X-Claude-Code-Session-Id: 1"};
	static const char *s2[2] = {"X-Claude-Code-Session-Id: 2"};
	static const char *agent[2] = {"X-Claude-Code-Session-Id: 1",
				       "X-Claude-Code-Agent-Id: 9"};
	char a[STORE_ID_BYTES], b[STORE_ID_BYTES];

	relay_lab_start(&lab);
	check(LAB_PLAIN, s1, LAB_PLAIN, s2, "session ids");
	check(LAB_PLAIN, s1, LAB_PLAIN, agent, "an agent of the session");
	check(BODY(USER("user_1_account__session_a"), "s", "x") END, none,
	      BODY(USER("user_1_account__session_b"), "s", "x") END, none,
	      "sessions in metadata.user_id");
	check(BODY("", "s", "x") END, none, BODY("", "s", "y") END, none,
	      "first messages");
	check(BODY("", "s", "x") END, none, BODY("", "t", "x") END, none,
	      "systems");
	lab_account_with(&lab, "one", "/ok", equal);
	lab_account_with(&lab, "two", "/ok", equal);
	asked(BODY("", "s", "grows") END, none, a);
	asked(BODY("", "s", "grows") TURN END, none, b);
	is_text(str_of(a), b, "a conversation keeps its account as it grows");
	lab_done(&lab, "grows");
	relay_lab_stop(&lab);
	return done_testing();
}
