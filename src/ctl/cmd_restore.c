/* restore: a backup becomes the state, while no responder runs. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "app/backup.h"
#include "app/owner.h"
#include "base/dirs.h"
#include "base/files.h"
#include "base/mem.h"
#include "ctl/cmd.h"
#include "ctl/print.h"
#include "ctl/state.h"
#include "store/backup.h"

enum { PATH_BYTES = 4096, KEY_BYTES = SECRET_KEY_BYTES };

struct restore {
	struct ctl *c;
	bool force;
	char *from, *from_key; /* of the backup */
	char *state, *fresh;   /* db, and what shall become it */
	char *old, *old_key;   /* names of what was there */
	bool key_there;	       /* the backup has a key file */
	bool key_new;	       /* which has to be put in its place */
	bool key_replaced;     /* of another one */
};

static char *join(const char *dir, const char *part, const char *tail)
{
	struct buf path = BUF_INIT(PATH_BYTES);

	buf_addf(&path, "%s%s%s%s", dir, part[0] ? "/" : "", part, tail);
	return buf_take(&path, NULL);
}

static void plan(struct restore *r, struct ctl *c, const char *dir)
{
	const struct settings *s = &c->settings;
	char when[40];
	time_t now = time(NULL);
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(when, sizeof(when), ".before-%Y%m%dT%H%M%SZ", &tm);
	*r = (struct restore){.c = c,
			      .force = json_bool_or(c->body, "force", false)};
	r->from = join(dir, BACKUP_STATE, "");
	r->from_key = join(dir, BACKUP_KEY, "");
	r->state = join(s->state_dir, BACKUP_STATE, "");
	r->fresh = join(s->state_dir, BACKUP_STATE, ".restored");
	r->old = join(s->state_dir, BACKUP_STATE, when);
	r->old_key = join(s->key_file, "", when);
}

static void forget(struct restore *r)
{
	char *paths[] = {r->from,  r->from_key, r->state,
			 r->fresh, r->old,	r->old_key};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		mem_free(paths[i]);
}

/* Whether both files hold the same key. */
static bool same_key(const char *a, const char *b)
{
	struct secret_keys x, y;
	bool same = secret_load(&x, a, false, NULL) == 0 &&
		    secret_load(&y, b, false, NULL) == 0 &&
		    memcmp(&x, &y, sizeof(x)) == 0;

	secret_wipe(&x, sizeof(x));
	secret_wipe(&y, sizeof(y));
	return same;
}

static int check_key(struct restore *r, struct err *e)
{
	const char *have = r->c->settings.key_file;
	bool there = access(have, F_OK) == 0;

	r->key_there = access(r->from_key, F_OK) == 0;
	if (!r->key_there && !there)
		return err_set(e, ERR_NOT_FOUND,
			       "there is no key file, in the backup or at %s: "
			       "put the one there that the backup was made "
			       "with",
			       have);
	r->key_new = r->key_there && (!there || !same_key(r->from_key, have));
	r->key_replaced = r->key_new && there;
	if (r->key_replaced && !r->force)
		return err_set(e, ERR_CONFLICT,
			       "%s is another key file than the backup's; "
			       "--force moves it away",
			       have);
	return 0;
}

static int check(struct restore *r, struct err *e)
{
	if (!store_is_at(r->from))
		return err_set(e, ERR_NOT_FOUND, "there is no backup in %s",
			       r->from);
	if (store_is_at(r->state) && !r->force)
		return err_set(e, ERR_CONFLICT,
			       "there is a state in %s; --force moves it away",
			       r->state);
	return check_key(r, e);
}

/* Before anything is replaced. */
static int prepare(struct restore *r, struct verify_report *report,
		   struct err *e)
{
	const char *key = r->key_new ? r->from_key : r->c->settings.key_file;

	files_remove_dir(r->fresh); /* left by one that was interrupted */
	if (store_copy(r->from, r->fresh, e) < 0)
		return -1;
	if (state_verify(r->c, r->fresh, key, report, e) == 0 &&
	    !report->problems)
		return 0;
	files_remove_dir(r->fresh);
	if (report->problems)
		return err_set(e, ERR_INTERNAL,
			       "%s is damaged; nothing was changed", r->from);
	return -1;
}

static int place_key(struct restore *r, struct err *e)
{
	const char *to = r->c->settings.key_file;
	struct buf folder = BUF_INIT(PATH_BYTES);
	int64_t bytes = 0;
	int rc;

	if (!r->key_new)
		return 0;
	if (r->key_replaced && rename(to, r->old_key) < 0)
		return err_set(e, ERR_INTERNAL, "cannot move %s away: %s", to,
			       strerror(errno));
	rc = files_copy(r->from_key, to, &bytes, e);
	buf_addstr(&folder, dirs_parent(str_of(to)));
	if (rc == 0 && folder.len)
		rc = files_sync(folder.data, e);
	buf_release(&folder);
	return rc;
}

/* The state last: until then the old one goes with the old key. */
static int place(struct restore *r, struct err *e)
{
	if (store_replace(r->fresh, r->state, r->old, e) < 0) {
		files_remove_dir(r->fresh);
		return -1;
	}
	if (place_key(r, e) < 0)
		return -1;
	return files_sync(r->c->settings.state_dir, e);
}

static void say(const struct restore *r, cJSON *done)
{
	bool state = access(r->old, F_OK) == 0;

	if (r->c->json) {
		if (state)
			cJSON_AddStringToObject(done, "oldState", r->old);
		if (r->key_replaced)
			cJSON_AddStringToObject(done, "oldKeyFile", r->old_key);
		print_json(done);
		return;
	}
	if (state)
		print_named("the old state is now", r->old);
	if (r->key_replaced)
		print_named("the old key file is now", r->old_key);
}

static int restore(struct restore *r)
{
	cJSON *done = cJSON_CreateObject();
	struct verify_report report;
	struct err e;
	int rc;

	verify_report_init(&report);
	rc = check(r, &e);
	if (rc == 0)
		rc = prepare(r, &report, &e);
	if (rc == 0)
		rc = place(r, &e);
	if (rc == 0 || report.problems)
		state_report(r->c, &report, r->from, done);
	verify_report_release(&report);
	if (rc == 0)
		say(r, done);
	cJSON_Delete(done);
	return rc == 0 ? CTL_OK : ctl_fail(&e);
}

int ctl_restore(struct ctl *c)
{
	const struct settings *s = &c->settings;
	struct buf dir = BUF_INIT(PATH_BYTES);
	struct restore r;
	struct err e;
	int rc;

	if (dirs_make(str_of(s->state_dir), 0700, &e) < 0 ||
	    owner_become(s->state_dir, &e) < 0 ||
	    backup_path(s, str_of(c->argv[0]), &dir, &e) < 0) {
		buf_release(&dir);
		return ctl_fail(&e);
	}
	plan(&r, c, dir.data);
	rc = restore(&r);
	forget(&r);
	buf_release(&dir);
	return rc;
}
