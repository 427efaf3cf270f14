#include "store/api_key.h"

#include "base/clock.h"
#include "base/mem.h"
#include "store/api_key_codec.h"
#include "store/env.h"
#include "store/fields.h"
#include "store/key_book.h"
#include "store/last_used.h"
#include "store/records.h"

static const char what[] = "The API key";

struct put {
	struct str id, hash, text;
};

/* Two keys of one hash would be one credential. */
static int hash_is_free(struct store *s, DB_TXN *txn, const struct put *p,
			struct err *e)
{
	DB *index = s->table[TABLE_KEYS_BY_HASH];
	DBT hash = dbt_of(p->hash);
	DBT id = {.flags = DB_DBT_MALLOC}, text = {.flags = DB_DBT_MALLOC};
	int rc = index->pget(index, txn, &hash, &id, &text, DB_RMW);

	if (rc == 0 && !str_eq(dbt_str(&id), p->id)) {
		err_set(e, ERR_CONFLICT, "This API key exists already");
		rc = STORE_REFUSED;
	}
	mem_free(id.data);
	mem_free(text.data);
	return rc == DB_NOTFOUND ? 0 : rc;
}

static int put(struct store *s, DB_TXN *txn, void *ctx, struct err *e)
{
	const struct put *p = ctx;
	int rc = hash_is_free(s, txn, p, e);

	if (rc != 0)
		return rc;
	return table_put(s, txn, TABLE_KEYS, p->id, p->text, 0);
}

int store_api_key_put(struct store *s, struct api_key *k, struct err *e)
{
	struct api_key next = *k; /* borrows all that k owns */
	struct buf text = BUF_INIT(RECORD_MAX_BYTES);
	struct put p;
	int rc;

	next.updated_ms = clock_wall_ms();
	if (!next.id[0]) {
		store_new_id(next.id);
		next.created_ms = next.updated_ms;
	}
	rc = api_key_encode(&next, &text, e);
	p = (struct put){str_of(next.id), str_of(next.hash), buf_str(&text)};
	if (rc == 0)
		rc = store_write(s, WRITE_DURABLE, put, &p, e);
	buf_release(&text);
	if (rc == 0) {
		*k = next;
		key_book_renew(s, k->id);
	}
	return rc;
}

static int get(struct store *s, enum table t, const char *key,
	       struct api_key *out, struct err *e)
{
	struct buf text = BUF_INIT(RECORD_MAX_BYTES);
	struct api_key found;
	int rc = record_get(s, t, str_of(key), &text, what, e);

	if (rc == 0)
		rc = api_key_decode(buf_str(&text), &found, e);
	if (rc == 0)
		*out = found;
	buf_release(&text);
	return rc;
}

int store_api_key_get(struct store *s, const char *id, struct api_key *out,
		      struct err *e)
{
	return get(s, TABLE_KEYS, id, out, e);
}

int store_api_key_find(struct store *s, const char *hash, struct api_key *out,
		       struct err *e)
{
	return get(s, TABLE_KEYS_BY_HASH, hash, out, e);
}

int store_api_key_delete(struct store *s, const char *id, struct err *e)
{
	int rc = record_delete(s, TABLE_KEYS, str_of(id), what, e);

	if (rc == 0)
		key_book_renew(s, id);
	return rc;
}

static int decode(struct store *s, struct str text, void *out, struct err *e)
{
	(void)s;
	return api_key_decode(text, out, e);
}

static void release(void *record)
{
	api_key_release(record);
}

static int compare(const void *a, const void *b)
{
	const struct api_key *x = a, *y = b;

	return record_order(x->created_ms, x->id, y->created_ms, y->id);
}

static const struct record_kind kind = {.table = TABLE_KEYS,
					.size = sizeof(struct api_key),
					.decode = decode,
					.release = release,
					.compare = compare};

int store_api_key_list(struct store *s, struct api_key **out, size_t *n,
		       struct err *e)
{
	void *list;

	if (record_list(s, &kind, &list, n, e) < 0)
		return -1;
	*out = list;
	return 0;
}

void api_key_list_free(struct api_key *list, size_t n)
{
	record_list_free(&kind, list, n);
}

int store_api_key_last_used(struct store *s, const char *id, int64_t *wall_ms,
			    struct err *e)
{
	return last_used_get(s, LAST_USED_KEY, id, wall_ms, e);
}
