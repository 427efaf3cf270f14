#include "store/learned.h"

#include <string.h>

#include "base/mem.h"
#include "store/fields.h"
#include "store/learned_codec.h"
#include "store/records.h"

struct batch {
	const struct learned *list;
	struct buf *texts;
	size_t n;
};

static int put(struct store *s, DB_TXN *txn, void *ctx, struct err *e)
{
	const struct batch *b = ctx;
	int rc = 0;

	(void)e;
	for (size_t i = 0; i < b->n && rc == 0; i++)
		rc = table_put(s, txn, TABLE_LEARNED,
			       str_of(b->list[i].account_id),
			       buf_str(&b->texts[i]), 0);
	return rc;
}

int store_learned_put(struct store *s, const struct learned *list, size_t n,
		      struct err *e)
{
	struct batch b = {list, mem_array(n, sizeof(struct buf)), n};
	int rc = 0;

	for (size_t i = 0; i < n; i++) {
		buf_init(&b.texts[i], RECORD_MAX_BYTES);
		if (rc == 0)
			rc = learned_encode(&list[i], &b.texts[i], e);
	}
	if (rc == 0)
		rc = store_write(s, WRITE_BATCH, put, &b, e);
	for (size_t i = 0; i < n; i++)
		buf_release(&b.texts[i]);
	mem_free(b.texts);
	return rc;
}

static int drop(struct store *s, DB_TXN *txn, void *ctx, struct err *e)
{
	int rc = table_delete(s, txn, TABLE_LEARNED, str_of(ctx));

	(void)e;
	return rc == DB_NOTFOUND ? 0 : rc;
}

int store_learned_delete(struct store *s, const char *account_id, struct err *e)
{
	char id[STORE_ID_BYTES];

	str_put(id, sizeof(id), str_of(account_id));
	return store_write(s, WRITE_BATCH, drop, id, e);
}

static int decode(struct store *s, struct str text, void *out, struct err *e)
{
	(void)s;
	return learned_decode(text, out, e);
}

static void release(void *record)
{
	learned_release(record);
}

static int compare(const void *a, const void *b)
{
	const struct learned *x = a, *y = b;

	return strcmp(x->account_id, y->account_id);
}

static const struct record_kind kind = {.table = TABLE_LEARNED,
					.size = sizeof(struct learned),
					.decode = decode,
					.release = release,
					.compare = compare};

int store_learned_list(struct store *s, struct learned **out, size_t *n,
		       struct err *e)
{
	void *list;

	if (record_list(s, &kind, &list, n, e) < 0)
		return -1;
	*out = list;
	return 0;
}

void learned_list_free(struct learned *list, size_t n)
{
	record_list_free(&kind, list, n);
}
