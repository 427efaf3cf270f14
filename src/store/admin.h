/* Administrators, their sessions and long-lived admin tokens. */
#ifndef STORE_ADMIN_H
#define STORE_ADMIN_H

#include <stddef.h>

#include "store/store.h"

struct admin {
	char username[65];
	char password_hash[SECRET_PASSWORD_BYTES];
	int64_t created_ms, updated_ms;
};

int store_admin_put(struct store *s, const struct admin *a, struct err *e);
int store_admin_get(struct store *s, const char *username, struct admin *out,
		    struct err *e); /* ERR_NOT_FOUND */
int store_admin_delete(struct store *s, const char *username, struct err *e);
/* All of them, oldest first; mem_free(*out). */
int store_admin_list(struct store *s, struct admin **out, size_t *n,
		     struct err *e);
int store_admin_count(struct store *s, size_t *n, struct err *e);

enum session_kind { SESSION_LOGIN, SESSION_TOKEN };

struct admin_session {
	char hash[SECRET_HASH_HEX]; /* keyed hash of the token: the key */
	char id[STORE_ID_BYTES];    /* what lists and revocation name */
	enum session_kind kind;
	char username[65];
	char name[65];	 /* of a token */
	char remote[64]; /* address at login */
	int64_t created_ms, active_ms;
	int64_t expires_ms; /* absolute, 0: never (tokens) */
};

int store_session_put(struct store *s, const struct admin_session *v,
		      struct err *e);
int store_session_get(struct store *s, const char *hash,
		      struct admin_session *out, struct err *e);
int store_session_delete(struct store *s, const char *hash, struct err *e);
/* All sessions of a user but the one given (NULL: all). */
int store_session_delete_user(struct store *s, const char *username,
			      const char *except_hash, struct err *e);
int store_session_list(struct store *s, struct admin_session **out, size_t *n,
		       struct err *e); /* mem_free(*out) */
/* Removes what expired before now; called by the keeper now and then. */
int store_session_expire(struct store *s, int64_t now_ms, int64_t idle_ms,
			 struct err *e);

#endif
