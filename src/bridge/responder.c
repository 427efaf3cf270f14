#include "bridge/responder.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/dirs.h"
#include "base/fcgi.h"
#include "bridge/spawn.h"

enum {
	WAIT_FIRST_MS = 2, /* between attempts; doubles up to the longest */
	WAIT_LONGEST_MS = 100,
	PATH_BYTES = 8192
};

static int fail(struct err *e, const char *what, const char *path, int why)
{
	return err_set(e, ERR_UNAVAILABLE, "%s %s: %s", what, path,
		       strerror(why));
}

int responder_try(const char *path)
{
	return fcgi_connect(path, RESPONDER_WAIT_MS);
}

/* starting ---------------------------------------------------------------- */

/* Another user's socket folder is another user's responder. */
static int refuse_folder(const struct settings *s, const char *dir, int why,
			 struct err *e)
{
	const struct passwd *me = getpwuid(geteuid()), *owner;
	char name[64];
	struct stat st;

	str_put(name, sizeof(name), str_of(me ? me->pw_name : "this user"));
	owner = stat(dir, &st) == 0 ? getpwuid(st.st_uid) : NULL;
	if (!owner)
		return fail(e, "nobody listens, and cannot use", dir, why);
	return err_set(e, ERR_UNAVAILABLE,
		       "nobody listens on %s, and %s may not start a responder "
		       "there: the folder belongs to %s (is the service "
		       "running?)",
		       s->socket, name, owner->pw_name);
}

/* A lock of another user that lies in a folder of ours is left over. */
static int open_own(const char *path)
{
	const int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW;
	int fd = open(path, flags, 0600);

	if (fd < 0 && (errno == EACCES || errno == ELOOP) && unlink(path) == 0)
		fd = open(path, flags, 0600);
	return fd;
}

static int open_lock(const struct settings *s, struct err *e)
{
	struct buf dir = BUF_INIT(PATH_BYTES), path = BUF_INIT(PATH_BYTES);
	struct stat st;
	int fd = -1;

	buf_addstr(&dir, dirs_parent(str_of(s->socket)));
	buf_addf(&path, "%s.lock", s->socket);
	if (dirs_make(buf_str(&dir), 0755, e) >= 0) {
		fd = open_own(path.data);
		if (fd < 0)
			refuse_folder(s, dir.data, errno, e);
	}
	/* Root leaves it to those who come after. */
	if (fd >= 0 && geteuid() == 0 && stat(dir.data, &st) == 0 &&
	    fchown(fd, st.st_uid, st.st_gid) < 0)
		fail(e, "cannot give away", path.data, errno);
	buf_release(&path);
	buf_release(&dir);
	return fd;
}

struct starter {
	const struct settings *settings;
	char *const *env;
	int lock;	      /* descriptor of the lock file */
	bool locked;	      /* it is ours */
	struct spawned child; /* that we started; pid 0: none yet */
};

static int tell_end(const struct starter *st, int status, struct err *e)
{
	struct buf words = BUF_INIT(PATH_BYTES);

	spawn_last_words(&st->child, &words);
	err_set(e, ERR_UNAVAILABLE, "%s ended at once, %s %d%.*s",
		st->settings->responder,
		WIFEXITED(status) ? "exit status" : "signal",
		WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status),
		STR_ARG(buf_str(&words)));
	buf_release(&words);
	return -1;
}

static int tell_silence(const struct starter *st, struct err *e)
{
	struct buf words = BUF_INIT(PATH_BYTES);

	if (st->child.pid)
		spawn_last_words(&st->child, &words);
	err_set(e, ERR_UNAVAILABLE, "nobody answers at %s after %d s%.*s",
		st->settings->socket, RESPONDER_WAIT_MS / 1000,
		STR_ARG(buf_str(&words)));
	buf_release(&words);
	return -1;
}

/* Ours to start, if we hold the lock and still nobody listens. */
static int start_if_first(struct starter *st, struct err *e)
{
	int status;

	if (st->child.pid) {
		if (waitpid(st->child.pid, &status, WNOHANG) != st->child.pid)
			return 0;
		return tell_end(st, status, e);
	}
	if (!st->locked) {
		/* The next attempt to connect decides: the one who held the
		 * lock before may have been successful. */
		st->locked = flock(st->lock, LOCK_EX | LOCK_NB) == 0;
		return 0;
	}
	return spawn_responder(st->settings, st->env, &st->child, e);
}

static bool is_absent(int why)
{
	return why == ENOENT || why == ECONNREFUSED;
}

static int start_and_connect(struct starter *st, struct err *e)
{
	const char *path = st->settings->socket;
	int64_t deadline = clock_mono_ms() + RESPONDER_WAIT_MS;
	int wait_ms = WAIT_FIRST_MS, rc;

	for (;;) {
		bool was_locked = st->locked;
		int fd = responder_try(path);

		if (fd >= 0)
			return fd;
		if (!is_absent(errno))
			return fail(e, "cannot connect to", path, errno);
		rc = start_if_first(st, e);
		if (rc < 0)
			break;
		if (st->locked != was_locked)
			continue;
		if (clock_mono_ms() > deadline)
			return tell_silence(st, e);
		poll(NULL, 0, wait_ms);
		if (wait_ms < WAIT_LONGEST_MS)
			wait_ms *= 2;
	}
	/* It may have ended because another one was there before it. */
	return responder_try(path);
}

int responder_connect(const struct settings *s, char *const *env, struct err *e)
{
	struct starter st = {.settings = s, .env = env, .child = {.said = -1}};
	int fd = responder_try(s->socket);

	if (fd >= 0)
		return fd;
	if (!is_absent(errno))
		return fail(e, "cannot connect to", s->socket, errno);
	if (access(s->responder, X_OK) < 0)
		return fail(e, "nobody listens, and cannot run", s->responder,
			    errno);
	st.lock = open_lock(s, e);
	if (st.lock < 0)
		return -1;
	fd = start_and_connect(&st, e);
	if (st.child.said >= 0)
		close(st.child.said);
	close(st.lock);
	return fd;
}
