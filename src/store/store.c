#include "store/store.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/conversation_total.h"
#include "store/env.h"
#include "store/inflight.h"
#include "store/key_book.h"
#include "store/meta.h"
#include "store/rank.h"
#include "store/usage_hours.h"

enum { CHECKPOINT_KB = 5 * 1024, CHECKPOINT_MINUTES = 1 };

static void close_all(struct store *s)
{
	env_close(s);
	key_book_free(s->key_book);
	mem_free(s);
}

int store_open(struct store **out, const struct store_options *options,
	       struct err *e)
{
	struct store *s = mem_zalloc(sizeof(*s));

	s->keys = options->keys;
	s->sync_always = options->sync_always;
	s->key_book = key_book_new();
	if (env_open(s, options, e) < 0) {
		close_all(s);
		return -1;
	}
	if (meta_check(s, e) < 0 || rank_make(s, e) < 0 ||
	    usage_hours_load(s, e) < 0 || inflight_recover(s, e) < 0 ||
	    conversation_total(s, e) < 0) {
		close_all(s);
		return -1;
	}
	/* What was recovered need not be recovered again. */
	s->env->txn_checkpoint(s->env, 0, 0, 0);
	*out = s;
	return 0;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	if (!store_panicked(s))
		s->env->txn_checkpoint(s->env, 0, 0, 0);
	close_all(s);
}

/* Not among the watched calls: a slow disk may hold a checkpoint up for long,
 * and whoever hangs because of it is watched himself. */
void store_keep(struct store *s)
{
	DB_ENV *env = s->env;
	int rejected;
	int rc;

	if (store_panicked(s))
		return;
	rc = env->log_flush(env, NULL);
	if (rc == 0)
		rc = env->lock_detect(env, 0, DB_LOCK_EXPIRE, &rejected);
	if (rc == 0)
		rc = env->txn_checkpoint(env, CHECKPOINT_KB, CHECKPOINT_MINUTES,
					 0);
	if (rc != 0)
		env_fail(s, rc, NULL);
}

int64_t store_stuck_ms(const struct store *s)
{
	return calls_longest_ms(&s->calls);
}

bool store_panicked(const struct store *s)
{
	return atomic_load(&s->panicked);
}

/* UUID version 7 (RFC 9562, 5.7): the leading time keeps new records together
 * in the tables and lists in the order of their making. */
void store_new_id(char out[STORE_ID_BYTES])
{
	unsigned char b[16];
	uint64_t now = (uint64_t)clock_wall_ms();

	secret_random(b, sizeof(b));
	for (int i = 0; i < 6; i++)
		b[i] = (unsigned char)(now >> (40 - 8 * i));
	b[6] = (unsigned char)(0x70 | (b[6] & 0x0f));
	b[8] = (unsigned char)(0x80 | (b[8] & 0x3f));
	snprintf(out, STORE_ID_BYTES,
		 "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
		 "%02x%02x%02x%02x%02x%02x",
		 b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9],
		 b[10], b[11], b[12], b[13], b[14], b[15]);
}
