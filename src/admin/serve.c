#include "admin/admin.h"

#include <string.h>

#include "admin/audit.h"
#include "admin/csrf.h"
#include "admin/reply.h"
#include "admin/routes.h"
#include "admin/serve_log.h"
#include "admin/session.h"
#include "base/clock.h"

/* Flags: no session is needed; none of an admin token is enough, so that one
 * that leaks cannot make others and ends when it is revoked; a login, which is
 * kept even when it was refused; nothing worth keeping. */
enum { OPEN = 1, PERSON = 2, LOGIN = 4, QUIET = 8 };
enum { TOUCH_MS = 60 * 1000 };
/* Bodies here are small; strangers' smaller still. */
enum { BODY_MAX = 1024 * 1024, OPEN_BODY_MAX = 16 * 1024 };

#define AZURE	  "/admin/azure-openai-accounts"
#define OPENAI	  "/admin/openai-accounts"
#define RESPONSES "/admin/openai-responses-accounts"

/* What people type; programs get what any unknown address gets. */
static enum route_result to_pages(struct app *app, struct request *r,
				  const struct route_args *args)
{
	(void)app;
	(void)args;
	if (response_lead_browser(r))
		return ROUTE_ANSWERED;
	return reply_not_found(r, "Route");
}

static const struct route routes[] = {
    {"GET", "/admin", OPEN, to_pages},
    {"POST", "/web/auth/login", OPEN | LOGIN, login_post},
    {"POST", "/admin/login", OPEN | LOGIN, login_post},
    {"GET", "/web/auth/setup", OPEN, setup_get},
    {"POST", "/web/auth/setup", OPEN | LOGIN, setup_post},
    {"POST", "/admin/setup-code", PERSON, setup_code_create},
    {"POST", "/web/auth/logout", 0, logout_post},
    {"POST", "/admin/logout", 0, logout_post},
    {"GET", "/web/auth/user", 0, session_user},
    {"GET", "/admin/session", 0, session_user},
    {"POST", "/web/auth/refresh", QUIET, session_refresh},
    {"POST", "/web/auth/change-password", 0, password_change_post},

    {"GET", AZURE, 0, account_list},
    {"POST", AZURE, 0, account_create},
    {"POST", AZURE "/import", 0, account_import},
    {"GET", AZURE "/export", 0, account_export},
    {"GET", AZURE "/:id", 0, account_get},
    {"PUT", AZURE "/:id", 0, account_update},
    {"DELETE", AZURE "/:id", 0, account_remove},
    {"PUT", AZURE "/:id/toggle", 0, account_toggle},
    {"PUT", AZURE "/:id/toggle-schedulable", 0, account_toggle_schedulable},
    {"POST", AZURE "/:id/test", 0, account_test},
    {"POST", AZURE "/:id/reset-status", 0, account_reset_status},
    {"POST", AZURE "/:id/health-check", QUIET, account_health},
    {"POST", AZURE "/health-check-all", QUIET, account_health_all},
    {"POST", AZURE "/:id/reset-learned", 0, account_reset_learned},

    {"GET", OPENAI, 0, account_list},
    {"POST", OPENAI, 0, account_create},
    {"POST", OPENAI "/import", 0, account_import},
    {"GET", OPENAI "/export", 0, account_export},
    {"GET", OPENAI "/:id", 0, account_get},
    {"PUT", OPENAI "/:id", 0, account_update},
    {"DELETE", OPENAI "/:id", 0, account_remove},
    {"PUT", OPENAI "/:id/toggle", 0, account_toggle},
    {"PUT", OPENAI "/:id/toggle-schedulable", 0, account_toggle_schedulable},
    {"POST", OPENAI "/:id/test", 0, account_test},
    {"POST", OPENAI "/:id/reset-status", 0, account_reset_status},
    {"POST", OPENAI "/:id/health-check", QUIET, account_health},
    {"POST", OPENAI "/health-check-all", QUIET, account_health_all},
    {"POST", OPENAI "/:id/reset-learned", 0, account_reset_learned},

    {"GET", RESPONSES, 0, account_list},
    {"POST", RESPONSES, 0, account_create},
    {"POST", RESPONSES "/import", 0, account_import},
    {"GET", RESPONSES "/export", 0, account_export},
    {"GET", RESPONSES "/:id", 0, account_get},
    {"PUT", RESPONSES "/:id", 0, account_update},
    {"DELETE", RESPONSES "/:id", 0, account_remove},
    {"PUT", RESPONSES "/:id/toggle", 0, account_toggle},
    {"PUT", RESPONSES "/:id/toggle-schedulable", 0, account_toggle_schedulable},
    {"POST", RESPONSES "/:id/test", 0, account_test},
    {"POST", RESPONSES "/:id/reset-status", 0, account_reset_status},
    {"POST", RESPONSES "/:id/health-check", QUIET, account_health},
    {"POST", RESPONSES "/health-check-all", QUIET, account_health_all},
    {"POST", RESPONSES "/:id/reset-learned", 0, account_reset_learned},

    {"GET", "/admin/account-options", 0, account_options_list},

    {"GET", "/admin/account-groups", 0, group_list},
    {"POST", "/admin/account-groups", 0, group_create},
    {"GET", "/admin/account-groups/:id", 0, group_get},
    {"PUT", "/admin/account-groups/:id", 0, group_update},
    {"DELETE", "/admin/account-groups/:id", 0, group_remove},
    {"GET", "/admin/account-groups/:id/members", 0, group_members},

    {"GET", "/admin/api-keys", 0, api_key_list},
    {"POST", "/admin/api-keys", 0, api_key_create},
    {"GET", "/admin/api-keys/tags", 0, api_key_tags},
    {"GET", "/admin/api-keys/tags/details", 0, api_key_tag_counts},
    {"GET", "/admin/api-keys/deleted", 0, api_key_deleted},
    {"DELETE", "/admin/api-keys/deleted/clear-all", 0, api_key_purge_all},
    {"POST", "/admin/api-keys/batch", 0, api_key_batch_create},
    {"PUT", "/admin/api-keys/batch", 0, api_key_batch_update},
    {"DELETE", "/admin/api-keys/batch", 0, api_key_batch_remove},
    {"GET", "/admin/api-keys/:id", 0, api_key_get},
    {"PUT", "/admin/api-keys/:id", 0, api_key_update},
    {"DELETE", "/admin/api-keys/:id", 0, api_key_remove},
    {"PUT", "/admin/api-keys/:id/toggle", 0, api_key_toggle},
    {"PATCH", "/admin/api-keys/:id/expiration", 0, api_key_expiration},
    {"POST", "/admin/api-keys/:id/restore", 0, api_key_restore},
    {"DELETE", "/admin/api-keys/:id/permanent", 0, api_key_purge},

    {"GET", "/admin/admins", 0, admins_list},
    {"POST", "/admin/admins", PERSON, admins_create},
    {"DELETE", "/admin/admins/:name", PERSON, admins_remove},
    {"PUT", "/admin/admins/:name/password", PERSON, admins_password},

    {"GET", "/admin/tokens", 0, tokens_list},
    {"POST", "/admin/tokens", PERSON, tokens_create},
    {"DELETE", "/admin/tokens/:id", PERSON, tokens_revoke},

    {"GET", "/admin/model-routes", 0, model_routes_list},
    {"GET", "/admin/model-stats", 0, model_stats_get},
    {"GET", "/admin/usage-costs", 0, usage_costs_get},
    {"GET", "/admin/prices", 0, prices_list},
    {"POST", "/admin/prices", 0, prices_set},
    {"DELETE", "/admin/prices", 0, prices_remove},
    {"POST", "/admin/prices/import", 0, prices_import},
    {"GET", "/admin/models/pricing", 0, pricing_get},
    {"GET", "/admin/models/pricing/status", 0, pricing_status_get},
    {"GET", "/metrics", 0, metrics_get},
    {"GET", "/admin/dashboard", 0, dashboard_get},
    {"GET", "/admin/usage-trend", 0, usage_trend_get},
    {"GET", "/admin/account-usage-trend", 0, account_trend_get},
    {"GET", "/admin/api-keys-usage-trend", 0, key_trend_get},
    {"GET", "/admin/request-details", 0, request_details_get},
    {"GET", "/admin/request-details/:id", 0, request_detail_get},
    {"GET", "/admin/api-keys/:id/usage-records", 0, key_records_get},
    {"GET", "/admin/accounts/:id/usage-records", 0, account_records_get},
    {"GET", "/admin/temp-unavailable", 0, temp_unavailable_get},
    {"GET", "/admin/requests/live", 0, requests_live_get},
    {"GET", "/admin/request-errors", 0, request_errors_get},

    {"GET", "/admin/audit", 0, audit_get},
    {"GET", "/admin/selftest", 0, selftest_get},
    {"POST", "/admin/backups", 0, backup_create},
    {"POST", "/admin/selftest", QUIET, selftest_post},
    {"GET", "/admin/webhook", 0, webhook_get},
    {"PUT", "/admin/webhook", 0, webhook_put},
    {"POST", "/admin/webhook/test", 0, webhook_test},
    {"GET", "/admin/settings", 0, settings_get},
    {"POST", "/admin/settings/reload", 0, settings_reload},

    {"POST", "/apiStats/api/get-key-id", OPEN, api_stats_id},
    {"POST", "/apiStats/api/user-stats", OPEN, api_stats_user},
    {"POST", "/apiStats/api/user-model-stats", OPEN, api_stats_models},
};

