#include "ctl/cmd.h"

#include <stdio.h>

int ctl_config_check(struct ctl *c)
{
	struct err e;

	if (c->argc)
		return ctl_usage("config check takes no arguments");
	if (!c->config_path) {
		puts("no configuration file: the defaults are used");
		return CTL_OK;
	}
	if (settings_load(&c->settings, c->config_path, NULL, &e) < 0)
		return ctl_fail(&e);
	printf("%s: right\nstate_dir = %s\nsocket = %s\nkey_file = %s\n",
	       c->config_path, c->settings.state_dir, c->settings.socket,
	       c->settings.key_file);
	settings_release(&c->settings);
	return CTL_OK;
}

int ctl_config_sample(struct ctl *c)
{
	enum { SAMPLE_BYTES = 256 * 1024 };
	struct buf out = BUF_INIT(SAMPLE_BYTES);

	if (c->argc)
		return ctl_usage("config sample takes no arguments");
	config_sample(&out, settings_rows, settings_count);
	fwrite(out.data, 1, out.len, stdout);
	buf_release(&out);
	return CTL_OK;
}
