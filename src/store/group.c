#include "store/group.h"

#include <string.h>

#include "base/clock.h"
#include "store/fields.h"
#include "store/records.h"

static const char what[] = "The account group";

#define FIELD(name, type, field)                                               \
	{                                                                      \
		name, type, offsetof(struct account_group, field),             \
		    sizeof(((struct account_group *)0)->field)                 \
	}

static const struct field rows[] = {
    FIELD("id", FIELD_CHARS, id),
    FIELD("name", FIELD_TEXT, name),
    FIELD("description", FIELD_TEXT, description),
    FIELD("platform", FIELD_TEXT, platform),
    FIELD("createdMs", FIELD_INT, created_ms),
    FIELD("updatedMs", FIELD_INT, updated_ms),
};
static const size_t nrows = sizeof(rows) / sizeof(rows[0]);

void group_release(struct account_group *g)
{
	fields_release(rows, nrows, g);
	memset(g, 0, sizeof(*g));
}

int store_group_put(struct store *s, struct account_group *g, struct err *e)
{
	struct account_group next = *g; /* borrows all that g owns */
	struct buf text = BUF_INIT(RECORD_MAX_BYTES);
	cJSON *o = cJSON_CreateObject();
	int rc;

	next.updated_ms = clock_wall_ms();
	if (!next.id[0]) {
		store_new_id(next.id);
		next.created_ms = next.updated_ms;
	}
	fields_write(o, rows, nrows, &next);
	rc = record_print(o, &text, e);
	if (rc == 0)
		rc = record_put(s, TABLE_GROUPS, str_of(next.id),
				buf_str(&text), e);
	buf_release(&text);
	if (rc == 0)
		*g = next;
	return rc;
}

static int decode(struct store *s, struct str text, void *out, struct err *e)
{
	cJSON *o = record_parse(text, e);

	(void)s;
	memset(out, 0, sizeof(struct account_group));
	if (!o)
		return -1;
	fields_read(o, rows, nrows, out);
	cJSON_Delete(o);
	return 0;
}

int store_group_get(struct store *s, const char *id, struct account_group *out,
		    struct err *e)
{
	struct buf text = BUF_INIT(RECORD_MAX_BYTES);
	int rc = record_get(s, TABLE_GROUPS, str_of(id), &text, what, e);

	if (rc == 0)
		rc = decode(s, buf_str(&text), out, e);
	buf_release(&text);
	return rc;
}

int store_group_delete(struct store *s, const char *id, struct err *e)
{
	return record_delete(s, TABLE_GROUPS, str_of(id), what, e);
}

static void release(void *record)
{
	group_release(record);
}

static int compare(const void *a, const void *b)
{
	const struct account_group *x = a, *y = b;

	return record_order(x->created_ms, x->id, y->created_ms, y->id);
}

static const struct record_kind kind = {.table = TABLE_GROUPS,
					.size = sizeof(struct account_group),
					.decode = decode,
					.release = release,
					.compare = compare};

int store_group_list(struct store *s, struct account_group **out, size_t *n,
		     struct err *e)
{
	void *list;

	if (record_list(s, &kind, &list, n, e) < 0)
		return -1;
	*out = list;
	return 0;
}

void group_list_free(struct account_group *list, size_t n)
{
	record_list_free(&kind, list, n);
}
