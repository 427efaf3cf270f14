#include "store/first_admin.h"

#include "base/mem.h"
#include "store/admin_codec.h"
#include "store/fields.h"
#include "store/records.h"

static const char place[] = "setup"; /* in TABLE_META */

struct setup_code {
	char hash[SECRET_HASH_HEX];
	int64_t expires_ms, wrong;
};

#define ROW(name, type, field)                                                 \
	{                                                                      \
		name, type, offsetof(struct setup_code, field),                \
		    sizeof(((struct setup_code *)0)->field)                    \
	}
static const struct field rows[] = {
    ROW("hash", FIELD_CHARS, hash),
    ROW("expiresMs", FIELD_INT, expires_ms),
    ROW("wrong", FIELD_INT, wrong),
};
static const size_t nrows = sizeof(rows) / sizeof(rows[0]);

static int stop(void *ctx, DBC *cursor, struct str key, struct str value)
{
	(void)cursor;
	(void)key;
	(void)value;
	*(bool *)ctx = true;
	return STORE_REFUSED;
}

/* 0 when there is no administrator. */
static int check_none(struct store *s, DB_TXN *txn, struct err *e)
{
	bool found = false;
	int rc = table_each(s, txn, TABLE_ADMINS, stop, &found);

	if (!found)
		return rc;
	err_set(e, ERR_CONFLICT, "There is an administrator already");
	return STORE_REFUSED;
}

static int write_code(struct store *s, DB_TXN *txn, const struct setup_code *c,
		      struct err *e)
{
	struct buf text = BUF_INIT(RECORD_MAX_BYTES);
	cJSON *o = cJSON_CreateObject();
	int rc = STORE_REFUSED;

	fields_write(o, rows, nrows, c);
	if (record_print(o, &text, e) == 0)
		rc = table_put(s, txn, TABLE_META, str_of(place),
			       buf_str(&text), 0);
	buf_release(&text);
	return rc;
}

/* One that is not there, or cannot be read, is nobody's: its hash is "". */
static int read_code(struct store *s, DB_TXN *txn, struct setup_code *c)
{
	DBT value = {0};
	int rc = table_get(s, txn, TABLE_META, str_of(place), &value);
	cJSON *o = rc == 0 ? record_parse(dbt_str(&value), NULL) : NULL;

	*c = (struct setup_code){.hash = ""};
	fields_read(o, rows, nrows, c);
	cJSON_Delete(o);
	mem_free(value.data);
	return rc == DB_NOTFOUND ? 0 : rc;
}

static int put(struct store *s, DB_TXN *txn, void *ctx, struct err *e)
{
	int rc = check_none(s, txn, e);

	return rc == 0 ? write_code(s, txn, ctx, e) : rc;
}

int store_setup_code_put(struct store *s, const char *hash, int64_t expires_ms,
			 struct err *e)
{
	struct setup_code c = {.expires_ms = expires_ms};

	str_put(c.hash, sizeof(c.hash), str_of(hash));
	return store_write(s, WRITE_DURABLE, put, &c, e);
}

struct use {
	const char *hash;
	int64_t now_ms;
	const struct admin *first;
	bool right; /* what came of it */
};

static bool is_right(const struct setup_code *c, const struct use *u)
{
	return c->hash[0] && c->wrong < FIRST_ADMIN_TRIES &&
	       u->now_ms < c->expires_ms &&
	       secret_equal(str_of(c->hash), str_of(u->hash));
}

static int write_first(struct store *s, DB_TXN *txn, const struct admin *first,
		       struct err *e)
{
	struct buf text = BUF_INIT(RECORD_MAX_BYTES);
	int rc = STORE_REFUSED;

	if (admin_encode(first, &text, e) == 0)
		rc = table_put(s, txn, TABLE_ADMINS, str_of(first->username),
			       buf_str(&text), 0);
	if (rc == 0)
		rc = table_delete(s, txn, TABLE_META, str_of(place));
	buf_release(&text);
	return rc;
}

/* A wrong code is no failure here: that it was tried has to be written. */
static int use(struct store *s, DB_TXN *txn, void *ctx, struct err *e)
{
	struct use *u = ctx;
	struct setup_code c;
	int rc = check_none(s, txn, e);

	if (rc == 0)
		rc = read_code(s, txn, &c);
	if (rc != 0)
		return rc;
	u->right = is_right(&c, u);
	if (u->right)
		return u->first ? write_first(s, txn, u->first, e) : 0;
	if (!c.hash[0] || c.wrong >= FIRST_ADMIN_TRIES)
		return 0;
	c.wrong++;
	return write_code(s, txn, &c, e);
}

int store_setup_code_use(struct store *s, const char *hash, int64_t now_ms,
			 const struct admin *first, struct err *e)
{
	struct use u = {.hash = hash, .now_ms = now_ms, .first = first};

	if (store_write(s, WRITE_DURABLE, use, &u, e) < 0)
		return -1;
	if (u.right)
		return 0;
	return err_set(e, ERR_AUTH,
		       "The code is wrong, used or too old: get another one "
		       "by llmrelayctl admin code");
}
