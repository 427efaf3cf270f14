/* check: is the installation right, from the web server to the state? */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "ctl/check.h"
#include "ctl/cmd.h"
#include "ctl/link.h"
#include "ctl/print.h"

enum {
	TEXT_BYTES = 16 * 1024,
	BODY_MB = 20,
	BODY_MB_MAX = 512,
	SILENCE_MAX_S = 1800
};

/* ------------------------------------------------------- the responder itself
 */

static void say_stopped(struct check *k)
{
	check_add(k, &(struct check_finding){
			 .name = "responder",
			 .state = CHECK_BAD,
			 .message = "no responder of this installation runs",
			 .why = "nobody answers clients",
			 .fix = "systemctl start llmrelay; with llmrelay.cgi: "
				"llmrelay.cgi --check",
			 .topic = WEBTOPICS});
}

static int take_ticket(struct check *k)
{
	cJSON *answer;
	int rc = ctl_call(k->c, "POST", "/admin/selftest", NULL, &answer);
	const cJSON *data;

	if (rc != CTL_OK)
		return rc;
	data = cJSON_GetObjectItemCaseSensitive(answer, "data");
	str_put(k->ticket, sizeof(k->ticket),
		str_of(json_string_or(data, "ticket", "")));
	cJSON_Delete(answer);
	return CTL_OK;
}

/* What only a request of a web server shows was looked at there. */
static bool is_outside(const cJSON *finding)
{
	const char *name = json_string_or(finding, "name", "");

	return strcmp(name, "authorization") == 0 || strcmp(name, "admin") == 0;
}

static int add_selftest(struct check *k)
{
	const cJSON *finding, *list;
	cJSON *data;
	int rc = ctl_get(k->c, "/admin/selftest", &data);

	if (rc != CTL_OK)
		return rc;
	list = cJSON_GetObjectItemCaseSensitive(data, "checks");
	cJSON_ArrayForEach(finding, list)
	{
		if (is_outside(finding))
			continue;
		cJSON_AddItemToArray(k->list, cJSON_Duplicate(finding, true));
		k->bad |=
		    strcmp(json_string_or(finding, "state", ""), "bad") == 0;
	}
	cJSON_Delete(data);
	return CTL_OK;
}

/* A bridge starts the responder at the first request, so the web server is
 * asked first. */
static int look(struct check *k)
{
	bool reached = check_reach(k);
	int rc = add_selftest(k);

	if (rc != CTL_OK)
		return rc;
	if (!link_is_running(k->c->link)) {
		say_stopped(k);
		return CTL_OK;
	}
	if (!reached)
		return CTL_OK;
	rc = take_ticket(k);
	if (rc != CTL_OK || !check_hello(k))
		return rc;
	check_stream(k);
	check_body(k);
	check_firewall(k);
	check_slash(k);
	check_prefixes(k);
	check_admin(k);
	check_silence(k);
	return CTL_OK;
}

/* -------------------------------------------------------------------- output
 */

static void print_part(const char *head, const cJSON *finding,
		       const char *member)
{
	const char *value = json_string_or(finding, member, "");
	struct buf text = BUF_INIT(TEXT_BYTES);

	if (!value[0])
		return;
	buf_addf(&text, "%*s%s: ", 9, "", head);
	print_safe(&text, str_of(value));
	print_line(text.data);
	buf_release(&text);
}

static void print_finding(const cJSON *finding)
{
	const char *state = json_string_or(finding, "state", "");
	bool good = strcmp(state, "good") == 0;
	struct buf text = BUF_INIT(TEXT_BYTES);

	buf_addf(&text, "%-8s %-14s ",
		 good			     ? "ok"
		 : strcmp(state, "bad") == 0 ? "WRONG"
					     : "unknown",
		 json_string_or(finding, "name", ""));
	print_safe(&text, str_of(json_string_or(finding, "message", "")));
	print_line(text.data);
	buf_release(&text);
	if (good)
		return;
	print_part("why", finding, "why");
	print_part("do", finding, "fix");
}

static void print_report(struct check *k)
{
	const char *server = json_string_or(k->c->body, "webServer", "");
	const cJSON *finding;
	cJSON *o;

	if (k->c->json) {
		o = cJSON_CreateObject();
		cJSON_AddStringToObject(o, "url", k->base);
		cJSON_AddStringToObject(o, "webServer", server);
		cJSON_AddBoolToObject(o, "ok", !k->bad);
		cJSON_AddItemReferenceToObject(o, "checks", k->list);
		print_json(o);
		cJSON_Delete(o);
		return;
	}
	print_named(k->base, server[0] ? server : "?");
	cJSON_ArrayForEach(finding, k->list) print_finding(finding);
}

static int check_arguments(struct check *k)
{
	struct ctl *c = k->c;
	struct str url = str_of(c->argc ? c->argv[0] : "http://127.0.0.1");

	if (!str_istarts(url, STR("http://")) &&
	    !str_istarts(url, STR("https://")))
		return ctl_usage("check takes an address: http://host or "
				 "https://host");
	while (str_ends(url, STR("/")))
		url.n--;
	k->base = mem_strndup(url.p, url.n);
	k->body_mb = json_int_or(c->body, "bodyMb", BODY_MB);
	k->silence_s = json_int_or(c->body, "silence", 0);
	k->insecure = json_bool_or(c->body, "insecure", false);
	if (k->body_mb > BODY_MB_MAX)
		return ctl_usage("--body-mb takes up to %d", BODY_MB_MAX);
	if (k->silence_s > SILENCE_MAX_S)
		return ctl_usage("--silence takes up to %d", SILENCE_MAX_S);
	return CTL_OK;
}

int ctl_check(struct ctl *c)
{
	struct check k = {.c = c, .list = cJSON_CreateArray()};
	int rc = check_arguments(&k);

	if (rc == CTL_OK)
		rc = look(&k);
	if (rc == CTL_OK) {
		print_report(&k);
		rc = k.bad ? CTL_FAILED : CTL_OK;
	}
	secret_wipe(k.ticket, sizeof(k.ticket));
	cJSON_Delete(k.list);
	mem_free(k.base);
	return rc;
}
