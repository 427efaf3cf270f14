/* The environment itself; private to the layer. */
#ifndef STORE_ENV_H
#define STORE_ENV_H

#include <stdatomic.h>

#include <db.h>

#include "store/call.h"
#include "store/store.h"
#include "store/tables.h"

struct key_book;

struct store {
	DB_ENV *env;
	DB *table[TABLES];
	int owner_fd;
	const struct secret_keys *keys; /* borrowed */
	bool sync_always;
	atomic_bool panicked;
	struct calls calls;
	_Atomic int64_t conversation_bytes; /* of all, conversation.h */
	atomic_bool backing_up;
	struct key_book *key_book;
	_Atomic uint32_t hours_from;	/* day; hours before may be gone */
	char sweep_key[STORE_ID_BYTES]; /* store/usage_prune.c */
	uint32_t swept_day;		/* a round for it has ended */
};

/* An empty file in a copy of an environment that was in use: all of its log
 * has to be applied, not only what stands behind the last checkpoint. */
#define ENV_HOT_COPY "hot-copy"

/* The environment without its tables, after recovery; on failure env_close().
 */
int env_start(struct store *s, const struct store_options *o, struct err *e);

/* Opens environment and tables after recovery; on failure closes all. */
int env_open(struct store *s, const struct store_options *o, struct err *e);
void env_close(struct store *s);
/* Turns what Berkeley DB returned into an err, logging it; returns -1. */
int env_fail(struct store *s, int rc, struct err *e);
int env_refuse_panicked(struct err *e); /* the same text everywhere; -1 */

#endif
