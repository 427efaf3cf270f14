#include "store/last_used.h"

#include "base/mem.h"
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
