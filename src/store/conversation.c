#include "store/conversation.h"

#include <string.h>

#include "base/mem.h"
#include "store/conversation_codec.h"
#include "store/conversation_total.h"
#include "store/env.h"
#include "store/txn.h"

enum {
	SEALED_BYTES = 1 << 30, /* above any ceiling of the settings */
	SWEEP_ROWS = 50		/* of one transaction: others wait for it */
};

/* What the seal is bound to: nobody moves it to another id or key. */
struct bound {
	unsigned char bytes[CONVERSATION_HEAD_BYTES + CONVERSATION_ID_BYTES];
	size_t n;
};

static struct bound bound_to(struct str head, struct str id)
{
	struct bound b;

	memcpy(b.bytes, head.p, head.n);
	memcpy(b.bytes + head.n, id.p, id.n);
	b.n = head.n + id.n;
	return b;
}

static struct str bound_str(const struct bound *b)
{
	return (struct str){(const char *)b->bytes, b->n};
}

/* Removes the oldest, or one of them, and counts what that frees. */
struct sweep {
	int64_t before_ms;   /* those that are older go in any case */
	int64_t total_bytes; /* more go until all take no more than this */
	size_t limit, removed;
	int64_t freed;
};

static int forget(struct store *s, DB_TXN *txn, enum table t, struct str key)
{
	int rc = table_delete(s, txn, t, key);

	return rc == DB_NOTFOUND ? 0 : rc;
}

/* One that is gone already is no failure. */
static int drop(struct store *s, DB_TXN *txn, const struct conversation_ref *at,
		int64_t *freed)
{
	unsigned char bytes[CONVERSATION_KEY_BYTES];
	struct str key = conversation_key(at, bytes);
	DBT size = {0};
	int rc = table_get(s, txn, TABLE_CONVERSATION_AGES, key, &size);

	if (rc == 0) {
		*freed += conversation_size_decode(dbt_str(&size));
		rc = forget(s, txn, TABLE_CONVERSATION_AGES, key);
	}
	mem_free(size.data);
	if (rc != 0)
		return rc == DB_NOTFOUND ? 0 : rc;
	return forget(s, txn, TABLE_CONVERSATIONS, str_of(at->id));
}

static bool must_go(struct store *s, const struct sweep *w,
		    const struct conversation_ref *at)
{
	return at->stored_ms < w->before_ms ||
	       s->conversation_bytes - w->freed > w->total_bytes;
}

static int sweep_one(struct store *s, DB_TXN *txn, DBC *c, struct sweep *w)
{
	DBT key = {.flags = DB_DBT_REALLOC}, size = {.flags = DB_DBT_REALLOC};
	struct conversation_ref at = {.id = ""};
	int rc = c->get(c, &key, &size, DB_NEXT | DB_RMW);

	if (rc == 0 && conversation_key_decode(dbt_str(&key), &at) < 0)
		at = (struct conversation_ref){.id = ""}; /* leads nowhere */
	else if (rc == 0 && !must_go(s, w, &at))
		rc = DB_NOTFOUND;
	if (rc == 0 && at.id[0])
		rc = forget(s, txn, TABLE_CONVERSATIONS, str_of(at.id));
	if (rc == 0) {
		w->freed += conversation_size_decode(dbt_str(&size));
		w->removed++;
		rc = c->del(c, 0);
	}
	mem_free(key.data);
	mem_free(size.data);
	return rc;
}

static int sweep(struct store *s, DB_TXN *txn, struct sweep *w)
{
	DB *db = s->table[TABLE_CONVERSATION_AGES];
	DBC *c;
	int rc = db->cursor(db, txn, &c, 0), end;

	if (rc != 0)
		return rc;
	while (rc == 0 && w->removed < w->limit)
		rc = sweep_one(s, txn, c, w);
	end = c->close(c);
	if (rc != 0 && rc != DB_NOTFOUND)
		return rc;
	return end;
}

struct put {
	const struct conversation *c;
	struct str record;
	int64_t total_bytes;
	int64_t grown; /* by so much, once it is committed */
};

static int put(struct store *s, DB_TXN *txn, void *ctx, struct err *e)
{
	struct put *p = ctx;
	const struct conversation *c = p->c;
	unsigned char kb[CONVERSATION_KEY_BYTES], sb[CONVERSATION_SIZE_BYTES];
	int64_t size = (int64_t)p->record.n;
	struct sweep w = {.total_bytes = p->total_bytes - size,
			  .limit = SWEEP_ROWS};
	int rc = 0;

	(void)e;
	if (c->previous)
		rc = drop(s, txn, c->previous, &w.freed);
	if (rc == 0)
		rc = sweep(s, txn, &w);
	if (rc == 0)
		rc = table_put(s, txn, TABLE_CONVERSATIONS, str_of(c->at.id),
			       p->record, 0);
	if (rc == 0)
		rc = table_put(s, txn, TABLE_CONVERSATION_AGES,
			       conversation_key(&c->at, kb),
			       conversation_size(size, sb), 0);
	p->grown = size - w.freed;
	return rc;
}

