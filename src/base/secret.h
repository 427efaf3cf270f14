/*
 * Randomness, keyed hashes, sealed values and passwords (libsodium).
 * secret_start() must have succeeded before any other call.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

enum {
	SECRET_KEY_BYTES = 32,
	SECRET_HASH_HEX = 64 + 1,   /* keyed hash as hex and a NUL */
	SECRET_PASSWORD_BYTES = 128 /* room for an Argon2id string */
};

/* One master key; the two uses below are derived from it. */
struct secret_keys {
	unsigned char hash[SECRET_KEY_BYTES];
	unsigned char seal[SECRET_KEY_BYTES];
};

int secret_start(struct err *e);
/*
 * Reads the master key from a file of exactly 32 bytes that only its owner can
 * read.  With create, a missing file is made from fresh randomness (mode 0600).
 * ERR_INTERNAL when it is missing, short, or readable by others.
 */
int secret_load(struct secret_keys *k, const char *path, bool create,
		struct err *e);
void secret_wipe(void *p, size_t n);

void secret_random(void *p, size_t n);
/* n characters of [0-9A-Za-z] (hex: [0-9a-f]) and a NUL. */
void secret_base62(char *out, size_t n);
void secret_hex(char *out, size_t n);
/* As secret_base62 (n > 8), but ids made later sort later: neighbours in time
 * are neighbours in an index. */
void secret_timed_id(char *out, size_t n, int64_t wall_ms);

/* Keyed hash of a credential for look-up, as hex. */
void secret_hash(const struct secret_keys *k, struct str credential,
		 char out[SECRET_HASH_HEX]);
bool secret_equal(struct str a, struct str b); /* constant time */
/* Hash without key (first 20 bytes of BLAKE2b as 40 hex): for ids and sessions.
 */
void secret_digest(struct str data, char out[41]);

/* SHA-256 as hex, where a wire format asks for it. */
void secret_sha256(struct str data, char out[65]);

/* HMAC-SHA256 (RFC 2104) as hex, for receivers that check it. */
void secret_hmac_sha256(struct str key, struct str data, char out[65]);

/* XChaCha20-Poly1305, base64url text; bound is authenticated with it (the
 * record's id), so a sealed value cannot be moved to another record. */
void secret_seal(const struct secret_keys *k, struct str plain,
		 struct str bound, struct buf *out);
/* -1 with ERR_INTERNAL when the text was changed or sealed by another key. */
int secret_open(const struct secret_keys *k, struct str sealed,
		struct str bound, struct buf *out, struct err *e);
/* The same as bytes, for what is large. */
void secret_seal_bytes(const struct secret_keys *k, struct str plain,
		       struct str bound, struct buf *out);
int secret_open_bytes(const struct secret_keys *k, struct str sealed,
		      struct str bound, struct buf *out, struct err *e);

/* Argon2id: takes tens of milliseconds on purpose. */
int secret_password_hash(struct str password, char out[SECRET_PASSWORD_BYTES],
			 struct err *e);
bool secret_password_matches(const char *hash, struct str password);

#endif