const struct route *admin_routes(size_t *n)
{
	*n = sizeof(routes) / sizeof(routes[0]);
	return routes;
}

bool admin_owns(struct str path)
{
	return str_is(path, "/admin") || str_starts(path, STR("/admin/")) ||
	       str_starts(path, STR("/web/")) || str_is(path, "/metrics") ||
	       str_starts(path, STR("/apiStats/"));
}

size_t admin_body_limit(void)
{
	return BODY_MAX;
}

static bool is_json(struct str content_type)
{
	struct str type = str_trim(str_cut(&content_type, ';'));

	return str_ieq(type, STR("application/json"));
}

/* What is wrong with the request as such, whatever it asks for. */
static int check_body(const struct request *r, const struct route *route,
		      struct err *e)
{
	size_t max = route->flags & OPEN ? OPEN_BODY_MAX : BODY_MAX;

	if (r->body_too_large || r->body.len > max)
		return err_set(e, ERR_TOO_LARGE,
			       "The request body is too large");
	if (r->body_truncated)
		return err_set(e, ERR_BAD_REQUEST,
			       "The request body is incomplete");
	if (r->body.len && !is_json(request_header(r, "content-type")))
		return err_set(e, ERR_MEDIA_TYPE,
			       "The body must be JSON, with the header "
			       "Content-Type: application/json");
	return 0;
}

