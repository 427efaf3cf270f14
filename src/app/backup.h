/*
 * A backup is a folder: the state as it was (store/backup.h), a note of when
 * and by which release, and the key file, if that was asked for.  Without the
 * key file nobody can use it: it holds no API key and no secret of an account
 * that could be read.
 */
#ifndef APP_BACKUP_H
#define APP_BACKUP_H

#include "app/app.h"

#define BACKUP_STATE "db"
#define BACKUP_KEY   "master.key"
#define BACKUP_NOTE  "backup.json"

/*
 * The folder that a backup is called by: a plain name is one below backups in
 * state_dir, a path stays as it is, an empty one is the time.  *out is a path;
 * ERR_BAD_REQUEST.
 */
int backup_path(const struct settings *s, struct str name, struct buf *out,
		struct err *e);
/* "dir/part" */
void backup_part(struct buf *out, const char *dir, const char *part);

/* Makes the folder, which must not be there; all of it or nothing. */
int backup_make(struct app *app, const char *dir, bool with_key, int64_t *bytes,
		struct err *e);

#endif
