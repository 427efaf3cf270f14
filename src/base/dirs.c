#include "base/dirs.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"

enum { PATH_BYTES = 4096 };

struct str dirs_parent(struct str path)
{
	while (path.n && path.p[path.n - 1] != '/')
		path.n--;
	while (path.n > 1 && path.p[path.n - 1] == '/')
		path.n--;
	return path;
}

static int make_one(const char *path, mode_t mode)
{
	struct stat st;

	if (mkdir(path, mode) == 0)
		return chmod(path, mode) < 0 ? -1 : 1;
	if (errno != EEXIST)
		return -1;
	if (stat(path, &st) < 0)
		return -1;
	errno = ENOTDIR;
	return S_ISDIR(st.st_mode) ? 0 : -1;
}

int dirs_make(struct str path, mode_t mode, struct err *e)
{
	struct buf part = BUF_INIT(PATH_BYTES);
	int rc = 0;

	for (size_t i = 1; rc >= 0 && i <= path.n; i++) {
		if (i < path.n && path.p[i] != '/')
			continue;
		buf_reset(&part);
		buf_addstr(&part, str_sub(path, 0, i));
		errno = ENAMETOOLONG;
		rc = buf_ok(&part)
			 ? make_one(part.data, i < path.n ? 0755 : mode)
			 : -1;
	}
	if (rc < 0)
		err_set(e, ERR_INTERNAL, "cannot make the folder %.*s: %s",
			STR_ARG(buf_str(&part)), strerror(errno));
	buf_release(&part);
	return rc;
}
