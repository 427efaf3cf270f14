#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

/* OWASP's floor for Argon2id: 19 MiB, two passes. */
#define PASSWORD_MEM ((size_t)19 * 1024 * 1024)
#define PASSWORD_OPS 2ULL

int secret_start(struct err *e)
{
	if (sodium_init() < 0)
		return err_set(e, ERR_INTERNAL, "libsodium cannot start");
	return 0;
}

static int key_create(const char *path, struct err *e)
{
	unsigned char key[SECRET_KEY_BYTES];
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ssize_t n;

	if (fd < 0)
		return err_set(e, ERR_INTERNAL, "cannot create key file %s: %s",
			       path, strerror(errno));
	secret_random(key, sizeof(key));
	n = write(fd, key, sizeof(key));
	secret_wipe(key, sizeof(key));
	if (n != (ssize_t)sizeof(key) || fsync(fd) < 0) {
		close(fd);
		unlink(path);
		return err_set(e, ERR_INTERNAL, "cannot write key file %s",
			       path);
	}
	close(fd);
	return 0;
}

static int key_check(int fd, const char *path, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return err_set(e, ERR_INTERNAL, "key file %s is no file", path);
	if (st.st_mode & 077)
		return err_set(e, ERR_INTERNAL,
			       "key file %s must be readable by its owner only "
			       "(chmod 600)",
			       path);
	if (st.st_size != SECRET_KEY_BYTES)
		return err_set(e, ERR_INTERNAL,
			       "key file %s must hold exactly %d bytes", path,
			       SECRET_KEY_BYTES);
	return 0;
}

int secret_load(struct secret_keys *k, const char *path, bool create,
		struct err *e)
{
	unsigned char master[SECRET_KEY_BYTES];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int rc = 0;

	if (fd < 0 && errno == ENOENT && create) {
		if (key_create(path, e) < 0)
			return -1;
		fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	if (fd < 0)
		return err_set(e, ERR_INTERNAL, "cannot read key file %s: %s",
			       path, strerror(errno));
	rc = key_check(fd, path, e);
	if (rc == 0 && read(fd, master, sizeof(master)) != sizeof(master))
		rc = err_set(e, ERR_INTERNAL, "cannot read key file %s", path);
	close(fd);
	if (rc < 0)
		return -1;
	crypto_kdf_derive_from_key(k->hash, sizeof(k->hash), 1, "llmrhash",
				   master);
	crypto_kdf_derive_from_key(k->seal, sizeof(k->seal), 2, "llmrseal",
				   master);
	secret_wipe(master, sizeof(master));
	return 0;
}

void secret_wipe(void *p, size_t n)
{
	sodium_memzero(p, n);
}

void secret_random(void *p, size_t n)
{
	randombytes_buf(p, n);
}

static const char base62[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			     "abcdefghijklmnopqrstuvwxyz";

/* Randomness in pieces: each draw may be a system call. */
void secret_base62(char *out, size_t n)
{
	enum { EVEN = 62 * 4 }; /* bytes above it would favour some digits */
	unsigned char bytes[32];
	size_t have = 0;

	for (size_t i = 0; i < n; have--) {
		if (have == 0) {
			have = sizeof(bytes);
			secret_random(bytes, have);
		}
		if (bytes[have - 1] < EVEN)
			out[i++] = base62[bytes[have - 1] % 62];
	}
	out[n] = '\0';
}

void secret_timed_id(char *out, size_t n, int64_t wall_ms)
{
	enum { TIME_DIGITS = 8 }; /* enough until the year 8888 */
	uint64_t t = (uint64_t)wall_ms;

	for (size_t i = TIME_DIGITS; i-- > 0; t /= 62)
		out[i] = base62[t % 62];
	secret_base62(out + TIME_DIGITS, n - TIME_DIGITS);
}

void secret_hex(char *out, size_t n)
{
	unsigned char byte[1];

	for (size_t i = 0; i < n; i++) {
		secret_random(byte, 1);
		out[i] = "0123456789abcdef"[byte[0] & 15];
	}
	out[n] = '\0';
}

void secret_hash(const struct secret_keys *k, struct str credential,
		 char out[SECRET_HASH_HEX])
{
	unsigned char hash[32];

	crypto_generichash(hash, sizeof(hash),
			   (const unsigned char *)credential.p, credential.n,
			   k->hash, sizeof(k->hash));
	sodium_bin2hex(out, SECRET_HASH_HEX, hash, sizeof(hash));
}

bool secret_equal(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || sodium_memcmp(a.p, b.p, a.n) == 0);
}

void secret_digest(struct str data, char out[41])
{
	unsigned char hash[20];

	crypto_generichash(hash, sizeof(hash), (const unsigned char *)data.p,
			   data.n, NULL, 0);
	sodium_bin2hex(out, 41, hash, sizeof(hash));
}

void secret_sha256(struct str data, char out[65])
{
	unsigned char hash[32];

	crypto_hash_sha256(hash, (const unsigned char *)data.p, data.n);
	sodium_bin2hex(out, 65, hash, sizeof(hash));
}

void secret_hmac_sha256(struct str key, struct str data, char out[65])
{
	crypto_auth_hmacsha256_state state;
	unsigned char hash[crypto_auth_hmacsha256_BYTES];

	crypto_auth_hmacsha256_init(&state, (const unsigned char *)key.p,
				    key.n);
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)data.p,
				      data.n);
	crypto_auth_hmacsha256_final(&state, hash);
	sodium_bin2hex(out, 65, hash, sizeof(hash));
	sodium_memzero(&state, sizeof(state));
}

