#include "ctl/cmd.h"

#include <stdio.h>

enum { DOCUMENT_BYTES = 256 * 1024 };

int ctl_config_check(struct ctl *c)
{
	struct buf report = BUF_INIT(DOCUMENT_BYTES);
	struct err e;
	int rc;

	if (!c->config_path) {
		puts("no configuration file: the defaults are used");
		return CTL_OK;
	}
	rc = settings_read(&c->settings, c->config_path, NULL, &report, &e);
	if (rc < 0)
		fputs(report.data, stderr);
	buf_release(&report);
	if (rc < 0)
		return CTL_FAILED;
	printf("%s: right\nstate_dir = %s\nsocket = %s\nkey_file = %s\n",
	       c->config_path, c->settings.state_dir, c->settings.socket,
	       c->settings.key_file);
	settings_release(&c->settings);
	return CTL_OK;
}

static const char head[] =
    "# llmrelay.conf(5): settings of the responder and of llmrelayctl. Each "
    "line\n"
    "# that is commented out shows the default. `llmrelayctl config check` "
    "finds\n"
    "# mistakes, `llmrelayctl reload` brings changes about and says which need "
    "a\n"
    "# new start.\n";

static int print(const char *before,
		 void (*write)(struct buf *, const struct config_row *, size_t))
{
	struct buf out = BUF_INIT(DOCUMENT_BYTES);

	buf_adds(&out, before);
	write(&out, settings_rows, settings_count);
	fwrite(out.data, 1, out.len, stdout);
	buf_release(&out);
	return CTL_OK;
}

int ctl_config_sample(struct ctl *c)
{
	(void)c;
	return print(head, config_sample);
}

int ctl_config_manual(struct ctl *c)
{
	(void)c;
	return print("", config_manual);
}
