/* The handlers that the table in serve.c names. */
#ifndef ADMIN_ROUTES_H
#define ADMIN_ROUTES_H

#include "app/app.h"
#include "web/route.h"

typedef enum route_result admin_handler(struct app *app, struct request *r,
					const struct route_args *args);

/* usage_records.c, temp_unavailable.c */
admin_handler key_records_get, account_records_get, temp_unavailable_get;
/* group_routes.c */
admin_handler group_list, group_create, group_get, group_update;
admin_handler group_remove, group_members;
/* login.c, password_change.c */
admin_handler login_post, logout_post, session_user, session_refresh;
admin_handler password_change_post;
/* setup_routes.c */
admin_handler setup_get, setup_post, setup_code_create;
/* account_routes.c, account_test.c */
admin_handler account_list, account_create, account_get, account_update;
admin_handler account_remove, account_toggle, account_toggle_schedulable;
admin_handler account_reset_status, account_test;
admin_handler account_health, account_health_all;
/* account_import.c, account_export.c */
admin_handler account_import, account_export;
/* account_options.c */
admin_handler account_options_list;
/* account_learned.c */
admin_handler account_reset_learned;
/* api_key_routes.c, api_key_list.c */
admin_handler api_key_list, api_key_create, api_key_get, api_key_update;
admin_handler api_key_remove, api_key_toggle, api_key_expiration;
/* api_key_trash.c, api_key_batch.c */
admin_handler api_key_deleted, api_key_restore, api_key_purge;
admin_handler api_key_purge_all, api_key_tags, api_key_tag_counts;
admin_handler api_key_batch_create, api_key_batch_update;
admin_handler api_key_batch_remove;
/* admin_routes.c, token_routes.c */
admin_handler admins_list, admins_create, admins_remove, admins_password;
admin_handler tokens_list, tokens_create, tokens_revoke;
/* model_routes.c, model_stats.c */
admin_handler model_routes_list, model_stats_get;
/* metrics_text.c */
admin_handler metrics_get;
/* usage_trend.c, usage_lines.c */
admin_handler usage_trend_get, account_trend_get, key_trend_get;
/* requests_live.c, request_errors.c, api_stats.c */
admin_handler requests_live_get, request_errors_get;
admin_handler api_stats_id, api_stats_user, api_stats_models;
/* audit_list.c */
admin_handler audit_get;
/* prices_routes.c, usage_costs.c */
admin_handler prices_list, prices_set, prices_remove, prices_import;
admin_handler pricing_get, pricing_status_get, usage_costs_get;
/* webhook_routes.c */
admin_handler webhook_get, webhook_put, webhook_test;
/* backup_routes.c */
admin_handler backup_create;
/* selftest.c */
admin_handler selftest_get, selftest_post;
/* settings_routes.c */
admin_handler settings_get, settings_reload;
/* dashboard.c, request_details.c */
admin_handler dashboard_get, request_details_get, request_detail_get;

#endif
