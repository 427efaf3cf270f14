#include "app/owner.h"

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/dirs.h"

static int fail(struct err *e, const char *what, const char *path)
{
	return err_set(e, ERR_INTERNAL, "%s %s: %s", what, path,
		       strerror(errno));
}

/* False when there is nobody to become. */
static bool find_owner(const char *state_dir, struct stat *st)
{
	return geteuid() == 0 && stat(state_dir, st) == 0 && st->st_uid != 0;
}

int owner_become(const char *state_dir, struct err *e)
{
	struct stat st;

	if (!find_owner(state_dir, &st))
		return 0;
	if (setgroups(0, NULL) < 0 || setgid(st.st_gid) < 0 ||
	    setuid(st.st_uid) < 0)
		return fail(e, "cannot become the owner of", state_dir);
	return 0;
}

static int give_away(const char *dir, const struct stat *owner, struct err *e)
{
	const struct group *web = getgrnam(WEB_GROUP);
	gid_t group = web ? web->gr_gid : owner->st_gid;

	if (chown(dir, owner->st_uid, group) < 0 ||
	    chmod(dir, web ? 02755 : 0755) < 0)
		return fail(e, "cannot give away the folder", dir);
	return 0;
}

int owner_make_run_dir(const char *socket, const char *state_dir, struct err *e)
{
	struct buf dir = BUF_INIT(4096);
	struct stat owner;
	int rc;

	buf_addstr(&dir, dirs_parent(str_of(socket)));
	rc = dirs_make(buf_str(&dir), 0755, e);
	if (rc > 0 && find_owner(state_dir, &owner))
		rc = give_away(dir.data, &owner, e);
	buf_release(&dir);
	return rc < 0 ? -1 : 0;
}
