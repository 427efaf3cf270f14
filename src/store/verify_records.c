/* Verification: records that can be read, indexes, conversations. */
#include "base/mem.h"
#include "store/account_codec.h"
#include "store/api_key_codec.h"
#include "store/conversation_codec.h"
#include "store/fields.h"
#include "store/verify_impl.h"

struct pass {
	struct store *s;
	struct verify_report *report;
	enum table table;
	int64_t *count;	  /* of what can be read; or NULL */
	struct fold fold; /* for the comparison with an index */
};

static int each(struct pass *p, enum table t, table_fn fn)
{
	p->table = t;
	return table_each(p->s, NULL, t, fn, p);
}

static int bad_record(struct pass *p, struct str key, const struct err *why)
{
	verify_problem(p->report, "%s: record %.*s: %s", table_file(p->table),
		       STR_ARG(key), why->message);
	return 0;
}

static int check_json(void *ctx, DBC *cursor, struct str key, struct str value)
{
	struct pass *p = ctx;
	struct err why;
	cJSON *o = record_parse(value, &why);

	(void)cursor;
	cJSON_Delete(o);
	return o ? 0 : bad_record(p, key, &why);
}

static int check_account(void *ctx, DBC *cursor, struct str key,
			 struct str value)
{
	struct pass *p = ctx;
	struct account a;
	struct err why;

	(void)cursor;
	if (account_decode(value, p->s->keys, &a, &why) < 0)
		return bad_record(p, key, &why);
	p->report->accounts++;
	if (!str_is(key, a.id))
		verify_problem(p->report, "accounts.db: %.*s is called %s",
			       STR_ARG(key), a.id);
	account_release(&a);
	return 0;
}

static int check_key(void *ctx, DBC *cursor, struct str key, struct str value)
{
	char hash[SECRET_HASH_HEX];
	struct pass *p = ctx;
	struct api_key k;
	struct err why;

	(void)cursor;
	if (api_key_decode(value, &k, &why) < 0)
		return bad_record(p, key, &why);
	p->report->keys++;
	api_key_release(&k);
	if (api_key_hash_of(value, hash) == 0)
		fold_add(&p->fold, str_of(hash), value);
	return 0;
}

/* Of the index: the hash and, looked up by it, the record. */
static int fold_record(void *ctx, DBC *cursor, struct str key, struct str value)
{
	struct pass *p = ctx;

	(void)cursor;
	fold_add(&p->fold, key, value);
	return 0;
}

static int check_keys(struct store *s, struct verify_report *r)
{
	struct pass keys = {.s = s, .report = r}, index = {.s = s, .report = r};
	int rc = each(&keys, TABLE_KEYS, check_key);

	if (rc == 0)
		rc = each(&index, TABLE_KEYS_BY_HASH, fold_record);
	if (rc == DB_SECONDARY_BAD ||
	    (rc == 0 && !fold_same(&keys.fold, &index.fold))) {
		verify_problem(r, "keys_by_hash.db does not match keys.db");
		rc = 0;
	}
	return rc;
}

static int fold_conversation(void *ctx, DBC *cursor, struct str key,
			     struct str value)
{
	unsigned char kb[CONVERSATION_KEY_BYTES], sb[CONVERSATION_SIZE_BYTES];
	struct conversation_ref at = {.id = ""};
	struct conversation_head head;
	struct pass *p = ctx;
	struct str sealed;

	(void)cursor;
	if (conversation_head_decode(value, &head, &sealed) < 0) {
		verify_problem(p->report, "conversations.db: %.*s is damaged",
			       STR_ARG(key));
		return 0;
	}
	str_put(at.id, sizeof(at.id), key);
	at.stored_ms = head.stored_ms;
	fold_add(&p->fold, conversation_key(&at, kb),
		 conversation_size((int64_t)value.n, sb));
	return 0;
}

static int check_conversations(struct store *s, struct verify_report *r)
{
	struct pass texts = {.s = s, .report = r}, ages = {.s = s, .report = r};
	int rc = each(&texts, TABLE_CONVERSATIONS, fold_conversation);

	if (rc == 0)
		rc = each(&ages, TABLE_CONVERSATION_AGES, fold_record);
	if (rc == 0 && !fold_same(&texts.fold, &ages.fold))
		verify_problem(r, "conversation_ages.db does not match "
				  "conversations.db");
	return rc;
}

int verify_records(struct store *s, struct verify_report *r)
{
	static const enum table plain[] = {TABLE_ADMINS,  TABLE_SESSIONS,
					   TABLE_GROUPS,  TABLE_AUDIT,
					   TABLE_LEARNED, TABLE_PRICES};
	struct pass p = {.s = s, .report = r};
	int rc = each(&p, TABLE_ACCOUNTS, check_account);

	for (size_t i = 0; rc == 0 && i < sizeof(plain) / sizeof(plain[0]); i++)
		rc = each(&p, plain[i], check_json);
	if (rc == 0)
		rc = check_keys(s, r);
	if (rc == 0)
		rc = check_conversations(s, r);
	return rc;
}
