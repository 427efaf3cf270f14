#include "store/admin.h"

#include "store/admin_codec.h"
#include "store/fields.h"
#include "store/records.h"

static const char what[] = "The administrator";

int store_admin_put(struct store *s, const struct admin *a, struct err *e)
{
	struct buf text = BUF_INIT(RECORD_MAX_BYTES);
	int rc = admin_encode(a, &text, e);

	if (rc == 0)
		rc = record_put(s, TABLE_ADMINS, str_of(a->username),
				buf_str(&text), e);
	buf_release(&text);
	return rc;
}

int store_admin_get(struct store *s, const char *username, struct admin *out,
		    struct err *e)
{
	struct buf text = BUF_INIT(RECORD_MAX_BYTES);
	int rc = record_get(s, TABLE_ADMINS, str_of(username), &text, what, e);

	if (rc == 0)
		rc = admin_decode(buf_str(&text), out, e);
	buf_release(&text);
	return rc;
}

int store_admin_delete(struct store *s, const char *username, struct err *e)
{
	return record_delete(s, TABLE_ADMINS, str_of(username), what, e);
}

static int decode(struct store *s, struct str text, void *out, struct err *e)
{
	(void)s;
	return admin_decode(text, out, e);
}

static int compare(const void *a, const void *b)
{
	const struct admin *x = a, *y = b;

	return record_order(x->created_ms, x->username, y->created_ms,
			    y->username);
}

static const struct record_kind kind = {.table = TABLE_ADMINS,
					.size = sizeof(struct admin),
					.decode = decode,
					.compare = compare};

int store_admin_list(struct store *s, struct admin **out, size_t *n,
		     struct err *e)
{
	void *list;

	if (record_list(s, &kind, &list, n, e) < 0)
		return -1;
	*out = list;
	return 0;
}

static int count_one(void *ctx, DBC *cursor, struct str key, struct str value)
{
	(void)cursor;
	(void)key;
	(void)value;
	++*(size_t *)ctx;
	return 0;
}

static int count(struct store *s, DB_TXN *txn, void *ctx, struct err *e)
{
	(void)e;
	*(size_t *)ctx = 0;
	return table_each(s, txn, TABLE_ADMINS, count_one, ctx);
}

int store_admin_count(struct store *s, size_t *n, struct err *e)
{
	size_t found;

	if (store_read(s, count, &found, e) < 0)
		return -1;
	*n = found;
	return 0;
}
