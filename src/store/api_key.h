/*
 * API keys of clients.  The key itself ("cr_" and 64 hex) is never stored:
 * only its keyed hash, which is also the secondary index.
 */
#ifndef STORE_API_KEY_H
#define STORE_API_KEY_H

#include <stddef.h>

#include "store/store.h"

struct api_key {
	char id[STORE_ID_BYTES];
	char hash[SECRET_HASH_HEX];
	char hint[16]; /* "cr_…" and the last four characters, for people */
	char *name, *description;
	bool active;
	int64_t concurrency_limit; /* requests in flight, 0: no limit */
	/* Requests that may wait for a place, and how long; 0: as the settings
	 * say, size -1: none. */
	int64_t queue_size, queue_ms;
	/* Limits in a window of time; 0: none.  USD. */
	int64_t window_minutes, window_requests, window_tokens;
	double window_cost;
	double daily_cost, total_cost; /* 0: no limit */
	char **allowed_models;	       /* names or trailing-* patterns */
	size_t nallowed;	       /* 0: all */
	char **restricted_models;
	size_t nrestricted;
	char **tags;
	size_t ntags;
	char **allowed_clients;
	size_t nclients;       /* 0: all */
	char *binding;	       /* an account's id, or "group:" and one of a
				  group; NULL or "": none */
	int64_t binding_face;  /* under which name it is shown, enum
				  account_platform */
	int64_t expires_ms;    /* wall clock, 0: never */
	int64_t activation_ms; /* it ends so long after its first use; 0: at
				  expires_ms, whenever that is */
	int64_t activated_ms;  /* the first use, 0: none yet */
	int64_t created_ms, updated_ms;
	int64_t deleted_ms; /* 0: not in the trash */
};

void api_key_init(struct api_key *k);
void api_key_release(struct api_key *k);

/* Inserts (id and created_ms are set when id is empty) or replaces. */
int store_api_key_put(struct store *s, struct api_key *k, struct err *e);
int store_api_key_get(struct store *s, const char *id, struct api_key *out,
		      struct err *e);
/* By keyed hash of the credential: one look-up in the secondary index. */
int store_api_key_find(struct store *s, const char *hash, struct api_key *out,
		       struct err *e); /* ERR_NOT_FOUND */
int store_api_key_delete(struct store *s, const char *id, struct err *e);
/*
 * All of them at once, in memory, the oldest first: borrowed, and nobody
 * changes a key, until they are given back.  Change none between.
 */
int store_api_keys_borrow(struct store *s, const struct api_key **out,
			  size_t *n, struct err *e);
void store_api_keys_return(struct store *s);
/* A list of one's own, read from the disk. */
int store_api_key_list(struct store *s, struct api_key **out, size_t *n,
		       struct err *e);
void api_key_list_free(struct api_key *list, size_t n);
/* When each key was last used (wall ms): from the settlements; 0: never. */
int store_api_key_last_used(struct store *s, const char *id, int64_t *wall_ms,
			    struct err *e);
/* The same for all keys that were, by their ids; mem_free(*out). */
struct key_use {
	char id[STORE_ID_BYTES];
	int64_t wall_ms;
};
int store_api_keys_used(struct store *s, struct key_use **out, size_t *n,
			struct err *e);
/* Of one of them; 0: never. */
int64_t key_use_of(const struct key_use *list, size_t n, const char *id);

#endif
