/* What the responder says of its own installation. */
#include "tests/support/tap.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "app/tickets.h"
#include "base/clock.h"
#include "base/mem.h"
#include "tests/support/admin_client.h"

static struct app_dir d;

static void check(const char *path, const char *want)
{
	admin_check(&d, "GET /admin/selftest", NULL, 200, path, want);
}

static void test_good(void)
{
	check("data.ok", "true");
	check("data.checks.0.name", "authorization");
	check("data.checks.0.state", "good");
	check("data.checks.0.fix", "null");
	check("data.checks.1.state", "good");
	check("data.checks.2.state", "good");
	check("data.checks.5.name", "clock");
	check("data.checks.5.state", "good");
	check("data.checks.5.why", "null");
	check("data.checks.6.name", "fileSystem");
	check("data.checks.6.state", "good");
	check("data.checks.7.name", "socket");
	check("data.checks.7.state", "good");
	check("data.checks.8.name", "admin");
	check("data.checks.8.state", "good");
	check("data.checks.9", "absent");
}

static void test_rights(void)
{
	char fix[200];

	chmod(d.settings.key_file, 0644);
	snprintf(fix, sizeof(fix), "chmod 0600 %s", d.settings.key_file);
	check("data.ok", "false");
	check("data.checks.2.state", "bad");
	check("data.checks.2.fix", fix);
	chmod(d.settings.key_file, 0600);
	chmod(d.settings.state_dir, 0755);
	check("data.checks.1.state", "bad");
	check("data.checks.1.why",
	      "others of this machine can read the database with its "
	      "sessions");
	chmod(d.settings.state_dir, 0700);
	check("data.ok", "true");
}

/* The token came another way: what of the header, nobody knows. */
static void test_unseen(void)
{
	char header[256];
	const char *token = strrchr(admin_authorization(), ' ');
	struct fcgi_call call = {.uri = "/admin/selftest", .headers = {header}};

	snprintf(header, sizeof(header), "x-admin-token:%s", token);
	admin_check_call(&d, &call, 200, "data.checks.0.state", "unknown");
	call.headers[0] = NULL;
	admin_check_call(&d, &call, 401, "success", "false");
}

/* Administrators from elsewhere, and what each web server has to be told. */
static void test_from_elsewhere(void)
{
	static const struct {
		const char *remote, *server, *want, *fix;
		bool https;
	} rows[] = {
	    {"203.0.113.9", "lighttpd/1.4", "bad",
	     "ssl.engine = \"enable\", or the $HTTP[\"remoteip\"] block with "
	     "url.access-deny of 50-llmrelay.conf",
	     false},
	    {"203.0.113.9", "lighttpd/1.4", "good", "null", true},
	    {"172.15.0.1", "nginx/1.22", "bad",
	     "listen 443 ssl;, or allow 127.0.0.0/8; deny all; in the location "
	     "of /admin",
	     false},
	    {"172.31.0.1", "nginx/1.22", "good", "null", false},
	    {"192.168.1.7", "nginx/1.22", "good", "null", false},
	    {"2001:db8::1", "x", "bad",
	     "use https, or let /admin, /web and /metrics answer this machine "
	     "only",
	     false},
	    {"::1", "x", "good", "null", false},
	};
	struct fcgi_call call = {.uri = "/admin/selftest",
				 .headers = {admin_authorization()}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		call.remote = rows[i].remote;
		call.server = rows[i].server;
		call.https = rows[i].https;
		admin_check_call(&d, &call, 200, "data.checks.8.state",
				 rows[i].want);
		admin_check_call(&d, &call, 200, "data.checks.8.fix",
				 rows[i].fix);
	}
}

static void test_ticket(void)
{
	struct fcgi_call call = {.method = "POST",
				 .uri = "/admin/selftest",
				 .headers = {admin_authorization()},
				 .server = "nginx/1.22.1"};
	char *ticket;
	cJSON *answer;
	int status;

	answer = admin_call(&d, "POST", "/admin/selftest", NULL, &status);
	is_int(status, 200, "a ticket: status");
	ticket = admin_text(answer, "data.ticket");
	ok(tickets_find(d.app.tickets, &d.app.keys, str_of(ticket),
			clock_mono_ms()) >= 0,
	   "it holds");
	mem_free(ticket);
	cJSON_Delete(answer);
	admin_check_call(&d, &call, 200, "data.fixes.body",
			 "client_max_body_size 64m;");
	admin_check_call(&d, &call, 200, "data.fixes.stream",
			 "fastcgi_buffering off;  (proxy_buffering off; where "
			 "nginx stands in front of another web server)");
}

int main(void)
{
	admin_client_start(&d);
	test_good();
	test_rights();
	test_unseen();
	test_from_elsewhere();
	test_ticket();
	app_dir_stop(&d);
	return done_testing();
}
