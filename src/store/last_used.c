#include "store/last_used.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/api_key.h"
#include "store/pack.h"
#include "store/tables.h"
#include "store/txn.h"

enum { TIME_VERSION = 1, KEY_BYTES = 2 + STORE_ID_BYTES, VALUE_BYTES = 1 + 8 };

static struct str key_of(enum last_used_of of, const char *id,
			 unsigned char out[KEY_BYTES])
{
	struct pack w = {out, 0, KEY_BYTES};

	pack_u8(&w, of);
	pack_id(&w, id, STORE_ID_BYTES);
	return pack_str(&w);
}

/* What cannot be read counts as never used. */
static int64_t time_of(struct str bytes)
{
	struct unpack r = {(const unsigned char *)bytes.p, bytes.n, false};
	unsigned version = unpack_u8(&r);
	int64_t ms = unpack_i64(&r);

	return version == TIME_VERSION && unpack_end(&r) == 0 ? ms : 0;
}

struct query {
	struct str key;
	int64_t ms;
};

static int get(struct store *s, DB_TXN *txn, void *ctx, struct err *e)
{
	struct query *q = ctx;
	DBT value = {0};
	int rc = table_get(s, txn, TABLE_LAST_USED, q->key, &value);

	(void)e;
	q->ms = rc == 0 ? time_of(dbt_str(&value)) : 0;
	mem_free(value.data);
	return rc == DB_NOTFOUND ? 0 : rc;
}

int last_used_get(struct store *s, enum last_used_of of, const char *id,
		  int64_t *wall_ms, struct err *e)
{
	unsigned char key[KEY_BYTES];
	struct query q = {.key = key_of(of, id, key)};

	if (store_read(s, get, &q, e) < 0)
		return -1;
	*wall_ms = q.ms;
	return 0;
}

int last_used_raise(DBC *c, enum last_used_of of, const char *id,
		    int64_t wall_ms)
{
	unsigned char key[KEY_BYTES], value[VALUE_BYTES];
	struct pack w = {value, 0, VALUE_BYTES};
	struct str k = key_of(of, id, key);
	size_t n;
	int rc = cursor_read(c, k, value, sizeof(value), &n);

	if (rc != 0 && rc != DB_NOTFOUND)
		return rc;
	if (rc == 0 && time_of((struct str){(char *)value, n}) >= wall_ms)
		return 0;
	pack_u8(&w, TIME_VERSION);
	pack_i64(&w, wall_ms);
	return cursor_write(c, rc == 0, k, pack_str(&w));
}

struct uses {
	struct key_use *list;
	size_t n, cap;
};

static int take(void *ctx, DBC *cursor, struct str key, struct str value)
{
	struct unpack r = {(const unsigned char *)key.p, key.n, false};
	struct uses *u = ctx;

	(void)cursor;
	if (unpack_u8(&r) != LAST_USED_KEY)
		return 0;
	if (u->n == u->cap) {
		u->cap += u->cap / 2 + 64;
		u->list = mem_realloc(u->list, u->cap * sizeof(*u->list));
	}
	memset(&u->list[u->n], 0, sizeof(u->list[0]));
	unpack_id(&r, u->list[u->n].id, STORE_ID_BYTES);
	u->list[u->n].wall_ms = time_of(value);
	u->n += unpack_end(&r) == 0;
	return 0;
}

static int read_all(struct store *s, DB_TXN *txn, void *ctx, struct err *e)
{
	struct uses *u = ctx;

	(void)e;
	u->n = 0;
	return table_each(s, txn, TABLE_LAST_USED, take, u);
}

static int by_id(const void *a, const void *b)
{
	const struct key_use *x = a, *y = b;

	return strcmp(x->id, y->id);
}

int store_api_keys_used(struct store *s, struct key_use **out, size_t *n,
			struct err *e)
{
	struct uses u = {NULL, 0, 0};

	if (store_read(s, read_all, &u, e) < 0) {
		mem_free(u.list);
		return -1;
	}
	if (u.n)
		qsort(u.list, u.n, sizeof(u.list[0]), by_id);
	*out = u.list;
	*n = u.n;
	return 0;
}

int64_t key_use_of(const struct key_use *list, size_t n, const char *id)
{
	struct key_use wanted;
	const struct key_use *found;

	str_put(wanted.id, sizeof(wanted.id), str_of(id));
	found = n ? bsearch(&wanted, list, n, sizeof(*list), by_id) : NULL;
	return found ? found->wall_ms : 0;
}
