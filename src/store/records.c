#include "store/records.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "store/env.h"
#include "store/fields.h"

struct one {
	enum table table;
	struct str key, text;
	struct buf *out;
	const char *what;
};

static int not_found(const struct one *r, struct err *e)
{
	err_set(e, ERR_NOT_FOUND, "%s does not exist", r->what);
	return STORE_REFUSED;
}

static int put(struct store *s, DB_TXN *txn, void *ctx, struct err *e)
{
	const struct one *r = ctx;

	(void)e;
	return table_put(s, txn, r->table, r->key, r->text, 0);
}

int record_put(struct store *s, enum table t, struct str key, struct str text,
	       struct err *e)
{
	struct one r = {.table = t, .key = key, .text = text};

	return store_write(s, WRITE_DURABLE, put, &r, e);
}

static int get(struct store *s, DB_TXN *txn, void *ctx, struct err *e)
{
	const struct one *r = ctx;
	DBT value = {0};
	int rc = table_get(s, txn, r->table, r->key, &value);

	buf_reset(r->out);
	if (rc == 0)
		buf_addstr(r->out, dbt_str(&value));
	mem_free(value.data);
	return rc == DB_NOTFOUND ? not_found(r, e) : rc;
}

int record_get(struct store *s, enum table t, struct str key, struct buf *text,
	       const char *what, struct err *e)
{
	struct one r = {.table = t, .key = key, .out = text, .what = what};

	return store_read(s, get, &r, e);
}

static int delete (struct store *s, DB_TXN *txn, void *ctx, struct err *e)
{
	const struct one *r = ctx;
	int rc = table_delete(s, txn, r->table, r->key);

	return rc == DB_NOTFOUND ? not_found(r, e) : rc;
}

int record_delete(struct store *s, enum table t, struct str key,
		  const char *what, struct err *e)
{
	struct one r = {.table = t, .key = key, .what = what};

	return store_write(s, WRITE_DURABLE, delete, &r, e);
}

struct list {
	struct store *store;
	const struct record_kind *kind;
	char *data;
	size_t n, cap;
	struct err *e;
};

static void list_empty(struct list *l)
{
	record_list_free(l->kind, l->data, l->n);
	l->data = NULL;
	l->n = l->cap = 0;
}

static int list_add(void *ctx, DBC *cursor, struct str key, struct str value)
{
	struct list *l = ctx;
	struct err why;

	(void)cursor;
	if (l->n == LIST_MAX_RECORDS) {
		err_set(l->e, ERR_INTERNAL, "There are too many records");
		return STORE_REFUSED;
	}
	if (l->n == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 16;
		l->data = mem_realloc(l->data, l->cap * l->kind->size);
	}
	if (l->kind->decode(l->store, value, l->data + l->n * l->kind->size,
			    &why) == 0)
		l->n++;
	else
		log_note(LOG_ERROR, "store", "record %.*s: %s", STR_ARG(key),
			 why.message);
	return 0;
}

static int list_fill(struct store *s, DB_TXN *txn, void *ctx, struct err *e)
{
	struct list *l = ctx;

	list_empty(l);
	l->e = e;
	return table_each(s, txn, l->kind->table, list_add, l);
}

int record_list(struct store *s, const struct record_kind *kind, void **out,
		size_t *n, struct err *e)
{
	struct list l = {.store = s, .kind = kind};

	if (store_read(s, list_fill, &l, e) < 0) {
		list_empty(&l);
		return -1;
	}
	if (l.n)
		qsort(l.data, l.n, kind->size, kind->compare);
	*out = l.data;
	*n = l.n;
	return 0;
}

void record_list_free(const struct record_kind *kind, void *list, size_t n)
{
	for (size_t i = 0; kind->release && i < n; i++)
		kind->release((char *)list + i * kind->size);
	mem_free(list);
}

int record_order(int64_t ms_a, const char *id_a, int64_t ms_b, const char *id_b)
{
	if (ms_a != ms_b)
		return ms_a < ms_b ? -1 : 1;
	return strcmp(id_a, id_b);
}
