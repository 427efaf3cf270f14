/* The listening socket. */
#include "web/fcgi_in.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int refuse_path(const char *path, struct err *e)
{
	return err_set(e, ERR_INTERNAL, "cannot listen on %s: %s", path,
		       strerror(errno));
}

/* A socket file that nobody listens on is left over from a crash. */
static bool is_stale(const struct sockaddr_un *addr)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool stale =
	    fd >= 0 &&
	    connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) < 0 &&
	    errno == ECONNREFUSED;

	if (fd >= 0)
		close(fd);
	return stale;
}

int fcgi_listen(const char *path, struct err *e)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	mode_t mask;
	int fd, rc;

	if (strlen(path) >= sizeof(addr.sun_path))
		return err_set(
		    e, ERR_INTERNAL,
		    "socket path is too long (at most %zu bytes): %s",
		    sizeof(addr.sun_path) - 1, path);
	memcpy(addr.sun_path, path, strlen(path));
	if (is_stale(&addr))
		unlink(path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return refuse_path(path, e);
	mask = umask(0117); /* 0660: the web server shares the group */
	rc = bind(fd, (struct sockaddr *)&addr, sizeof(addr));
	umask(mask);
	if (rc < 0 || listen(fd, 4096) < 0) {
		refuse_path(path, e);
		close(fd);
		return -1;
	}
	return fd;
}
