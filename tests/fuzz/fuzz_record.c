/*
 * Records as a damaged disk might give them.  The first byte chooses the
 * decoder.  What decodes must encode again: fixed layouts to the same bytes,
 * JSON to a text that decodes to itself.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "store/account_codec.h"
#include "store/admin_codec.h"
#include "store/api_key_codec.h"
#include "store/conversation_codec.h"
#include "store/learned_codec.h"
#include "store/ledger_codec.h"
#include "store/usage_codec.h"

enum { TEXT_MAX = 8 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const struct secret_keys keys;

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void ledger(struct str in)
{
	unsigned char bytes[LEDGER_RECORD_BYTES];
	struct ledger_row row;

	if (ledger_decode(in, &row) == 0)
		must(str_eq(ledger_encode(&row, bytes), in));
}

static void counter(struct str in)
{
	unsigned char bytes[COUNTER_BYTES];
	struct counter c;

	if (counter_decode(in, &c) == 0)
		must(str_eq(counter_encode(&c, bytes), in));
}

static void usage_key(struct str in)
{
	unsigned char bytes[USAGE_KEY_BYTES];
	struct usage_key k;

	if (usage_key_decode(in, &k) == 0)
		must(str_eq(usage_key_encode(&k, bytes), in));
}

static void account(struct str in)
{
	struct buf text = BUF_INIT(TEXT_MAX);
	struct account a, again;

	if (account_decode(in, &keys, &a, NULL) < 0)
		return;
	if (account_encode(&a, &keys, &text, NULL) == 0) {
		must(account_decode(buf_str(&text), &keys, &again, NULL) == 0);
		must(again.nmodels == a.nmodels &&
		     again.nheaders == a.nheaders &&
		     again.priority == a.priority &&
		     strcmp(a.id, again.id) == 0);
		account_release(&again);
	}
	account_release(&a);
	buf_release(&text);
}

static void api_key(struct str in)
{
	struct buf text = BUF_INIT(TEXT_MAX), same = BUF_INIT(TEXT_MAX);
	char hash[SECRET_HASH_HEX];
	struct api_key k, again;

	api_key_hash_of(in, hash);
	if (api_key_decode(in, &k, NULL) < 0)
		return;
	if (api_key_encode(&k, &text, NULL) == 0) {
		must(api_key_decode(buf_str(&text), &again, NULL) == 0);
		must(api_key_encode(&again, &same, NULL) == 0);
		must(str_eq(buf_str(&text), buf_str(&same)));
		api_key_release(&again);
	}
	api_key_release(&k);
	buf_release(&text);
	buf_release(&same);
}

static void admin(struct str in)
{
	struct buf text = BUF_INIT(TEXT_MAX);
	struct admin a, again;

	if (admin_decode(in, &a, NULL) < 0)
		return;
	must(admin_encode(&a, &text, NULL) == 0);
	must(admin_decode(buf_str(&text), &again, NULL) == 0);
	must(memcmp(a.username, again.username, sizeof(a.username)) == 0);
	buf_release(&text);
}

static void session(struct str in)
{
	struct buf text = BUF_INIT(TEXT_MAX);
	struct admin_session v, again;

	if (session_decode(in, &v, NULL) < 0)
		return;
	must(session_encode(&v, &text, NULL) == 0);
	must(session_decode(buf_str(&text), &again, NULL) == 0);
	must(memcmp(v.hash, again.hash, sizeof(v.hash)) == 0 &&
	     v.kind == again.kind && v.expires_ms == again.expires_ms);
	buf_release(&text);
}

static void learned(struct str in)
{
	struct buf text = BUF_INIT(TEXT_MAX), same = BUF_INIT(TEXT_MAX);
	struct learned l, again;

	if (learned_decode(in, &l, NULL) < 0)
		return;
	must(learned_encode(&l, &text, NULL) == 0);
	must(learned_decode(buf_str(&text), &again, NULL) == 0);
	must(learned_encode(&again, &same, NULL) == 0);
	must(str_eq(buf_str(&text), buf_str(&same)));
	learned_release(&again);
	learned_release(&l);
	buf_release(&text);
	buf_release(&same);
}

static void conversation(struct str in)
{
	unsigned char bytes[CONVERSATION_HEAD_BYTES];
	struct conversation_head head;
	struct str sealed;

	if (conversation_head_decode(in, &head, &sealed) < 0)
		return;
	must(str_eq(conversation_head_encode(&head, bytes),
		    str_sub(in, 0, in.n - sealed.n)));
}

static void conversation_age(struct str in)
{
	unsigned char bytes[CONVERSATION_KEY_BYTES];
	struct conversation_ref at;

	if (conversation_key_decode(in, &at) == 0)
		must(str_eq(conversation_key(&at, bytes), in));
	must(conversation_size_decode(in) >= 0);
}

static void (*const decoders[])(struct str in) = {
    ledger, counter, usage_key, account,      api_key,
    admin,  session, learned,	conversation, conversation_age,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	size_t count = sizeof(decoders) / sizeof(decoders[0]);

	if (n == 0 || secret_start(NULL) < 0)
		return 0;
	decoders[data[0] % count]((struct str){(const char *)data + 1, n - 1});
	return 0;
}
