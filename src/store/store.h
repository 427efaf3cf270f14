/*
 * The state on disk: one Berkeley DB transactional environment, owned by one
 * process.  Every function here may block on the disk and must not be called
 * from an event loop.  Safe from any thread; deadlocks are retried inside.
 *
 * Records that configure (accounts, keys, admins, sessions) are versioned JSON
 * text and committed durably.  Counters and ledger rows are versioned fixed
 * layouts, committed in batches without waiting for the disk (they survive the
 * death of the process; the log is flushed every second for the rest).
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"

struct store;

struct store_options {
	const char *dir;		/* made with mode 0700 when absent */
	const struct secret_keys *keys; /* borrowed until store_close() */
	int64_t cache_bytes;
	bool sync_always; /* settlements wait for the disk too */
};

/*
 * Opens, running recovery when the last owner died.  ERR_UNAVAILABLE when
 * another process owns the environment, ERR_INTERNAL otherwise (damaged,
 * written by a newer release, or made with another key file).
 */
int store_open(struct store **out, const struct store_options *options,
	       struct err *e);
void store_close(struct store *s); /* checkpoints; NULL is allowed */

/* Housekeeping, once a second from one thread: flushes the log, detects
 * expired locks, checkpoints every 60 s or 5 MB. */
void store_keep(struct store *s);
/* How long the longest call in progress has been inside Berkeley DB, ms. */
int64_t store_stuck_ms(const struct store *s);
/* Berkeley DB has declared the environment unusable. */
bool store_panicked(const struct store *s);

enum { STORE_ID_BYTES = 37 }; /* a UUID and a NUL */
void store_new_id(char out[STORE_ID_BYTES]);

#endif
