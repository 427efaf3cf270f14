/* What llmrelayctl check asks through the web server. */
#include <inttypes.h>
#include <netinet/in.h>
#include <string.h>

#include "base/mem.h"
#include "base/secret.h"
#include "ctl/check.h"
#include "ctl/print.h"

enum {
	MESSAGE_BYTES = 4096,
	MB = 1024 * 1024,
	BODY_PATIENCE_MS = 120000,
	SILENCE_SPARE_MS = 30000
};

/* ------------------------------------------------------------ the way there */

static void say_unreached(struct check *k, const struct check_call *q)
{
	struct buf text = BUF_INIT(MESSAGE_BYTES);
	struct check_finding f = {
	    .name = "address",
	    .state = CHECK_BAD,
	    .why = "clients cannot use the relay at this address",
	    .topic = WEBTOPIC_ROUTE,
	};

	check_say(q, &text);
	if (q->failed) {
		f.fix = "start the web server, or name the address that "
			"clients use";
	} else if (q->http.location[0]) {
		buf_adds(&text, ": it leads to ");
		print_safe(&text, str_of(q->http.location));
		f.why = "clients do not follow that with a request";
		f.fix = "give clients the address that it leads to";
	}
	f.message = text.data;
	k->inner = k->outer;
	check_add(k, &f);
	buf_release(&text);
}

static void say_certificate(struct check *k, const struct check_call *q)
{
	check_add(k, &(struct check_finding){
			 .name = "certificate",
			 .state = CHECK_BAD,
			 .message = q->why.message,
			 .why = "clients refuse the connection",
			 .fix = "a certificate for this name of an authority "
				"that clients know; for Claude Code its own "
				"authority by NODE_EXTRA_CA_CERTS",
			 .topic = WEBTOPICS});
}

bool check_reach(struct check *k)
{
	struct check_call q;
	bool reached;

	check_call_init(k, &q, "GET", "/v1");
	reached = check_send(k, &q);
	if (!reached && q.failed && q.why.kind == ERR_FORBIDDEN) {
		say_certificate(k, &q);
		check_call_release(&q);
		k->insecure = true;
		check_call_init(k, &q, "GET", "/v1");
		reached = check_send(k, &q);
	}
	if (reached)
		check_add_good(k, "address", "the relay answers");
	else
		say_unreached(k, &q);
	check_call_release(&q);
	return reached;
}

static void judge_headers(struct check *k, const cJSON *echo)
{
	bool whole =
	    strcmp(json_string_or(echo, "version", ""), "2023-06-01") == 0 &&
	    strcmp(json_string_or(echo, "beta", ""), "check-1,check-2") == 0;

	if (json_bool_or(echo, "authorization", false))
		check_add_good(k, "authorization",
			       "the header Authorization arrives");
	else
		check_add(k, &(struct check_finding){
				 .name = "authorization",
				 .state = CHECK_BAD,
				 .message = "the header Authorization is kept "
					    "back",
				 .why = "clients with ANTHROPIC_AUTH_TOKEN, "
					"OpenAI's clients and administrators "
					"are answered 401",
				 .topic = WEBTOPIC_AUTHORIZATION});
	if (!whole)
		check_add(k, &(struct check_finding){
				 .name = "headers",
				 .state = CHECK_BAD,
				 .message = "anthropic-version and "
					    "anthropic-beta do not arrive as "
					    "they were sent",
				 .why = "what clients switch on by them is "
					"not done",
				 .fix = "pass all headers of requests on",
				 .topic = WEBTOPICS});
}

static const char *const other_installation =
    "what answers there does not know this installation's ticket";

bool check_hello(struct check *k)
{
	struct check_call q;
	cJSON *echo = NULL;

	check_call_init(k, &q, "GET", "/v1/check/echo/hello");
	if (check_send(k, &q))
		echo = check_echo_of(&q);
	if (echo) {
		k->inner =
		    webserver_of(str_of(json_string_or(echo, "server", "")),
				 str_of(json_string_or(echo, "script", "")));
		judge_headers(k, echo);
		cJSON_AddStringToObject(k->c->body, "webServer",
					json_string_or(echo, "server", ""));
		cJSON_AddStringToObject(k->c->body, "remote",
					json_string_or(echo, "remote", ""));
	} else if (q.http.status == 401) {
		check_add(k, &(struct check_finding){
				 .name = "installation",
				 .state = CHECK_BAD,
				 .message = other_installation,
				 .why = "two relays run, or the header "
					"x-api-key is kept back",
				 .fix = "--config with the file of the relay "
					"that answers there",
				 .topic = WEBTOPICS});
	} else {
		say_unreached(k, &q);
	}
	check_call_release(&q);
	cJSON_Delete(echo);
	return echo != NULL;
}