enum {
	NONCE_BYTES = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	TAG_BYTES = crypto_aead_xchacha20poly1305_ietf_ABYTES
};

void secret_seal_bytes(const struct secret_keys *k, struct str plain,
		       struct str bound, struct buf *out)
{
	size_t n = NONCE_BYTES + plain.n + TAG_BYTES;
	unsigned char *box = (unsigned char *)buf_room(out, n);

	if (!box)
		return;
	secret_random(box, NONCE_BYTES);
	crypto_aead_xchacha20poly1305_ietf_encrypt(
	    box + NONCE_BYTES, NULL, (const unsigned char *)plain.p, plain.n,
	    (const unsigned char *)bound.p, bound.n, NULL, box, k->seal);
	buf_wrote(out, n);
}

void secret_seal(const struct secret_keys *k, struct str plain,
		 struct str bound, struct buf *out)
{
	struct buf box = BUF_INIT(NONCE_BYTES + plain.n + TAG_BYTES);

	secret_seal_bytes(k, plain, bound, &box);
	buf_base64url(out, buf_str(&box));
	buf_release(&box);
}

static int cannot_open(struct err *e)
{
	return err_set(e, ERR_INTERNAL,
		       "a sealed value cannot be opened with this key file");
}

int secret_open_bytes(const struct secret_keys *k, struct str sealed,
		      struct str bound, struct buf *out, struct err *e)
{
	const unsigned char *box = (const unsigned char *)sealed.p;
	size_t n = sealed.n - NONCE_BYTES - TAG_BYTES;
	char *plain;

	if (sealed.n < NONCE_BYTES + TAG_BYTES)
		return cannot_open(e);
	plain = buf_room(out, n);
	if (!plain ||
	    crypto_aead_xchacha20poly1305_ietf_decrypt(
		(unsigned char *)plain, NULL, NULL, box + NONCE_BYTES,
		sealed.n - NONCE_BYTES, (const unsigned char *)bound.p, bound.n,
		box, k->seal) != 0)
		return cannot_open(e);
	buf_wrote(out, n);
	return 0;
}

int secret_open(const struct secret_keys *k, struct str sealed,
		struct str bound, struct buf *out, struct err *e)
{
	unsigned char *box = mem_alloc(sealed.n + 1);
	size_t n = 0;
	int rc;

	if (sodium_base642bin(box, sealed.n + 1, sealed.p, sealed.n, NULL, &n,
			      NULL,
			      sodium_base64_VARIANT_URLSAFE_NO_PADDING) < 0)
		rc = cannot_open(e);
	else
		rc = secret_open_bytes(k, (struct str){(char *)box, n}, bound,
				       out, e);
	mem_free(box);
	return rc;
}

int secret_password_hash(struct str password, char out[SECRET_PASSWORD_BYTES],
			 struct err *e)
{
	if (crypto_pwhash_str_alg(out, password.p, password.n, PASSWORD_OPS,
				  PASSWORD_MEM,
				  crypto_pwhash_ALG_ARGON2ID13) < 0)
		return err_set(e, ERR_INTERNAL,
			       "not enough memory to hash a password");
	return 0;
}

bool secret_password_matches(const char *hash, struct str password)
{
	return crypto_pwhash_str_verify(hash, password.p, password.n) == 0;
}
