#include "store/env.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "store/owner.h"

/*
 * One process owns the environment (owner.h), so its regions stay in private
 * memory: nothing of a dead owner's locks and mutexes can be found by the
 * next one, which recovers from the log alone, and a page that changes in the
 * cache is not written back by the kernel as well.  Recovery costs some
 * milliseconds when the log since the last checkpoint is short.
 */
enum { PATH_BYTES = 4096 };
enum {
	ENV_FLAGS = DB_CREATE | DB_INIT_TXN | DB_INIT_LOG | DB_INIT_LOCK |
		    DB_INIT_MPOOL | DB_THREAD | DB_PRIVATE | DB_RECOVER,
	ENV_LOCKS = 50000, /* the default ends at about 4,500 */
	ENV_LOG_BUFFER_BYTES = 1 << 20,
	ENV_LOG_FILE_BYTES = 8 << 20,
	/* Nothing here holds a lock that long; whoever waits longer is told. */
	ENV_LOCK_TIMEOUT_US = 5000000
};

static const int64_t min_cache_bytes = 1 << 20;

/* Berkeley DB's own texts, which would go to stdout and stderr. */
static void on_error(const DB_ENV *env, const char *prefix, const char *text)
{
	(void)env;
	(void)prefix;
	log_note(LOG_ERROR, "store", "%s", text);
}

static void on_message(const DB_ENV *env, const char *text)
{
	(void)env;
	log_note(LOG_INFO, "store", "%s", text);
}

static void on_event(DB_ENV *env, uint32_t event, void *info)
{
	struct store *s = env->app_private;

	(void)info;
	if (event == DB_EVENT_PANIC) {
		/* It is told again by every call that meets it. */
		if (atomic_exchange(&s->panicked, true))
			return;
		log_note(
		    LOG_ERROR, "store",
		    "the environment is unusable until it is opened again");
	} else if (event == DB_EVENT_WRITE_FAILED) {
		log_note(LOG_ERROR, "store", "a write to the disk failed");
	}
}

int env_refuse_panicked(struct err *e)
{
	return err_set(e, ERR_UNAVAILABLE,
		       "The state of this relay is not available");
}

int env_fail(struct store *s, int rc, struct err *e)
{
	if (rc == DB_RUNRECOVERY)
		atomic_store(&s->panicked, true);
	log_note(LOG_ERROR, "store", "%s", db_strerror(rc));
	if (atomic_load(&s->panicked))
		return env_refuse_panicked(e);
	if (rc == ENOSPC || rc == EDQUOT)
		return err_set(e, ERR_UNAVAILABLE,
			       "The disk of this relay is full");
	if (rc == DB_LOCK_DEADLOCK || rc == DB_LOCK_NOTGRANTED)
		return err_set(e, ERR_UNAVAILABLE,
			       "The state of this relay is busy");
	return err_set(e, ERR_INTERNAL,
		       "The state of this relay could not be read or written");
}

static int configure(struct store *s, const struct store_options *o)
{
	DB_ENV *env = s->env;
	int64_t cache =
	    o->cache_bytes < min_cache_bytes ? min_cache_bytes : o->cache_bytes;
	bool refused;

	env->app_private = s;
	env->set_errcall(env, on_error);
	env->set_msgcall(env, on_message);
	refused =
	    env->set_event_notify(env, on_event) ||
	    env->set_alloc(env, mem_alloc, mem_realloc, mem_free) ||
	    env->set_cachesize(env, (uint32_t)(cache >> 30),
			       (uint32_t)(cache & ((1 << 30) - 1)), 1) ||
	    env->set_lk_detect(env, DB_LOCK_DEFAULT) ||
	    env->set_lk_max_locks(env, ENV_LOCKS) ||
	    env->set_lk_max_objects(env, ENV_LOCKS) ||
	    env->set_timeout(env, ENV_LOCK_TIMEOUT_US, DB_SET_LOCK_TIMEOUT) ||
	    env->set_lg_bsize(env, ENV_LOG_BUFFER_BYTES) ||
	    env->set_lg_max(env, ENV_LOG_FILE_BYTES) ||
	    env->log_set_config(env, DB_LOG_AUTO_REMOVE, 1);
	return refused ? EINVAL : 0;
}

static int open_failed(struct store *s, int rc, const char *dir, struct err *e)
{
	log_note(LOG_ERROR, "store", "cannot open %s: %s", dir,
		 db_strerror(rc));
	env_close(s);
	return err_set(e, ERR_INTERNAL, "cannot open the state in %s: %s", dir,
		       db_strerror(rc));
}

static bool is_hot_copy(const char *dir, char path[PATH_BYTES])
{
	int n = snprintf(path, PATH_BYTES, "%s/" ENV_HOT_COPY, dir);

	return n > 0 && n < PATH_BYTES && access(path, F_OK) == 0;
}

int env_start(struct store *s, const struct store_options *o, struct err *e)
{
	char mark[PATH_BYTES];
	uint32_t flags = ENV_FLAGS;
	bool hot;
	int rc;

	s->owner_fd = -1;
	if (mkdir(o->dir, 0700) < 0 && errno != EEXIST)
		return err_set(e, ERR_INTERNAL, "cannot make %s: %s", o->dir,
			       strerror(errno));
	s->owner_fd = owner_lock(o->dir, e);
	if (s->owner_fd < 0)
		return -1;
	hot = is_hot_copy(o->dir, mark);
	if (hot)
		flags = (flags & ~(uint32_t)DB_RECOVER) | DB_RECOVER_FATAL;
	rc = db_env_create(&s->env, 0);
	if (rc == 0)
		rc = configure(s, o);
	if (rc == 0)
		rc = s->env->open(s->env, o->dir, flags, 0600);
	if (rc == 0 && hot)
		unlink(mark);
	return rc == 0 ? 0 : open_failed(s, rc, o->dir, e);
}

int env_open(struct store *s, const struct store_options *o, struct err *e)
{
	int rc;

	if (env_start(s, o, e) < 0)
		return -1;
	rc = tables_open(s);
	return rc == 0 ? 0 : open_failed(s, rc, o->dir, e);
}

void env_close(struct store *s)
{
	if (s->env) {
		tables_close(s);
		s->env->close(s->env, 0);
	}
	s->env = NULL;
	owner_unlock(s->owner_fd);
	s->owner_fd = -1;
}
