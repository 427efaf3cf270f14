#include "relay/auth.h"

#include <string.h>

#include "base/clock.h"
#include "sched/model_map.h"

enum {
	CREDENTIALS = 3,
	CREDENTIAL_MIN = 10,
	CREDENTIAL_MAX = 512,
	AGENT_SHOWN = 100
};

static struct str bearer(struct str authorization)
{
	if (!str_istarts(authorization, STR("bearer ")))
		return STR_NONE;
	return str_trim(str_sub(authorization, 7, authorization.n));
}

static int find(struct app *app, struct str credential, struct api_key *out,
		struct err *e)
{
	char hash[SECRET_HASH_HEX];

	if (credential.n < CREDENTIAL_MIN || credential.n > CREDENTIAL_MAX)
		return err_set(e, ERR_NOT_FOUND, "no key");
	secret_hash(&app->keys, credential, hash);
	return store_api_key_find(app->store, hash, out, e);
}

/* Clients that cannot be let in need not try again: Claude Code would, for a
 * minute and a half. */
static int refuse(struct err *e, const char *why)
{
	err_set(e, ERR_AUTH, "%s", why);
	e->no_retry = true;
	return -1;
}

/* The key exists; may it be used now? */
static int check_state(const struct api_key *key, const char *wrong,
		       struct err *e)
{
	if (key->deleted_ms)
		return refuse(e, wrong);
	if (!key->active)
		return refuse(e, "this API key is disabled");
	if (key->expires_ms && key->expires_ms <= clock_wall_ms())
		return refuse(e, "this API key has expired");
	return 0;
}

int auth_usable(const struct api_key *key, struct err *e)
{
	return check_state(key, "this API key was deleted", e);
}

int auth_gone(struct err *e)
{
	return refuse(e, "this API key was deleted");
}

int auth_caller(struct app *app, const struct request *r, struct api_key *out,
		struct err *e)
{
	const struct {
		struct str credential;
		const char *wrong; /* what is said of it */
	} given[CREDENTIALS] = {
	    {str_trim(request_header(r, "x-api-key")), "invalid x-api-key"},
	    {bearer(request_header(r, "authorization")),
	     "invalid bearer token"},
	    {str_trim(request_header(r, "api-key")), "invalid api-key"},
	};
	const char *why = NULL;

	for (size_t i = 0; i < CREDENTIALS; i++) {
		if (given[i].credential.n == 0)
			continue;
		if (find(app, given[i].credential, out, e) == 0) {
			if (check_state(out, given[i].wrong, e) == 0)
				return 0;
			api_key_release(out);
			return -1;
		}
		if (e->kind != ERR_NOT_FOUND)
			return -1; /* the store's trouble, not the caller's */
		if (!why)
			why = given[i].wrong;
	}
	return refuse(e, why ? why : "x-api-key header is required");
}

static bool listed(char *const *patterns, size_t n, struct str model)
{
	for (size_t i = 0; i < n; i++) {
		if (model_match(patterns[i], model) > 0)
			return true;
	}
	return false;
}

int auth_model(const struct api_key *key, struct str model, struct err *e)
{
	bool allowed = key->nallowed == 0 ||
		       listed(key->allowed_models, key->nallowed, model);

	if (allowed && !listed(key->restricted_models, key->nrestricted, model))
		return 0;
	return err_set(e, ERR_FORBIDDEN,
		       "this API key may not use the model %.*s",
		       STR_ARG(model));
}

/* The clients that CRS has words for, by what their User-Agent begins with;
 * any other word is such a beginning itself. */
static const struct {
	const char *word, *agent;
} clients[] = {
    {"claude_code", "claude-cli/"}, {"claude_code", "claude-code/"},
    {"codex_cli", "codex"},	    {"gemini_cli", "GeminiCLI/"},
    {"droid_cli", "factory-cli/"},
};

static bool is_client(const char *word, struct str agent)
{
	bool known = false;

	for (size_t i = 0; i < sizeof(clients) / sizeof(clients[0]); i++) {
		if (strcmp(clients[i].word, word) != 0)
			continue;
		known = true;
		if (str_istarts(agent, str_of(clients[i].agent)))
			return true;
	}
	return !known && str_istarts(agent, str_of(word));
}

int auth_client(const struct api_key *key, const struct request *r,
		struct err *e)
{
	struct str agent = request_header(r, "user-agent");

	for (size_t i = 0; i < key->nclients; i++) {
		if (is_client(key->allowed_clients[i], agent))
			return 0;
	}
	if (key->nclients == 0)
		return 0;
	return err_set(e, ERR_FORBIDDEN,
		       "this API key is not for this client (User-Agent "
		       "\"%.*s\")",
		       STR_ARG(str_sub(agent, 0, AGENT_SHOWN)));
}
