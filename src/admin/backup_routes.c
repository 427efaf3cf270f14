/* POST /admin/backups: a copy of the state, while it is in use. */
#include <string.h>

#include "admin/reply.h"
#include "admin/routes.h"
#include "admin/session.h"
#include "app/backup.h"
#include "base/clock.h"
#include "base/mem.h"

enum { PATH_BYTES = 4096 };

static bool is_operator(const struct request *r)
{
	const struct caller *caller = r->caller;

	return strcmp(caller->session.username, SESSION_OPERATOR) == 0 &&
	       !caller->session.hash[0];
}

/* Anywhere on the disk, and the key file: only for who reads both anyway. */
static int check(const struct request *r, const char *name, bool with_key,
		 struct err *e)
{
	if (is_operator(r))
		return name[0] == '/' || !strchr(name, '/')
			   ? 0
			   : err_set(e, ERR_BAD_REQUEST,
				     "directory must be a plain name or begin "
				     "with /");
	if (strchr(name, '/'))
		return err_set(e, ERR_FORBIDDEN,
			       "directory must be a plain name: only "
			       "llmrelayctl names other folders");
	if (with_key)
		return err_set(e, ERR_FORBIDDEN,
			       "Only llmrelayctl includes the key file");
	return 0;
}

static enum route_result make(struct app *app, struct request *r,
			      const char *dir, bool with_key)
{
	int64_t start_ms = clock_mono_ms(), bytes;
	struct err e;
	cJSON *data;

	if (backup_make(app, dir, with_key, &bytes, &e) < 0)
		return reply_err(r, &e);
	data = cJSON_CreateObject();
	cJSON_AddStringToObject(data, "directory", dir);
	json_add_int(data, "bytes", bytes);
	json_add_int(data, "ms", clock_mono_ms() - start_ms);
	cJSON_AddBoolToObject(data, "includesKey", with_key);
	return reply_data(r, data, "Backup made successfully");
}

enum route_result backup_create(struct app *app, struct request *r,
				const struct route_args *args)
{
	struct buf dir = BUF_INIT(PATH_BYTES);
	enum route_result done;
	char *name = mem_strdup("");
	bool with_key = false;
	struct err e;
	cJSON *body = json_parse_object(buf_str(&r->body), &e);

	(void)args;
	if (!body ||
	    json_read_string(body, "directory", PATH_BYTES - 256, &name, &e) <
		0 ||
	    json_read_bool(body, "includeKey", &with_key, &e) < 0 ||
	    check(r, name, with_key, &e) < 0 ||
	    backup_path(app->settings, str_of(name), &dir, &e) < 0)
		done = reply_err(r, &e);
	else
		done = make(app, r, dir.data, with_key);
	cJSON_Delete(body);
	mem_free(name);
	buf_release(&dir);
	return done;
}