/* ------------------------------------------------------------------- bodies */

/* Sends a body to the echo and says what became of it: "" when it arrived as
 * it was. *own: it was the relay that did not take it. */
static void send_body(struct check *k, struct str body, struct buf *text,
		      bool *own)
{
	struct check_call q;
	cJSON *echo = NULL;
	char hash[65];

	*own = false;
	secret_sha256(body, hash);
	check_call_init(k, &q, "POST", "/v1/check/echo/body");
	q.http.body = body;
	q.http.total_ms = BODY_PATIENCE_MS;
	if (check_send(k, &q))
		echo = check_echo_of(&q);
	if (!echo) {
		check_say(&q, text);
	} else if (json_bool_or(echo, "tooLarge", false)) {
		*own = true;
		buf_adds(text, "it is above the relay's own max_body_bytes");
	} else if (strcmp(json_string_or(echo, "sha256", ""), hash) != 0) {
		buf_addf(text,
			 "%" PRId64 " bytes arrive of %zu, or others than "
			 "were sent",
			 json_int_or(echo, "bytes", 0), body.n);
	}
	cJSON_Delete(echo);
	check_call_release(&q);
}

void check_body(struct check *k)
{
	size_t size = (size_t)k->body_mb * MB;
	struct buf body = BUF_INIT(size), text = BUF_INIT(MESSAGE_BYTES);
	bool own;

	buf_adds(&body, "{\"text\":\"");
	while (body.len + 64 < size)
		buf_adds(&body, "a long prompt, again and again, ");
	buf_adds(&body, "\"}");
	buf_addf(&text, "a request of %" PRId64 " MB", k->body_mb);
	if (k->body_mb) {
		struct buf trouble = BUF_INIT(MESSAGE_BYTES);

		send_body(k, buf_str(&body), &trouble, &own);
		if (trouble.len)
			buf_addf(&text, " does not pass: %s", trouble.data);
		else
			buf_adds(&text, " passes");
		check_add(k,
			  &(struct check_finding){
			      .name = "body",
			      .state = !trouble.len ? CHECK_GOOD
				       : own	    ? CHECK_UNKNOWN
						    : CHECK_BAD,
			      .message = text.data,
			      .why = "long conversations, with images, end in "
				     "an error",
			      .fix = own ? "a larger max_body_bytes in "
					   "llmrelay.conf"
					 : NULL,
			      .topic = WEBTOPIC_BODY});
		buf_release(&trouble);
	}
	buf_release(&text);
	buf_release(&body);
}

/* What prompts of programmers are made of, and firewalls look for. */
static const char *const firewall_body =
    "{\"text\":\"<script>alert(document.cookie)</script> ' OR '1'='1'; "
    "DROP TABLE users; -- UNION SELECT name, password FROM accounts "
    "../../../../etc/passwd <?php system($_GET['c']); ?> "
    "<img src=x onerror=alert(1)> ${jndi:ldap://127.0.0.1/a} "
    "$(curl -s http://127.0.0.1/x.sh | bash) `cat /etc/shadow` "
    "xp_cmdshell 'dir' {{7*7}} <!--#exec cmd=ls --> sleep(10) rm -rf /\"}";

void check_firewall(struct check *k)
{
	struct buf trouble = BUF_INIT(MESSAGE_BYTES);
	struct buf text = BUF_INIT(MESSAGE_BYTES);
	bool own;

	send_body(k, str_of(firewall_body), &trouble, &own);
	if (!trouble.len) {
		check_add_good(k, "firewall", "code, SQL and HTML pass");
	} else {
		buf_addf(&text,
			 "a request with code, SQL and HTML does not "
			 "pass: %s",
			 trouble.data);
		check_add_bad(k, "firewall", WEBTOPIC_FIREWALL, &text,
			      "what programmers ask is taken for an attack");
	}
	buf_release(&trouble);
	buf_release(&text);
}

/* -------------------------------------------------------------------- paths */

