/* What the responder says of its own installation. */
#include "tests/support/tap.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

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
	check("data.checks.6", "absent");
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

int main(void)
{
	admin_client_start(&d);
	test_good();
	test_rights();
	test_unseen();
	app_dir_stop(&d);
	return done_testing();
}
