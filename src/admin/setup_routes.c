/* The first run: as long as there is no administrator, the code that the
 * operator was shown makes one. */
#include <string.h>

#include "admin/admin_body.h"
#include "admin/credential.h"
#include "admin/field.h"
#include "admin/login.h"
#include "admin/reply.h"
#include "admin/routes.h"
#include "base/clock.h"
#include "base/mem.h"
#include "store/first_admin.h"

enum { TEXT_MAX = 4096, CODE_LIFE_MS = 30 * 60 * 1000 };

/* All who guess at the code wait for each other: no user has this name. */
static const struct str guessed = STR("setup code");

static const char exists[] =
    "There is an administrator already: log in, or give a new password by "
    "llmrelayctl admin password";

enum route_result setup_get(struct app *app, struct request *r,
			    const struct route_args *args)
{
	cJSON *data;
	struct err e;
	size_t n;

	(void)args;
	if (store_admin_count(app->store, &n, &e) < 0)
		return reply_err(r, &e);
	data = cJSON_CreateObject();
	cJSON_AddBoolToObject(data, "needed", n == 0);
	return reply_data(r, data, NULL);
}

static enum route_result refuse(struct request *r, struct err *e)
{
	if (e->kind == ERR_CONFLICT)
		err_set(e, ERR_CONFLICT, "%s", exists);
	if (e->kind == ERR_AUTH)
		return reply_error(r, 401, "Invalid code", e->message, NULL, 0);
	return reply_err(r, e);
}

enum route_result setup_code_create(struct app *app, struct request *r,
				    const struct route_args *args)
{
	int64_t expires_ms = clock_wall_ms() + CODE_LIFE_MS;
	char text[SETUP_CODE_TEXT + 1], hash[SECRET_HASH_HEX];
	struct err e;
	cJSON *data;

	(void)args;
	credential_setup_code(&app->keys, text, hash);
	if (store_setup_code_put(app->store, hash, expires_ms, &e) < 0) {
		secret_wipe(text, sizeof(text));
		return refuse(r, &e);
	}
	data = cJSON_CreateObject();
	cJSON_AddStringToObject(data, "code", text);
	field_add_time(data, "expiresAt", expires_ms);
	secret_wipe(text, sizeof(text));
	return reply_data(r, data, NULL);
}

static int check_none(struct app *app, struct err *e)
{
	size_t n;

	if (store_admin_count(app->store, &n, e) < 0)
		return -1;
	return n == 0 ? 0 : err_set(e, ERR_CONFLICT, "%s", exists);
}

static int read_code(struct app *app, const cJSON *body,
		     char hash[SECRET_HASH_HEX], struct err *e)
{
	char *code = NULL;
	int rc = json_read_string(body, "code", TEXT_MAX, &code, e);

	if (rc == 0 && (!code || !code[0]))
		rc = err_set(e, ERR_BAD_REQUEST, "code is required");
	if (rc == 0)
		credential_setup_hash(&app->keys, str_of(code), hash);
	if (code)
		secret_wipe(code, strlen(code));
	mem_free(code);
	return rc;
}

/* The password is hashed for those who have the code, and again it is the
 * store that decides: another one may have been faster. */
static int make(struct app *app, struct str remote, const cJSON *body,
		struct admin *a, struct err *e)
{
	char hash[SECRET_HASH_HEX];

	a->created_ms = a->updated_ms = clock_wall_ms();
	if (check_none(app, e) < 0 || admin_read_name(body, a, e) < 0 ||
	    read_code(app, body, hash, e) < 0 ||
	    login_pace(remote, guessed, e) < 0 ||
	    store_setup_code_use(app->store, hash, a->created_ms, NULL, e) < 0)
		return -1;
	login_was_right(remote, guessed);
	if (admin_read_password(body, a, e) < 0)
		return -1;
	return store_setup_code_use(app->store, hash, a->created_ms, a, e);
}

enum route_result setup_post(struct app *app, struct request *r,
			     const struct route_args *args)
{
	struct admin a = {.username = ""};
	enum route_result done;
	struct err e;
	cJSON *body = json_parse_object(buf_str(&r->body), &e);

	(void)args;
	if (!body)
		return reply_err(r, &e);
	if (make(app, r->remote, body, &a, &e) < 0) {
		login_log(r, str_of(a.username), &e);
		done = refuse(r, &e);
	} else {
		login_log(r, str_of(a.username), NULL);
		done = login_start_session(app, r, a.username);
	}
	secret_wipe(&a, sizeof(a));
	cJSON_Delete(body);
	return done;
}
