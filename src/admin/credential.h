/* New credentials: admin sessions and tokens, API keys, passwords. */
#ifndef ADMIN_CREDENTIAL_H
#define ADMIN_CREDENTIAL_H

#include "base/secret.h"
#include "store/admin.h"
#include "store/api_key.h"

enum {
	TOKEN_HEX = 64,	       /* of an admin token */
	API_KEY_TEXT = 3 + 64, /* "cr_" and hex */
	SETUP_CODE_TEXT = 19,  /* XXXX-XXXX-XXXX-XXXX: 80 bits */
	PASSWORD_MIN = 8,      /* bytes */
	PASSWORD_MAX = 1024,
	USERNAME_MAX = 64
};

/* Fills hash, id and times of a session that lives for life_ms (0: for ever);
 * the token is for its owner only. */
void credential_token(const struct secret_keys *keys, struct admin_session *s,
		      int64_t now_ms, int64_t life_ms,
		      char token[TOKEN_HEX + 1]);
/* Fills hash and hint. */
void credential_api_key(const struct secret_keys *keys, struct api_key *k,
			char text[API_KEY_TEXT + 1]);
/* A code that people type, and its hash. */
void credential_setup_code(const struct secret_keys *keys,
			   char text[SETUP_CODE_TEXT + 1],
			   char hash[SECRET_HASH_HEX]);
/* Of what was typed: in any case, with dashes, spaces and the letters that look
 * like digits or without. */
void credential_setup_hash(const struct secret_keys *keys, struct str typed,
			   char hash[SECRET_HASH_HEX]);
/* ERR_BAD_REQUEST with the rule that was broken. */
int credential_check_password(struct str password, struct err *e);
int credential_check_username(struct str username, struct err *e);

#endif
