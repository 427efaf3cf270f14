#include "store/audit.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/env.h"
#include "store/fields.h"
#include "store/pack.h"
#include "store/txn.h"

enum { KEY_BYTES = 8, PRUNE_ROWS = 200 };

#define CHARS(field)                                                           \
	{                                                                      \
#field, FIELD_CHARS, offsetof(struct audit_entry, field),      \
		    sizeof(((struct audit_entry *)0)->field)                   \
	}
static const struct field rows[] = {
    CHARS(actor),
    CHARS(remote),
    CHARS(method),
    CHARS(path),
    CHARS(name),
    CHARS(fields),
    {"status", FIELD_INT, offsetof(struct audit_entry, status), 0},
};
static const size_t nrows = sizeof(rows) / sizeof(rows[0]);

static struct str key_of(int64_t id, unsigned char bytes[KEY_BYTES])
{
	struct pack w = {bytes, 0, KEY_BYTES};

	pack_time_be(&w, id);
	return pack_str(&w);
}

/* -1: no key of ours. */
static int64_t id_of(struct str key)
{
	struct unpack r = {(const unsigned char *)key.p, key.n, false};
	int64_t id = unpack_time_be(&r);

	return unpack_end(&r) < 0 ? -1 : id;
}

struct adding {
	int64_t id;
	struct str text;
};

/* Two at once, or a clock that was set back, take the next free place. */
static int add(struct store *s, DB_TXN *txn, void *ctx, struct err *e)
{
	struct adding *a = ctx;
	unsigned char bytes[KEY_BYTES];
	int rc;

	(void)e;
	do {
		rc = table_put(s, txn, TABLE_AUDIT, key_of(a->id, bytes),
			       a->text, DB_NOOVERWRITE);
	} while (rc == DB_KEYEXIST && ++a->id);
	return rc;
}

int store_audit_add(struct store *s, struct audit_entry *v, struct err *e)
{
	struct buf text = BUF_INIT(RECORD_MAX_BYTES);
	struct adding a = {.id = v->id ? v->id : clock_wall_ms() * 1000};
	cJSON *o = cJSON_CreateObject();
	int rc;

	fields_write(o, rows, nrows, v);
	rc = record_print(o, &text, e);
	a.text = buf_str(&text);
	if (rc == 0)
		rc = store_write(s, WRITE_DURABLE, add, &a, e);
	if (rc == 0)
		v->id = a.id;
	buf_release(&text);
	return rc;
}

struct listing {
	int64_t before_id;
	struct audit_entry *list;
	size_t n, max;
};

/* What cannot be read is left out. */
static void take(struct listing *l, struct str key, struct str value)
{
	struct audit_entry *v = &l->list[l->n];
	cJSON *o = record_parse(value, NULL);

	memset(v, 0, sizeof(*v));
	v->id = id_of(key);
	if (o)
		fields_read(o, rows, nrows, v);
	if (o && v->id >= 0)
		l->n++;
	cJSON_Delete(o);
}

/* The cursor goes to the first that is not before, then back. */
static int seek(DBC *c, const struct listing *l, DBT *key, DBT *value)
{
	int rc;

	key->data = mem_alloc(KEY_BYTES);
	key->size = KEY_BYTES;
	key_of(l->before_id ? l->before_id : INT64_MAX, key->data);
	rc = c->get(c, key, value, DB_SET_RANGE);
	return c->get(c, key, value, rc == 0 ? DB_PREV : DB_LAST);
}

static int list(struct store *s, DB_TXN *txn, void *ctx, struct err *e)
{
	struct listing *l = ctx;
	DBT key = {.flags = DB_DBT_REALLOC}, value = {.flags = DB_DBT_REALLOC};
	DB *db = s->table[TABLE_AUDIT];
	DBC *c;
	int rc = db->cursor(db, txn, &c, 0), end;

	(void)e;
	if (rc != 0)
		return rc;
	l->n = 0;
	rc = seek(c, l, &key, &value);
	while (rc == 0 && l->n < l->max) {
		take(l, dbt_str(&key), dbt_str(&value));
		rc = c->get(c, &key, &value, DB_PREV);
	}
	end = c->close(c);
	mem_free(key.data);
	mem_free(value.data);
	return rc == 0 || rc == DB_NOTFOUND ? end : rc;
}

int store_audit_list(struct store *s, int64_t before_id, size_t max,
		     struct audit_entry **out, size_t *n, struct err *e)
{
	struct listing l = {.before_id = before_id, .max = max};

	l.list = mem_array(max, sizeof(*l.list));
	if (store_read(s, list, &l, e) < 0) {
		mem_free(l.list);
		return -1;
	}
	*out = l.list;
	*n = l.n;
	return 0;
}

struct prune {
	int64_t before_id;
	size_t limit, removed;
};

static int prune_rows(DBC *c, void *ctx)
{
	struct prune *p = ctx;
	DBT key = {.flags = DB_DBT_REALLOC}, value = {.flags = DB_DBT_REALLOC};
	int rc = 0;

	while (rc == 0 && p->removed < p->limit) {
		rc = c->get(c, &key, &value, DB_NEXT | DB_RMW);
		if (rc != 0 || id_of(dbt_str(&key)) >= p->before_id)
			break;
		rc = c->del(c, 0);
		p->removed += rc == 0;
	}
	mem_free(key.data);
	mem_free(value.data);
	return rc == DB_NOTFOUND ? 0 : rc;
}

static int prune(struct store *s, DB_TXN *txn, void *ctx, struct err *e)
{
	struct prune *p = ctx;

	(void)e;
	p->removed = 0;
	return table_with_cursor(s, txn, TABLE_AUDIT, prune_rows, p);
}

int store_audit_prune(struct store *s, int64_t before_ms, size_t max,
		      size_t *removed, struct err *e)
{
	struct prune p = {.before_id = before_ms * 1000};

	*removed = 0;
	do {
		p.limit =
		    max - *removed < PRUNE_ROWS ? max - *removed : PRUNE_ROWS;
		if (store_write(s, WRITE_BATCH, prune, &p, e) < 0)
			return -1;
		*removed += p.removed;
	} while (p.removed == PRUNE_ROWS && *removed < max);
	return 0;
}
