#include <string.h>

#include "store/admin.h"
#include "store/admin_codec.h"
#include "store/fields.h"
#include "store/records.h"

static const char what[] = "The session";

int store_session_put(struct store *s, const struct admin_session *v,
		      struct err *e)
{
	struct buf text = BUF_INIT(RECORD_MAX_BYTES);
	int rc = session_encode(v, &text, e);

	if (rc == 0)
		rc = record_put(s, TABLE_SESSIONS, str_of(v->hash),
				buf_str(&text), e);
	buf_release(&text);
	return rc;
}

int store_session_get(struct store *s, const char *hash,
		      struct admin_session *out, struct err *e)
{
	struct buf text = BUF_INIT(RECORD_MAX_BYTES);
	int rc = record_get(s, TABLE_SESSIONS, str_of(hash), &text, what, e);

	if (rc == 0)
		rc = session_decode(buf_str(&text), out, e);
	buf_release(&text);
	return rc;
}

int store_session_delete(struct store *s, const char *hash, struct err *e)
{
	return record_delete(s, TABLE_SESSIONS, str_of(hash), what, e);
}

static int decode(struct store *s, struct str text, void *out, struct err *e)
{
	(void)s;
	return session_decode(text, out, e);
}

static int compare(const void *a, const void *b)
{
	const struct admin_session *x = a, *y = b;

	return record_order(x->created_ms, x->id, y->created_ms, y->id);
}

static const struct record_kind kind = {.table = TABLE_SESSIONS,
					.size = sizeof(struct admin_session),
					.decode = decode,
					.compare = compare};

int store_session_list(struct store *s, struct admin_session **out, size_t *n,
		       struct err *e)
{
	void *list;

	if (record_list(s, &kind, &list, n, e) < 0)
		return -1;
	*out = list;
	return 0;
}

/* Which sessions to delete: those of a user, or those that have expired. */
struct doomed {
	const char *username; /* NULL: by time */
	const char *except_hash;
	int64_t now_ms, idle_ms;
};

static bool is_doomed(const struct doomed *d, const struct admin_session *v)
{
	if (d->username)
		return strcmp(v->username, d->username) == 0 &&
		       !(d->except_hash &&
			 strcmp(v->hash, d->except_hash) == 0);
	if (v->expires_ms && v->expires_ms <= d->now_ms)
		return true;
	return v->kind == SESSION_LOGIN && d->idle_ms > 0 &&
	       v->active_ms <= d->now_ms - d->idle_ms;
}

static int delete_doomed(void *ctx, DBC *cursor, struct str key,
			 struct str value)
{
	struct admin_session v;

	(void)key;
	/* A session that cannot be read cannot be used either. */
	if (session_decode(value, &v, NULL) == 0 && !is_doomed(ctx, &v))
		return 0;
	return cursor->del(cursor, 0);
}

static int delete_all(struct store *s, DB_TXN *txn, void *ctx, struct err *e)
{
	(void)e;
	return table_each(s, txn, TABLE_SESSIONS, delete_doomed, ctx);
}

int store_session_delete_user(struct store *s, const char *username,
			      const char *except_hash, struct err *e)
{
	struct doomed d = {.username = username, .except_hash = except_hash};

	return store_write(s, WRITE_DURABLE, delete_all, &d, e);
}

int store_session_expire(struct store *s, int64_t now_ms, int64_t idle_ms,
			 struct err *e)
{
	struct doomed d = {.now_ms = now_ms, .idle_ms = idle_ms};

	return store_write(s, WRITE_DURABLE, delete_all, &d, e);
}
