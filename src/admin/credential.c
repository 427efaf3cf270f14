#include "admin/credential.h"

#include <stdio.h>
#include <string.h>

void credential_token(const struct secret_keys *keys, struct admin_session *s,
		      int64_t now_ms, int64_t life_ms,
		      char token[TOKEN_HEX + 1])
{
	secret_hex(token, TOKEN_HEX);
	secret_hash(keys, (struct str){token, TOKEN_HEX}, s->hash);
	store_new_id(s->id);
	s->created_ms = s->active_ms = now_ms;
	s->expires_ms = life_ms ? now_ms + life_ms : 0;
}

void credential_api_key(const struct secret_keys *keys, struct api_key *k,
			char text[API_KEY_TEXT + 1])
{
	memcpy(text, "cr_", 3);
	secret_hex(text + 3, API_KEY_TEXT - 3);
	secret_hash(keys, (struct str){text, API_KEY_TEXT}, k->hash);
	snprintf(k->hint, sizeof(k->hint), "cr_\xe2\x80\xa6%s",
		 text + API_KEY_TEXT - 4);
}

/* Crockford's base 32: no I, L, O, U. */
static const char code_digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

void credential_setup_code(const struct secret_keys *keys,
			   char text[SETUP_CODE_TEXT + 1],
			   char hash[SECRET_HASH_HEX])
{
	unsigned char random[SETUP_CODE_TEXT];

	secret_random(random, sizeof(random));
	for (size_t i = 0; i < SETUP_CODE_TEXT; i++)
		text[i] = i % 5 == 4 ? '-' : code_digits[random[i] % 32];
	text[SETUP_CODE_TEXT] = '\0';
	credential_setup_hash(keys, str_of(text), hash);
}

static char code_digit(char c)
{
	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	if (c == 'O')
		return '0';
	return c == 'I' || c == 'L' ? '1' : c;
}

void credential_setup_hash(const struct secret_keys *keys, struct str typed,
			   char hash[SECRET_HASH_HEX])
{
	char plain[4 * SETUP_CODE_TEXT];
	size_t n = 0;

	for (size_t i = 0; i < typed.n && n < sizeof(plain); i++) {
		if (!strchr("- \t", typed.p[i]))
			plain[n++] = code_digit(typed.p[i]);
	}
	secret_hash(keys, (struct str){plain, n}, hash);
	secret_wipe(plain, sizeof(plain));
}

int credential_check_password(struct str password, struct err *e)
{
	if (password.n < PASSWORD_MIN)
		return err_set(e, ERR_BAD_REQUEST,
			       "The password must have at least %d characters",
			       PASSWORD_MIN);
	if (password.n > PASSWORD_MAX)
		return err_set(e, ERR_BAD_REQUEST,
			       "The password must have at most %d bytes",
			       PASSWORD_MAX);
	return 0;
}

int credential_check_username(struct str username, struct err *e)
{
	bool plain = username.n > 0 && username.n <= USERNAME_MAX &&
		     str_utf8_valid(username) == username.n;

	for (size_t i = 0; plain && i < username.n; i++) {
		unsigned char c = (unsigned char)username.p[i];

		plain = c > ' ' && c != 0x7f;
	}
	if (!plain)
		return err_set(e, ERR_BAD_REQUEST,
			       "The username must have 1 to %d bytes, without "
			       "spaces and control characters",
			       USERNAME_MAX);
	return 0;
}
