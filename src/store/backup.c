#include "store/backup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/env.h"
#include "store/owner.h"

enum { PATH_BYTES = 4096, LOG_DIGITS = 10 };

/* dir/name; -1 when that is too long. */
static int path_in(char out[PATH_BYTES], const char *dir, const char *name,
		   struct err *e)
{
	int n = snprintf(out, PATH_BYTES, "%s/%s", dir, name);

	if (n > 0 && n < PATH_BYTES)
		return 0;
	return err_set(e, ERR_BAD_REQUEST, "%s: the name is too long", dir);
}

static int make_dir(const char *dir, struct err *e)
{
	if (mkdir(dir, 0700) == 0)
		return 0;
	if (errno == EEXIST)
		return err_set(e, ERR_CONFLICT, "%s is there already", dir);
	return err_set(e, ERR_BAD_REQUEST, "cannot make %s: %s", dir,
		       strerror(errno));
}

static int failed(struct store *s, const char *what, int rc, struct err *e)
{
	log_note(LOG_ERROR, "backup", "%s: %s", what, db_strerror(rc));
	if (rc == DB_RUNRECOVERY)
		return env_fail(s, rc, e);
	return err_set(e, ERR_INTERNAL, "cannot copy %s: %s", what,
		       db_strerror(rc));
}

/* Page by page, each whole: Berkeley DB keeps its own writes apart from the
 * copying. */
static int copy_table(struct store *s, enum table t, const char *dir,
		      int64_t *bytes, struct err *e)
{
	const char *name = table_file(t);
	char path[PATH_BYTES];
	struct stat st;
	int rc = s->env->dbbackup(s->env, name, dir, DB_EXCL);

	for (int try = 0; rc == DB_LOCK_DEADLOCK && try < 100; try++)
		rc = s->env->dbbackup(s->env, name, dir, 0);
	if (rc != 0)
		return failed(s, name, rc, e);
	if (path_in(path, dir, name, e) < 0 || files_sync(path, e) < 0)
		return -1;
	if (stat(path, &st) == 0)
		*bytes += st.st_size;
	return 0;
}

/* After the tables: what changed meanwhile is in the log. */
static int copy_logs(struct store *s, const char *dir, int64_t *bytes,
		     struct err *e)
{
	char from[PATH_BYTES], to[PATH_BYTES];
	const char *home = NULL;
	char **list = NULL;
	int rc = s->env->log_flush(s->env, NULL);

	if (rc == 0)
		rc = s->env->get_home(s->env, &home);
	if (rc == 0)
		rc = s->env->log_archive(s->env, &list, DB_ARCH_LOG);
	if (rc != 0)
		return failed(s, "the log", rc, e);
	for (char **name = list; rc == 0 && name && *name; name++) {
		if (path_in(from, home, *name, e) < 0 ||
		    path_in(to, dir, *name, e) < 0 ||
		    files_copy(from, to, bytes, e) < 0)
			rc = -1;
	}
	mem_free(list);
	return rc;
}

static int copy_all(struct store *s, const char *dir, int64_t *bytes,
		    struct err *e)
{
	char mark[PATH_BYTES];
	int rc = s->env->txn_checkpoint(s->env, 0, 0, DB_FORCE);

	if (rc != 0)
		return failed(s, "the state", rc, e);
	for (int t = 0; t < TABLES; t++) {
		if (copy_table(s, (enum table)t, dir, bytes, e) < 0)
			return -1;
	}
	if (copy_logs(s, dir, bytes, e) < 0)
		return -1;
	if (path_in(mark, dir, ENV_HOT_COPY, e) < 0 ||
	    files_write(mark, STR_NONE, e) < 0)
		return -1;
	return files_sync(dir, e);
}

/* The log of the time before stays until it is copied. */
static int keep_logs(struct store *s, bool keep, struct err *e)
{
	int rc =
	    s->env->log_set_config(s->env, DB_LOG_AUTO_REMOVE, keep ? 0 : 1);

	return rc ? failed(s, "the log", rc, e) : 0;
}

int store_backup(struct store *s, const char *dir, int64_t *bytes,
		 struct err *e)
{
	int rc;

	*bytes = 0;
	if (store_panicked(s))
		return env_refuse_panicked(e);
	if (atomic_exchange(&s->backing_up, true))
		return err_set(e, ERR_CONFLICT,
			       "Another backup is being made now");
	rc = make_dir(dir, e);
	if (rc == 0) {
		rc = keep_logs(s, true, e);
		if (rc == 0)
			rc = copy_all(s, dir, bytes, e);
		keep_logs(s, false, NULL);
		if (rc < 0)
			files_remove_dir(dir);
	}
	atomic_store(&s->backing_up, false);
	return rc;
}

bool store_is_at(const char *dir)
{
	char path[PATH_BYTES];

	return path_in(path, dir, table_file(TABLE_META), NULL) == 0 &&
	       access(path, F_OK) == 0;
}

/* "log." and ten digits, a table, or the mark of a copy. */
static bool belongs(const char *name)
{
	if (strncmp(name, "log.", 4) == 0)
		return strspn(name + 4, "0123456789") == LOG_DIGITS &&
		       strlen(name) == 4 + LOG_DIGITS;
	for (int t = 0; t < TABLES; t++) {
		if (strcmp(name, table_file((enum table)t)) == 0)
			return true;
	}
	return strcmp(name, ENV_HOT_COPY) == 0;
}

static int copy_files(DIR *list, const char *from, const char *to,
		      struct err *e)
{
	char a[PATH_BYTES], b[PATH_BYTES];
	struct dirent *entry;
	int64_t bytes = 0;
	int rc = 0;

	while (rc == 0 && (entry = readdir(list)) != NULL) {
		if (!belongs(entry->d_name))
			continue;
		if (path_in(a, from, entry->d_name, e) < 0 ||
		    path_in(b, to, entry->d_name, e) < 0 ||
		    files_copy(a, b, &bytes, e) < 0)
			rc = -1;
	}
	return rc < 0 ? -1 : files_sync(to, e);
}

int store_copy(const char *from, const char *to, struct err *e)
{
	DIR *list = opendir(from);
	int rc;

	if (!list)
		return err_set(e, ERR_BAD_REQUEST, "cannot read %s: %s", from,
			       strerror(errno));
	rc = make_dir(to, e);
	if (rc == 0) {
		rc = copy_files(list, from, to, e);
		if (rc < 0)
			files_remove_dir(to);
	}
	closedir(list);
	return rc;
}

/* One step where the file system can; else two, and a responder that starts
 * in between makes the second one fail. */
static int exchange(const char *fresh, const char *dir, const char *old)
{
	if (renameat2(AT_FDCWD, fresh, AT_FDCWD, dir, RENAME_EXCHANGE) == 0)
		return rename(fresh, old);
	if (errno == ENOENT)
		return rename(fresh, dir);
	if (rename(dir, old) < 0)
		return -1;
	return rename(fresh, dir);
}

int store_replace(const char *fresh, const char *dir, const char *old,
		  struct err *e)
{
	bool there = access(dir, F_OK) == 0;
	int held = there ? owner_lock(dir, e) : -1;
	int mine = there && held < 0 ? -1 : owner_lock(fresh, e), rc;

	if (mine < 0) {
		owner_unlock(held);
		return -1;
	}
	rc = exchange(fresh, dir, old);
	if (rc < 0)
		err_set(e, ERR_INTERNAL, "cannot put %s in its place: %s", dir,
			strerror(errno));
	owner_unlock(mine);
	owner_unlock(held);
	return rc < 0 ? -1 : 0;
}
