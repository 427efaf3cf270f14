#include "tests/support/admin_client.h"

#include <stdlib.h>
#include <string.h>

#include "admin/admin.h"
#include "admin/credential.h"
#include "base/clock.h"
#include "base/mem.h"
#include "store/admin.h"
#include "tests/support/tap.h"

static char authorization[128];

void admin_client_start(struct app_dir *d)
{
	struct admin root = {.username = "root", .created_ms = 1};
	struct admin_session s = {.kind = SESSION_TOKEN, .name = "test"};
	char token[TOKEN_HEX + 1];
	struct err e;

	app_dir_start(d, admin_serve);
	credential_token(&d->app.keys, &s, clock_wall_ms(), 0, token);
	memcpy(authorization, "Authorization: Bearer ", 22);
	memcpy(authorization + 22, token, sizeof(token));
	if (secret_password_hash(STR("correct horse"), root.password_hash, &e) <
		0 ||
	    store_admin_put(d->app.store, &root, &e) < 0 ||
	    store_session_put(d->app.store, &s, &e) < 0) {
		diag("%s", e.message);
		exit(1);
	}
}

const char *admin_authorization(void)
{
	return authorization;
}

static cJSON *parse(const struct fcgi_reply *reply)
{
	struct err e;
	cJSON *tree = json_parse(fcgi_reply_body(reply), &e);

	if (!tree)
		diag("not JSON: %.*s", STR_ARG(buf_str(&reply->out)));
	return tree;
}

cJSON *admin_call(struct app_dir *d, const char *method, const char *uri,
		  const char *body, int *status)
{
	struct fcgi_call call = {
	    .method = method,
	    .uri = uri,
	    .headers = {authorization, "Content-Type: application/json"},
	    .body = body};
	struct fcgi_reply reply;
	cJSON *tree;

	fcgi_client_call(d->socket, &call, &reply);
	if (status)
		*status = fcgi_reply_status(&reply);
	tree = parse(&reply);
	fcgi_reply_release(&reply);
	return tree;
}

char *admin_text(const cJSON *tree, const char *path)
{
	struct str rest = str_of(path);

	while (tree && rest.n) {
		struct str name = str_cut(&rest, '.');
		char *key = mem_strndup(name.p, name.n);

		tree = cJSON_IsArray(tree)
			   ? cJSON_GetArrayItem(tree, key[0] - '0')
			   : cJSON_GetObjectItemCaseSensitive(tree, key);
		mem_free(key);
	}
	if (!tree)
		return mem_strdup("absent");
	return cJSON_IsString(tree) ? mem_strdup(tree->valuestring)
				    : json_print(tree);
}

void admin_check_call(struct app_dir *d, const struct fcgi_call *call,
		      int status, const char *path, const char *json)
{
	struct fcgi_reply reply;
	cJSON *tree;
	char *text;

	fcgi_client_call(d->socket, call, &reply);
	tree = parse(&reply);
	text = admin_text(tree, path);
	is_int(fcgi_reply_status(&reply), status, "%s %s: status", call->method,
	       call->uri);
	is_text(str_of(text), json, path);
	if (fcgi_reply_status(&reply) != status)
		diag("%.*s", STR_ARG(fcgi_reply_body(&reply)));
	mem_free(text);
	cJSON_Delete(tree);
	fcgi_reply_release(&reply);
}

void admin_check(struct app_dir *d, const char *request, const char *body,
		 int status, const char *path, const char *json)
{
	struct str uri = str_of(request);
	struct str method = str_cut(&uri, ' ');
	char *name = mem_strndup(method.p, method.n);
	struct fcgi_call call = {
	    .method = name,
	    .uri = uri.p,
	    .headers = {authorization, "Content-Type: application/json"},
	    .body = body};

	admin_check_call(d, &call, status, path, json);
	mem_free(name);
}
