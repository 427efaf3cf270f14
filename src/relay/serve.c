#include "relay/relay.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "relay/answer.h"
#include "relay/auth.h"
#include "relay/check.h"
#include "relay/count_tokens.h"
#include "relay/key_usage.h"
#include "relay/messages.h"
#include "relay/models.h"
#include "relay/openai.h"
#include "relay/path.h"
#include "web/route.h"

enum { ALLOW_BYTES = 256, STRANGER_BODY = 64 * 1024 };

static enum route_result health(struct app *app, struct request *r,
				const struct route_args *args)
{
	bool well = !store_panicked(app->store) && !app->draining;

	(void)args;
	if (well)
		answer_json(r, 200, STR("{\"status\":\"healthy\"}"));
	else
		answer_json(r, 503, STR("{\"status\":\"unhealthy\"}"));
	return ROUTE_ANSWERED;
}

/* Some clients look whether their base URL answers at all (relay_path). */
static enum route_result landing(struct app *app, struct request *r,
				 const struct route_args *args)
{
	(void)app;
	(void)args;
	if (response_lead_browser(r))
		return ROUTE_ANSWERED;
	response_send(r, 200, "text/plain; charset=utf-8",
		      STR("llmrelay: point ANTHROPIC_BASE_URL here; "
			  "POST /v1/messages\n"),
		      NULL, 0);
	return ROUTE_ANSWERED;
}

/* Telemetry of Claude Code: taken and forgotten, so that it does not try again.
 * Nobody needs a key for it. */
static enum route_result event_sink(struct app *app, struct request *r,
				    const struct route_args *args)
{
	(void)app;
	(void)args;
	answer_json(r, 200, STR("{}"));
	return ROUTE_ANSWERED;
}

static const char events_path[] = "/api/event_logging/";

static const struct route routes[] = {
    {"GET", "/", 0, landing},
    {"GET", "/api/hello", 0, landing},
    {"GET", "/health", 0, health},
    {"POST", "/api/event_logging/:any*", 0, event_sink},
    {"GET", "/v1/check/echo/:any*", 0, check_echo},
    {"POST", "/v1/check/echo/:any*", 0, check_echo},
    {"GET", "/v1/check/stream", 0, check_stream},
    {"POST", "/v1/check/seen", 0, check_seen},
    {"GET", "/v1/check/silence", 0, check_silence},
    {"GET", "/v1/key-info", 0, key_info_get},
    {"GET", "/v1/me", 0, key_me_get},
    {"GET", "/v1/usage", 0, key_usage_get},
    {"POST", "/v1/messages", 0, messages_create},
    {"POST", "/v1/messages/count_tokens", 0, count_tokens},
    {"POST", "/v1/chat/completions", 0, openai_create},
    {"POST", "/v1/completions", 0, openai_create},
    {"POST", "/v1/embeddings", 0, openai_create},
    {"POST", "/v1/responses", 0, openai_create},
    {"POST", "/openai/deployments/:model/chat/completions", 0, openai_create},
    {"POST", "/openai/deployments/:model/completions", 0, openai_create},
    {"POST", "/openai/deployments/:model/embeddings", 0, openai_create},
    {"GET", "/v1/models", 0, models_list},
    {"GET", "/v1/models/:id*", 0, models_get},
    {"GET", "/openai/v1/models", 0, models_list},
    {"GET", "/openai/v1/models/:id*", 0, models_get},
    {"GET", "/openai/models", 0, models_list},
    {"GET", "/openai/models/:id*", 0, models_get},
    {"GET", "/azure/models", 0, models_list},
    {"GET", "/azure/models/:id*", 0, models_get},
};
enum { ROUTES = sizeof(routes) / sizeof(routes[0]) };

static void refuse_method(struct request *r, const struct buf *allow)
{
	struct response_header header = {"Allow", buf_str(allow)};
	struct buf body = BUF_INIT(4096);
	struct err e;

	err_set(&e, ERR_METHOD, "Method Not Allowed: use %s", buf_str(allow).p);
	answer_error_body(&body, r->path, &e, str_of(r->id));
	response_send(r, 405, "application/json", buf_str(&body), &header, 1);
	buf_release(&body);
}

static void refuse_path(struct request *r)
{
	bool openai = answer_is_openai(r->path);
	struct err e;

	err_set(&e, ERR_NOT_FOUND, "Not found: %.*s %.*s. %s",
		STR_ARG(str_sub(r->method, 0, 16)),
		STR_ARG(str_sub(r->path, 0, 200)),
		openai ? "Chat completions are at /v1/chat/completions"
		       : "The Messages API is at /v1/messages");
	if (openai) /* else it would name a model */
		str_put(e.code, sizeof(e.code), STR("unknown_url"));
	answer_error(r, &e);
}

static void log_answered(const struct request *r)
{
	struct logline l;

	log_begin(&l, r->status < 500 ? LOG_INFO : LOG_WARN, "request");
	log_cstr(&l, "id", r->id);
	log_str(&l, "method", r->method);
	log_str(&l, "path", r->path);
	log_int(&l, "status", r->status);
	log_int(&l, "ms", (clock_mono_us() - r->started_us) / 1000);
	log_end(&l);
}

size_t relay_body_limit(struct app *app, const struct request *r)
{
	struct api_key key;
	struct err e;

	if (check_has_ticket(app, r))
		return (size_t)app->settings->max_body_bytes;
	if (str_starts(relay_path(r->path), str_of(events_path)) ||
	    auth_caller(app, r, &key, &e) < 0)
		return STRANGER_BODY;
	api_key_release(&key);
	return (size_t)app->settings->max_body_bytes;
}

void relay_serve(struct app *app, struct request *r)
{
	enum route_result result = ROUTE_ANSWERED;
	struct buf allow = BUF_INIT(ALLOW_BYTES);
	const struct route *route = NULL;
	struct route_args args;

	r->path = relay_path(r->path);
	switch (route_find(routes, ROUTES, r->method, r->path, &route, &args,
			   &allow)) {
	case ROUTE_MATCH:
		result = route->handler(app, r, &args);
		break;
	case ROUTE_NO_METHOD:
		refuse_method(r, &allow);
		break;
	case ROUTE_NO_PATH:
		refuse_path(r);
		break;
	}
	buf_release(&allow);
	if (result == ROUTE_TAKEN)
		return;
	log_answered(r);
	request_free(r);
}
