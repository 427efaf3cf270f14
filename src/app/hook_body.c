/* What notices say. */
#include <string.h>

#include "app/backend.h"
#include "app/hook_impl.h"
#include "base/clock.h"
#include "base/mem.h"
#include "store/api_key.h"

static const char *const names[HOOK_EVENTS] = {
    [HOOK_ACCOUNT_DOWN] = "accountAnomaly",
    [HOOK_ACCOUNT_BACK] = "accountRecovery",
    [HOOK_KEY_LIMIT] = "quotaWarning",
    [HOOK_TEST] = "test",
};

const char *hook_event_name(enum hook_event event)
{
	return names[event];
}

void hook_new_id(char id[HOOK_ID + 1])
{
	enum { PREFIX = 4 };

	str_put(id, PREFIX + 1, STR("evt_"));
	secret_base62(id + PREFIX, HOOK_ID - PREFIX);
}

char *hook_body(enum hook_event event, const char *id, int64_t at_ms,
		const cJSON *data)
{
	cJSON *o = cJSON_CreateObject();
	char at[CLOCK_ISO_BYTES];
	char *text;

	clock_iso(at_ms, at);
	cJSON_AddStringToObject(o, "type", names[event]);
	cJSON_AddStringToObject(o, "service", "llmrelay");
	cJSON_AddStringToObject(o, "id", id);
	cJSON_AddStringToObject(o, "timestamp", at);
	cJSON_AddItemToObject(o, "data", cJSON_Duplicate(data, true));
	text = json_print(o);
	cJSON_Delete(o);
	return text;
}

static const char *status_word(const struct pool_change *c)
{
	static const char *const words[] = {
	    [HEALTH_GOOD] = "active",
	    [HEALTH_RATE_LIMITED] = "rateLimited",
	    [HEALTH_UNAUTHORIZED] = "unauthorized",
	    [HEALTH_FAILED] = "cooling",
	};

	return words[c->down ? c->cause : HEALTH_GOOD];
}

/* Text of a backend, cut where it stops being UTF-8. */
static void add_foreign(cJSON *o, const char *name, char *text)
{
	text[str_utf8_valid(str_of(text))] = '\0';
	cJSON_AddStringToObject(o, name, text);
}

cJSON *hook_account_data(const struct pool_change *c, int64_t now_wall_ms)
{
	const struct backend *b = c->view.data;
	char reason[HEALTH_REASON], until[CLOCK_ISO_BYTES];
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "accountId", b->account.id);
	cJSON_AddStringToObject(o, "accountName", b->account.name);
	cJSON_AddStringToObject(o, "status", status_word(c));
	if (!c->down)
		return o;
	memcpy(reason, c->reason, sizeof(reason));
	/* A backend may quote what it was sent. */
	backend_strike_secrets(b, reason);
	add_foreign(o, "reason", reason);
	if (c->wait_ms > 0) {
		clock_iso(now_wall_ms + c->wait_ms, until);
		cJSON_AddStringToObject(o, "until", until);
	} else {
		cJSON_AddNullToObject(o, "until");
	}
	return o;
}

cJSON *hook_limit_data(struct app *app, const char *key_id, const char *limit,
		       const char *message)
{
	cJSON *o = cJSON_CreateObject();
	struct api_key key;
	struct err e;

	cJSON_AddStringToObject(o, "apiKeyId", key_id);
	if (store_api_key_get(app->store, key_id, &key, &e) == 0) {
		cJSON_AddStringToObject(o, "apiKeyName", key.name);
		api_key_release(&key);
	}
	cJSON_AddStringToObject(o, "limit", limit);
	cJSON_AddStringToObject(o, "message", message);
	return o;
}
