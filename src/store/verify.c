#include "store/verify.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "base/mem.h"
#include "store/backup.h"
#include "store/meta.h"
#include "store/rank.h"
#include "store/usage_hours.h"
#include "store/verify_impl.h"

enum { REPORT_BYTES = 256 * 1024, LINE_BYTES = 512, PROBLEMS_SAID = 200 };

void verify_report_init(struct verify_report *r)
{
	*r = (struct verify_report){.text = BUF_INIT(REPORT_BYTES)};
}

void verify_report_release(struct verify_report *r)
{
	buf_release(&r->text);
}

void verify_problem(struct verify_report *r, const char *fmt, ...)
{
	char line[LINE_BYTES];
	va_list ap;

	if (r->problems++ >= PROBLEMS_SAID)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	buf_addf(&r->text, "%s\n", line);
}

void fold_add(struct fold *f, struct str a, struct str b)
{
	f->n++;
	f->sum += hash64(hash64(HASH64_INIT, a), b);
}

bool fold_same(const struct fold *a, const struct fold *b)
{
	return a->n == b->n && a->sum == b->sum;
}

/* A file may be missing: older releases had fewer. */
static int check_pages(struct store *s, const char *dir, enum table t,
		       struct verify_report *r)
{
	struct buf path = BUF_INIT(4096);
	struct stat st;
	DB *db;
	int rc;

	buf_addf(&path, "%s/%s", dir, table_file(t));
	rc = buf_ok(&path) ? stat(path.data, &st) : 0;
	buf_release(&path);
	if (rc < 0)
		return 0;
	rc = db_create(&db, s->env, 0);
	if (rc != 0)
		return rc;
	/* The handle is gone whatever it says. */
	rc = db->verify(db, table_file(t), NULL, NULL, 0);
	if (rc != 0)
		verify_problem(r, "%s is damaged: %s", table_file(t),
			       db_strerror(rc));
	return rc == DB_RUNRECOVERY ? rc : 0;
}

static int check_files(struct store *s, const char *dir,
		       struct verify_report *r)
{
	int rc = 0;

	for (int t = 0; rc == 0 && t < TABLES; t++)
		rc = check_pages(s, dir, (enum table)t, r);
	return rc;
}

/* Only what is whole by itself is compared with the rest. */
static int check_all(struct store *s, const char *dir, struct verify_report *r,
		     struct err *e)
{
	int rc = check_files(s, dir, r);

	if (rc == 0 && r->problems)
		return 0;
	if (rc == 0)
		rc = tables_open(s);
	if (rc == 0 && (meta_check(s, e) < 0 || rank_make(s, e) < 0 ||
			usage_hours_load(s, e) < 0))
		return -1;
	if (rc == 0)
		rc = verify_records(s, r);
	if (rc == 0)
		rc = verify_usage(s, r);
	return rc == 0 ? 0 : env_fail(s, rc, e);
}

int store_verify(const struct store_options *o, struct verify_report *r,
		 struct err *e)
{
	struct store *s;
	int rc;

	if (!store_is_at(o->dir))
		return err_set(e, ERR_NOT_FOUND, "there is no state in %s",
			       o->dir);
	s = mem_zalloc(sizeof(*s));
	s->keys = o->keys;
	rc = env_start(s, o, e);
	if (rc == 0)
		rc = check_all(s, o->dir, r, e);
	env_close(s);
	mem_free(s);
	return rc;
}
