#include "store/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/str.h"

static const char owner_file[] = "owner.lock";

static int refuse(int fd, const char *dir, struct err *e)
{
	char text[32];
	ssize_t n = pread(fd, text, sizeof(text), 0);
	struct str s = {text, n > 0 ? (size_t)n : 0};
	int64_t pid;

	if (str_to_i64(str_trim(s), 1, INT32_MAX, &pid) < 0)
		return err_set(e, ERR_UNAVAILABLE,
			       "%s is in use by another process", dir);
	return err_set(e, ERR_UNAVAILABLE,
		       "%s is in use by process %" PRId64
		       "; stop it first or talk to it",
		       dir, pid);
}

int owner_lock(const char *dir, struct err *e)
{
	char path[4096], pid[24];
	int fd, n;

	n = snprintf(path, sizeof(path), "%s/%s", dir, owner_file);
	if (n < 0 || (size_t)n >= sizeof(path))
		return err_set(e, ERR_INTERNAL, "%s: the name is too long",
			       dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_set(e, ERR_INTERNAL, "cannot open %s: %s", path,
			       strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		refuse(fd, dir, e);
		close(fd);
		return -1;
	}
	n = snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());
	if (ftruncate(fd, 0) < 0 || pwrite(fd, pid, (size_t)n, 0) != n) {
		err_set(e, ERR_INTERNAL, "cannot write %s: %s", path,
			strerror(errno));
		close(fd);
		return -1;
	}
	return fd;
}

void owner_unlock(int fd)
{
	/* The file stays: removing it would let two openers lock two files. */
	if (fd >= 0)
		close(fd);
}