static bool is_forged(struct request *r)
{
	struct csrf_facts facts = {
	    .method = r->method,
	    .sec_fetch_site = request_header(r, "sec-fetch-site"),
	    .origin = request_header(r, "origin"),
	    .host = request_header(r, "host"),
	};

	return !csrf_allowed(&facts);
}

static enum route_result refuse_method(struct request *r,
				       const struct buf *allow)
{
	struct response_header header = {"Allow", buf_str(allow)};

	return reply_error(r, 405, "Method not allowed",
			   "This address does not take that method", &header,
			   1);
}

static enum route_result refuse_session(struct request *r,
					const struct session_refusal *why,
					const struct err *e)
{
	if (!why->error)
		return reply_err(r, e);
	return reply_error(r, 401, why->error, why->message, NULL, 0);
}

/* A request that lives on has made its change already: it is only the test of
 * an account that it waits for. */
static enum route_result run(struct app *app, struct request *r,
			     const struct route *route,
			     const struct route_args *args)
{
	const struct caller *caller = r->caller;
	bool login = route->flags & LOGIN;
	struct audit_entry entry;
	enum route_result done;
	int status = 200;

	if (strcmp(route->method, "GET") == 0 || route->flags & QUIET ||
	    (route->flags & OPEN && !login))
		return route->handler(app, r, args);
	audit_begin(&entry, r, caller ? caller->session.username : NULL);
	done = route->handler(app, r, args);
	if (done == ROUTE_ANSWERED)
		status = r->status;
	if (status < 300 || (login && status == 401))
		audit_end(app, &entry, status);
	return done;
}

static enum route_result call(struct app *app, struct request *r,
			      const struct route *route,
			      const struct route_args *args)
{
	struct caller *caller = arena_alloc(&r->arena, sizeof(*caller));
	struct session_refusal why;
	bool by_cookie;
	struct err e;

	if (check_body(r, route, &e) < 0)
		return reply_err(r, &e);
	caller->token = session_token(r, &by_cookie);
	/* A login forged by another site would let it watch its own account
	 * being used: those are judged like requests with a cookie. */
	if ((by_cookie || route->flags & OPEN) && is_forged(r))
		return reply_error(r, 403, "Forbidden",
				   "This request came from another site", NULL,
				   0);
	if (route->flags & OPEN)
		return run(app, r, route, args);
	if (session_check(app, caller->token, &caller->session, &why, &e) < 0)
		return refuse_session(r, &why, &e);
	r->caller = caller;
	if (route->flags & PERSON && caller->session.kind == SESSION_TOKEN)
		return reply_error(r, 403, "Forbidden",
				   "An admin token may not do this: log in "
				   "with a password, or use llmrelayctl",
				   NULL, 0);
	if (session_touch(app, &caller->session, TOUCH_MS, &e) < 0)
		return reply_err(r, &e);
	return run(app, r, route, args);
}

static enum route_result dispatch(struct app *app, struct request *r)
{
	struct buf allow = BUF_INIT(256);
	struct route_args args;
	const struct route *route;
	enum route_result done;

	switch (route_find(routes, sizeof(routes) / sizeof(routes[0]),
			   r->method, r->path, &route, &args, &allow)) {
	case ROUTE_MATCH:
		done = call(app, r, route, &args);
		break;
	case ROUTE_NO_METHOD:
		done = refuse_method(r, &allow);
		break;
	default:
		done = reply_not_found(r, "Route");
	}
	buf_release(&allow);
	return done;
}

void admin_serve(struct app *app, struct request *r)
{
	if (dispatch(app, r) == ROUTE_TAKEN)
		return;
	serve_log(r);
	request_free(r);
}
