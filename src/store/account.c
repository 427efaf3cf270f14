#include "store/account.h"

#include <string.h>

#include "base/clock.h"
#include "store/account_codec.h"
#include "store/env.h"
#include "store/fields.h"
#include "store/last_used.h"
#include "store/records.h"

static const char what[] = "The account";

int store_account_put(struct store *s, struct account *a, struct err *e)
{
	struct account next = *a; /* borrows all that a owns */
	struct buf text = BUF_INIT(RECORD_MAX_BYTES);
	int rc;

	next.updated_ms = clock_wall_ms();
	if (!next.id[0]) {
		store_new_id(next.id);
		next.created_ms = next.updated_ms;
	}
	rc = account_encode(&next, s->keys, &text, e);
	if (rc == 0)
		rc = record_put(s, TABLE_ACCOUNTS, str_of(next.id),
				buf_str(&text), e);
	buf_release(&text);
	if (rc == 0)
		*a = next;
	return rc;
}

int store_account_get(struct store *s, const char *id, struct account *out,
		      struct err *e)
{
	struct buf text = BUF_INIT(RECORD_MAX_BYTES);
	struct account found;
	int rc = record_get(s, TABLE_ACCOUNTS, str_of(id), &text, what, e);

	if (rc == 0)
		rc = account_decode(buf_str(&text), s->keys, &found, e);
	if (rc == 0)
		*out = found;
	buf_release(&text);
	return rc;
}

int store_account_delete(struct store *s, const char *id, struct err *e)
{
	return record_delete(s, TABLE_ACCOUNTS, str_of(id), what, e);
}

static int decode(struct store *s, struct str text, void *out, struct err *e)
{
	return account_decode(text, s->keys, out, e);
}

static void release(void *record)
{
	account_release(record);
}

static int compare(const void *a, const void *b)
{
	const struct account *x = a, *y = b;

	return record_order(x->created_ms, x->id, y->created_ms, y->id);
}

static const struct record_kind kind = {.table = TABLE_ACCOUNTS,
					.size = sizeof(struct account),
					.decode = decode,
					.release = release,
					.compare = compare};

int store_account_list(struct store *s, struct account **out, size_t *n,
		       struct err *e)
{
	void *list;

	if (record_list(s, &kind, &list, n, e) < 0)
		return -1;
	*out = list;
	return 0;
}

void account_list_free(struct account *list, size_t n)
{
	record_list_free(&kind, list, n);
}

int store_account_last_used(struct store *s, const char *id, int64_t *wall_ms,
			    struct err *e)
{
	return last_used_get(s, LAST_USED_ACCOUNT, id, wall_ms, e);
}