int store_conversation_put(struct store *s, const struct conversation *c,
			   int64_t total_bytes, struct err *e)
{
	struct put p = {.c = c, .total_bytes = total_bytes};
	struct conversation_head head = {.stored_ms = c->at.stored_ms};
	unsigned char bytes[CONVERSATION_HEAD_BYTES];
	struct buf record = BUF_INIT(SEALED_BYTES);
	struct bound bound;
	int rc;

	str_put(head.key_id, sizeof(head.key_id), str_of(c->key_id));
	buf_addstr(&record, conversation_head_encode(&head, bytes));
	bound = bound_to(buf_str(&record), str_of(c->at.id));
	secret_seal_bytes(s->keys, c->text, bound_str(&bound), &record);
	p.record = buf_str(&record);
	rc = store_write(s, WRITE_BATCH, put, &p, e);
	if (rc == 0)
		s->conversation_bytes += p.grown;
	buf_release(&record);
	return rc;
}

struct get {
	struct str id;
	DBT value;
};

static int absent(struct err *e)
{
	return err_set(e, ERR_NOT_FOUND, "The conversation does not exist");
}

static int get(struct store *s, DB_TXN *txn, void *ctx, struct err *e)
{
	struct get *g = ctx;
	int rc = table_get(s, txn, TABLE_CONVERSATIONS, g->id, &g->value);

	if (rc != DB_NOTFOUND)
		return rc;
	absent(e);
	return STORE_REFUSED;
}

static int unseal(struct store *s, struct str id, struct str record,
		  struct str sealed, struct buf *text, struct err *e)
{
	struct str head = str_sub(record, 0, record.n - sealed.n);
	struct bound bound = bound_to(head, id);

	return secret_open_bytes(s->keys, sealed, bound_str(&bound), text, e);
}

int store_conversation_get(struct store *s, const struct conversation_query *q,
			   struct buf *text, struct conversation_ref *at,
			   struct err *e)
{
	struct get g = {.id = q->id};
	struct conversation_head head;
	struct str record, sealed;
	int rc = -1;

	if (q->id.n == 0 || q->id.n >= CONVERSATION_ID_BYTES)
		return absent(e);
	if (store_read(s, get, &g, e) < 0)
		goto out;
	record = dbt_str(&g.value);
	if (conversation_head_decode(record, &head, &sealed) < 0 ||
	    strcmp(head.key_id, q->key_id) != 0 ||
	    head.stored_ms < q->not_before_ms) {
		absent(e);
		goto out;
	}
	rc = unseal(s, q->id, record, sealed, text, e);
	str_put(at->id, sizeof(at->id), q->id);
	at->stored_ms = head.stored_ms;
out:
	mem_free(g.value.data);
	return rc;
}

static int prune(struct store *s, DB_TXN *txn, void *ctx, struct err *e)
{
	struct sweep *w = ctx;

	(void)e;
	w->removed = 0;
	w->freed = 0;
	return sweep(s, txn, w);
}

int store_conversation_prune(struct store *s, int64_t before_ms, size_t max,
			     size_t *removed, struct err *e)
{
	struct sweep w = {.before_ms = before_ms, .total_bytes = INT64_MAX};

	*removed = 0;
	do {
		w.limit =
		    max - *removed < SWEEP_ROWS ? max - *removed : SWEEP_ROWS;
		if (store_write(s, WRITE_BATCH, prune, &w, e) < 0)
			return -1;
		s->conversation_bytes -= w.freed;
		*removed += w.removed;
	} while (w.removed == SWEEP_ROWS && *removed < max);
	return 0;
}

int64_t store_conversation_bytes(const struct store *s)
{
	return s->conversation_bytes;
}

static int add_size(void *ctx, DBC *cursor, struct str key, struct str value)
{
	(void)cursor;
	(void)key;
	*(int64_t *)ctx += conversation_size_decode(value);
	return 0;
}

static int count(struct store *s, DB_TXN *txn, void *ctx, struct err *e)
{
	(void)e;
	*(int64_t *)ctx = 0;
	return table_each(s, txn, TABLE_CONVERSATION_AGES, add_size, ctx);
}

int conversation_total(struct store *s, struct err *e)
{
	int64_t total;

	if (store_read(s, count, &total, e) < 0)
		return -1;
	s->conversation_bytes = total;
	return 0;
}