void check_slash(struct check *k)
{
	struct buf text = BUF_INIT(MESSAGE_BYTES);
	struct check_call q;
	cJSON *echo = NULL;
	const char *path = "";

	check_call_init(k, &q, "GET", "/v1/check/echo/Qwen%2FQwen3-32B?a=%2F");
	if (check_send(k, &q))
		echo = check_echo_of(&q);
	if (echo)
		path = json_string_or(echo, "path", "");
	if (strcmp(path, "Qwen/Qwen3-32B") == 0) {
		check_add_good(k, "slashes", "encoded slashes in paths arrive");
	} else {
		buf_adds(&text,
			 "/v1/models/Qwen%2FQwen3-32B does not arrive: ");
		if (echo)
			print_safe(&text, str_of(path));
		else
			check_say(&q, &text);
		check_add_bad(
		    k, "slashes", WEBTOPIC_SLASH, &text,
		    "models whose names have a slash cannot be looked up");
	}
	cJSON_Delete(echo);
	check_call_release(&q);
	buf_release(&text);
}

static bool has_path(const char *base)
{
	const char *host = strstr(base, "://");

	return host && strchr(host + 3, '/');
}

/* An answer of the relay's, whatever it is, shows that it was asked. */
static bool reaches(struct check *k, const char *path, struct buf *said)
{
	struct check_call q;
	bool reached;

	check_call_init(k, &q, "GET", path);
	check_send(k, &q);
	reached = !q.failed && q.http.request_id[0];
	if (!reached)
		check_say(&q, said);
	check_call_release(&q);
	return reached;
}

void check_prefixes(struct check *k)
{
	static const char *const paths[] = {"/api/v1/models",
					    "/claude/v1/models",
					    "/openai/models", "/azure/models"};
	struct buf text = BUF_INIT(MESSAGE_BYTES);

	if (has_path(k->base))
		return; /* such an address is one of these already */
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct buf said = BUF_INIT(MESSAGE_BYTES);

		if (!reaches(k, paths[i], &said))
			buf_addf(&text, "%s%s: %s", text.len ? "; " : "",
				 paths[i], said.data);
		buf_release(&said);
	}
	if (text.len)
		check_add_bad(
		    k, "prefixes", WEBTOPIC_ROUTE, &text,
		    "clients whose base address ends in it are answered "
		    "404");
	else
		check_add_good(
		    k, "prefixes",
		    "/api, /claude, /openai and /azure lead to the relay");
	buf_release(&text);
}

/* ----------------------------------------------------------- administration */

static bool is_loopback(const char *remote)
{
	return strncmp(remote, "127.", 4) == 0 || strcmp(remote, "::1") == 0 ||
	       strncmp(remote, "::ffff:127.", 11) == 0;
}

void check_admin(struct check *k)
{
	const char *remote = json_string_or(k->c->body, "remote", "");
	bool https = str_istarts(str_of(k->base), STR("https://"));
	struct buf text = BUF_INIT(MESSAGE_BYTES);
	struct buf said = BUF_INIT(MESSAGE_BYTES);

	if (!reaches(k, "/admin/session", &said)) {
		buf_adds(&text, "/admin is closed for ");
		print_safe(&text, str_of(remote));
		check_add_good(k, "admin", text.data);
	} else {
		buf_adds(&text, "/admin answers ");
		print_safe(&text, str_of(remote));
		if (https || is_loopback(remote)) {
			check_add_good(k, "admin", text.data);
		} else {
			buf_adds(&text, ", which is not this machine, without "
					"https");
			check_add_bad(
			    k, "admin", WEBTOPIC_ADMIN, &text,
			    "passwords and sessions cross the network as "
			    "they are");
		}
	}
	buf_release(&said);
	buf_release(&text);
}

/* ------------------------------------------------------------------ silence */

void check_silence(struct check *k)
{
	struct buf path = BUF_INIT(128), text = BUF_INIT(MESSAGE_BYTES);
	struct check_call q;

	if (!k->silence_s)
		return;
	buf_addf(&path, "/v1/check/silence?seconds=%" PRId64, k->silence_s);
	check_call_init(k, &q, "GET", path.data);
	q.http.total_ms = k->silence_s * 1000 + SILENCE_SPARE_MS;
	if (check_send(k, &q)) {
		buf_addf(&text, "an answer may take %" PRId64 " seconds",
			 k->silence_s);
		check_add_good(k, "silence", text.data);
	} else {
		buf_addf(&text,
			 "an answer that takes %" PRId64 " seconds does not "
			 "come: ",
			 k->silence_s);
		check_say(&q, &text);
		check_add_bad(
		    k, "silence", WEBTOPIC_SILENCE, &text,
		    "answers in one piece are silent for as long as the "
		    "model needs");
	}
	check_call_release(&q);
	buf_release(&path);
	buf_release(&text);
}
