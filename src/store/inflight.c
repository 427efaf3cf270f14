#include "store/inflight.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/ledger_codec.h"
#include "store/tables.h"
#include "store/txn.h"

/* Marks that are recovered in one transaction. */
enum { BATCH_ROWS = 256 };

static int add(struct store *s, DB_TXN *txn, void *ctx, struct err *e)
{
	const struct ledger_row *row = ctx;
	unsigned char bytes[LEDGER_RECORD_BYTES];

	(void)e;
	return table_put(s, txn, TABLE_INFLIGHT, str_of(row->request_id),
			 ledger_encode(row, bytes), 0);
}

int store_inflight_add(struct store *s, const struct ledger_row *row,
		       struct err *e)
{
	struct ledger_row mark = *row;

	return store_write(s, WRITE_BATCH, add, &mark, e);
}

int inflight_remove(struct store *s, DB_TXN *txn, const char *request_id)
{
	int rc = table_delete(s, txn, TABLE_INFLIGHT, str_of(request_id));

	return rc == DB_NOTFOUND ? 0 : rc;
}

struct marks {
	struct ledger_row rows[BATCH_ROWS];
	size_t n, damaged;
};

enum { MARKS_FULL = 1 };

static int take_mark(void *ctx, DBC *cursor, struct str key, struct str value)
{
	struct marks *m = ctx;
	struct ledger_row *row = &m->rows[m->n];

	if (m->n == BATCH_ROWS)
		return MARKS_FULL;
	if (ledger_decode(value, row) < 0 || !str_is(key, row->request_id)) {
		m->damaged++;
		return cursor->del(cursor, 0);
	}
	row->outcome = OUTCOME_INTERRUPTED;
	m->n++;
	return 0;
}

static int take_marks(struct store *s, DB_TXN *txn, void *ctx, struct err *e)
{
	struct marks *m = ctx;
	int rc;

	(void)e;
	m->n = m->damaged = 0;
	rc = table_each(s, txn, TABLE_INFLIGHT, take_mark, m);
	return rc == MARKS_FULL ? 0 : rc;
}

int inflight_recover(struct store *s, struct err *e)
{
	struct marks *m = mem_zalloc(sizeof(*m));
	size_t recovered = 0, damaged = 0;
	int rc;

	do {
		rc = store_write(s, WRITE_BATCH, take_marks, m, e);
		if (rc == 0)
			rc = store_settle(s, m->rows, m->n, e);
		recovered += m->n;
		damaged += m->damaged;
	} while (rc == 0 && m->n == BATCH_ROWS);
	if (recovered || damaged)
		log_note(LOG_WARN, "store",
			 "%zu requests were in flight when the last owner "
			 "ended, %zu marks could not be read",
			 recovered, damaged);
	mem_free(m);
	return rc;
}
