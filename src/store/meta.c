#include "store/meta.h"

#include "base/json.h"
#include "base/mem.h"
#include "store/env.h"
#include "store/txn.h"

/* Raised when a record cannot be read any more by the release before. */
enum { META_FORMAT = 1, META_MAX_BYTES = 1024 };

static const char proof_text[] = "llmrelay";

static int judge(struct store *s, struct str text, struct err *e)
{
	struct buf plain = BUF_INIT(META_MAX_BYTES);
	cJSON *o = json_parse_object(text, NULL);
	int64_t format = json_int_or(o, "v", 0);
	struct str proof = str_of(json_string_or(o, "proof", ""));
	int rc = 0;

	if (format < 1)
		rc = err_set(e, ERR_INTERNAL, "the state is damaged: meta.db");
	else if (format > META_FORMAT)
		rc = err_set(e, ERR_INTERNAL,
			     "the state was written by a newer release");
	else if (secret_open(s->keys, proof, STR("meta"), &plain, NULL) < 0 ||
		 !str_is(buf_str(&plain), proof_text))
		rc = err_set(e, ERR_INTERNAL,
			     "the key file is not the one that this state was "
			     "made with");
	cJSON_Delete(o);
	buf_release(&plain);
	return rc;
}

static int create(struct store *s, DB_TXN *txn)
{
	struct buf proof = BUF_INIT(META_MAX_BYTES);
	struct buf text = BUF_INIT(META_MAX_BYTES);
	int rc;

	secret_seal(s->keys, STR(proof_text), STR("meta"), &proof);
	buf_addf(&text, "{\"v\":%d,\"proof\":", META_FORMAT);
	buf_json(&text, buf_str(&proof));
	buf_addc(&text, '}');
	rc = table_put(s, txn, TABLE_META, STR("store"), buf_str(&text), 0);
	buf_release(&proof);
	buf_release(&text);
	return rc;
}

static int check(struct store *s, DB_TXN *txn, void *ctx, struct err *e)
{
	DBT value = {0};
	int rc = table_get(s, txn, TABLE_META, STR("store"), &value);

	(void)ctx;
	if (rc == 0)
		rc = judge(s, dbt_str(&value), e);
	else if (rc == DB_NOTFOUND)
		rc = create(s, txn);
	mem_free(value.data);
	return rc;
}

int meta_check(struct store *s, struct err *e)
{
	return store_write(s, WRITE_DURABLE, check, NULL, e);
}
