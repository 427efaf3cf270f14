#include "app/preflight.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/dirs.h"

enum { PATH_BYTES = 4096 };

static bool allows(const char *path, int mode)
{
	return faccessat(AT_FDCWD, path, mode, AT_EACCESS) == 0;
}

/* The nearest folder above path that exists. */
static void find_ancestor(struct buf *out, struct str path)
{
	struct stat st;

	do {
		path = dirs_parent(path);
		buf_reset(out);
		buf_addstr(out, path);
	} while (path.n > 1 && stat(out->data, &st) < 0 && errno == ENOENT);
}

static void complain(struct buf *report, const char *name, const char *path,
		     const char *place)
{
	const struct passwd *me = getpwuid(geteuid());
	struct stat st;
	const struct passwd *owner =
	    stat(place, &st) == 0 ? getpwuid(st.st_uid) : NULL;

	buf_addf(report, "%s %s: the user %s may not write to %s", name, path,
		 me ? me->pw_name : "of this program", place);
	if (owner)
		buf_addf(report, ", which belongs to %s", owner->pw_name);
	buf_addc(report, '\n');
}

/* A file or folder that is there, or that can be made. */
static void check(struct buf *report, const char *name, const char *path,
		  int mode)
{
	struct buf above = BUF_INIT(PATH_BYTES);
	struct stat st;

	if (stat(path, &st) == 0) {
		if (!allows(path, mode))
			complain(report, name, path, path);
	} else if (errno != ENOENT) {
		buf_addf(report, "%s %s: %s\n", name, path, strerror(errno));
	} else {
		find_ancestor(&above, str_of(path));
		if (!allows(above.data, W_OK | X_OK))
			complain(report, name, path, above.data);
	}
	buf_release(&above);
}

int preflight(const struct settings *s, const char *socket, struct buf *report)
{
	struct buf dir = BUF_INIT(PATH_BYTES);
	size_t before = report->len;

	check(report, "state_dir", s->state_dir, R_OK | W_OK | X_OK);
	check(report, "key_file", s->key_file, R_OK);
	if (s->log_file[0])
		check(report, "log_file", s->log_file, W_OK);
	if (socket) {
		buf_addstr(&dir, dirs_parent(str_of(socket)));
		if (dir.len)
			check(report, "folder of the socket", dir.data,
			      W_OK | X_OK);
	}
	buf_release(&dir);
	return report->len > before ? -1 : 0;
}
