#include "base/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

enum { COPY_BYTES = 1 << 20, PATH_BYTES = 4096 };

static int fail(struct err *e, const char *what, const char *path)
{
	return err_set(e, ERR_INTERNAL, "cannot %s %s: %s", what, path,
		       strerror(errno));
}

static int write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -1;
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

static int copy(int in, int out, int64_t *bytes)
{
	char *room = mem_alloc(COPY_BYTES);
	ssize_t n;
	int rc = 0;

	while (rc == 0 && (n = read(in, room, COPY_BYTES)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		rc = n < 0 ? -1 : write_all(out, room, (size_t)n);
		if (rc == 0)
			*bytes += n;
	}
	mem_free(room);
	return rc < 0 ? -1 : fsync(out);
}

static int create(const char *path)
{
	return open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
		    0600);
}

int files_copy(const char *from, const char *to, int64_t *bytes, struct err *e)
{
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out, rc;

	if (in < 0)
		return fail(e, "read", from);
	out = create(to);
	rc = out < 0 ? fail(e, "make", to) : 0;
	if (rc == 0 && copy(in, out, bytes) < 0)
		rc = fail(e, "copy to", to);
	close(in);
	if (out >= 0)
		close(out);
	if (out >= 0 && rc < 0)
		unlink(to);
	return rc;
}

int files_write(const char *path, struct str text, struct err *e)
{
	int fd = create(path), rc = 0;

	if (fd < 0)
		return fail(e, "make", path);
	if (write_all(fd, text.p, text.n) < 0 || fsync(fd) < 0) {
		rc = fail(e, "write", path);
		unlink(path);
	}
	close(fd);
	return rc;
}

int files_sync(const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int rc = fd < 0 ? -1 : fsync(fd);

	if (rc < 0)
		fail(e, "write to the disk", path);
	if (fd >= 0)
		close(fd);
	return rc;
}

void files_remove_dir(const char *dir)
{
	DIR *list = opendir(dir);
	struct dirent *entry;
	char path[PATH_BYTES];

	while (list && (entry = readdir(list)) != NULL) {
		int n =
		    snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);

		if (n > 0 && (size_t)n < sizeof(path))
			unlink(path); /* folders refuse */
	}
	if (list)
		closedir(list);
	rmdir(dir);
}
