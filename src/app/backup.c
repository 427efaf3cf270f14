#include "app/backup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/dirs.h"
#include "base/files.h"
#include "store/backup.h"

enum { NAME_BYTES = 100, NOTE_BYTES = 1024, PATH_BYTES = 4096 };

static bool is_plain(struct str name)
{
	bool plain = name.n <= NAME_BYTES && name.p[0] != '.' &&
		     str_utf8_valid(name) == name.n;

	for (size_t i = 0; i < name.n; i++)
		plain &= (unsigned char)name.p[i] > ' ' && name.p[i] != 0x7f;
	return plain;
}

/* 20261231T235959Z */
static void add_time(struct buf *out)
{
	time_t now = (time_t)(clock_wall_ms() / 1000);
	struct tm tm;
	char text[20];

	gmtime_r(&now, &tm);
	strftime(text, sizeof(text), "%Y%m%dT%H%M%SZ", &tm);
	buf_adds(out, text);
}

int backup_path(const struct settings *s, struct str name, struct buf *out,
		struct err *e)
{
	if (memchr(name.p ? name.p : "", '/', name.n)) {
		buf_addstr(out, name);
		return 0;
	}
	buf_addf(out, "%s/backups/", s->state_dir);
	if (!name.n)
		add_time(out);
	else if (is_plain(name))
		buf_addstr(out, name);
	else
		return err_set(e, ERR_BAD_REQUEST,
			       "The name of a backup has 1 to %d bytes, no "
			       "spaces, and no dot in front",
			       NAME_BYTES);
	return 0;
}

void backup_part(struct buf *out, const char *dir, const char *part)
{
	buf_reset(out);
	buf_addf(out, "%s/%s", dir, part);
}

static int add_key(struct app *app, const char *dir, int64_t *bytes,
		   struct err *e)
{
	struct buf path = BUF_INIT(PATH_BYTES);
	int rc;

	backup_part(&path, dir, BACKUP_KEY);
	rc = files_copy(app->settings->key_file, path.data, bytes, e);
	buf_release(&path);
	return rc;
}

static int add_note(const char *dir, bool with_key, struct err *e)
{
	struct buf path = BUF_INIT(PATH_BYTES), text = BUF_INIT(NOTE_BYTES);
	char iso[CLOCK_ISO_BYTES];
	int rc;

	clock_iso(clock_wall_ms(), iso);
	buf_addf(&text,
		 "{\"of\":\"llmrelay\",\"version\":\"%s\","
		 "\"createdAt\":\"%s\",\"includesKey\":%s}\n",
		 PACKAGE_VERSION, iso, with_key ? "true" : "false");
	backup_part(&path, dir, BACKUP_NOTE);
	rc = files_write(path.data, buf_str(&text), e);
	buf_release(&path);
	buf_release(&text);
	return rc;
}

static void remove_all(const char *dir)
{
	struct buf path = BUF_INIT(PATH_BYTES);

	backup_part(&path, dir, BACKUP_STATE);
	files_remove_dir(path.data);
	files_remove_dir(dir);
	buf_release(&path);
}

static int fill(struct app *app, const char *dir, bool with_key, int64_t *bytes,
		struct err *e)
{
	struct buf path = BUF_INIT(PATH_BYTES);
	int rc;

	backup_part(&path, dir, BACKUP_STATE);
	rc = store_backup(app->store, path.data, bytes, e);
	if (rc == 0 && with_key)
		rc = add_key(app, dir, bytes, e);
	if (rc == 0)
		rc = add_note(dir, with_key, e);
	if (rc == 0)
		rc = files_sync(dir, e);
	buf_release(&path);
	return rc;
}

static int make(const char *dir, struct err *e)
{
	if (mkdir(dir, 0700) == 0)
		return 0;
	if (errno == EEXIST)
		return err_set(e, ERR_CONFLICT,
			       "%s is there already: a backup makes its folder",
			       dir);
	return err_set(e, ERR_BAD_REQUEST,
		       "The responder (user %ld) cannot make %s: %s",
		       (long)geteuid(), dir, strerror(errno));
}

/* Of those with a plain name. */
static int make_parent(const struct settings *s, struct err *e)
{
	struct buf path = BUF_INIT(PATH_BYTES);
	int rc;

	backup_part(&path, s->state_dir, "backups");
	rc = dirs_make(buf_str(&path), 0700, e);
	buf_release(&path);
	return rc;
}

int backup_make(struct app *app, const char *dir, bool with_key, int64_t *bytes,
		struct err *e)
{
	struct buf parent = BUF_INIT(PATH_BYTES);
	int rc;

	*bytes = 0;
	if (make_parent(app->settings, e) < 0 || make(dir, e) < 0)
		return -1;
	buf_addstr(&parent, dirs_parent(str_of(dir)));
	rc = fill(app, dir, with_key, bytes, e);
	if (rc == 0 && parent.len)
		rc = files_sync(parent.data, e);
	buf_release(&parent);
	if (rc < 0)
		remove_all(dir);
	return rc;
}
