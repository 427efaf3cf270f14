/* The commands, one function a row of commands.c. */
#ifndef CTL_CMD_H
#define CTL_CMD_H

#include "ctl/ctl.h"

typedef int ctl_fn(struct ctl *c);

/* cmd_admin.c, cmd_token.c */
ctl_fn ctl_admin_create, ctl_admin_list, ctl_admin_password, ctl_admin_delete;
ctl_fn ctl_admin_code;
ctl_fn ctl_token_create, ctl_token_list, ctl_token_revoke;
/* cmd_key.c */
ctl_fn ctl_key_create, ctl_key_list, ctl_key_show, ctl_key_update;
ctl_fn ctl_key_delete;
/* cmd_account.c, cmd_account_change.c, cmd_import.c */
ctl_fn ctl_account_list, ctl_account_show, ctl_account_test;
ctl_fn ctl_account_add, ctl_account_update, ctl_account_delete;
ctl_fn ctl_account_enable, ctl_account_disable, ctl_account_reset;
ctl_fn ctl_account_import, ctl_account_export;
/* cmd_status.c, cmd_stats.c */
ctl_fn ctl_status, ctl_stats, ctl_routes;
/* cmd_webhook.c */
ctl_fn ctl_webhook_show, ctl_webhook_set, ctl_webhook_test;
ctl_fn ctl_webhook_delete;
/* cmd_check.c */
ctl_fn ctl_check;
/* cmd_reload.c */
ctl_fn ctl_reload;
/* cmd_price.c */
ctl_fn ctl_price_list, ctl_price_set, ctl_price_remove, ctl_price_import;
/* cmd_backup.c, cmd_restore.c */
ctl_fn ctl_backup, ctl_verify, ctl_restore;
/* cmd_transfer.c */
ctl_fn ctl_config_export, ctl_config_import;
/* cmd_config.c */
ctl_fn ctl_config_check, ctl_config_sample, ctl_config_manual;

#endif
