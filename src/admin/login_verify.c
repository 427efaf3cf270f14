#include "admin/login.h"

#include <pthread.h>
#include <string.h>

#include "admin/credential.h"
#include "admin/throttle.h"
#include "base/clock.h"

/*
 * A user's pause is short, so that whoever guesses at a name cannot keep its
 * owner out for long; an address has none to share.
 */
static struct throttle by_address = THROTTLE_INIT(60 * 1000);
static struct throttle by_user = THROTTLE_INIT(10 * 1000);

static pthread_once_t dummy_once = PTHREAD_ONCE_INIT;
static char dummy_hash[SECRET_PASSWORD_BYTES];

/* The hash that stands in for users who do not exist. */
static void make_dummy(void)
{
	char password[33];
	struct err e;

	secret_base62(password, sizeof(password) - 1);
	secret_password_hash(str_of(password), dummy_hash, &e);
}

int login_pace(struct str remote, struct str name, struct err *e)
{
	int64_t now_ms = clock_mono_ms();
	int64_t wait_ms;
	char address[64];

	throttle_address(remote, address);
	wait_ms = throttle_try(&by_address, str_of(address), now_ms);
	if (wait_ms == 0)
		wait_ms = throttle_try(&by_user, name, now_ms);
	if (wait_ms == 0)
		return 0;
	err_set(e, ERR_RATE_LIMIT,
		"Too many wrong logins. Try again in %lld seconds",
		(long long)(wait_ms + 999) / 1000);
	e->retry_after_ms = wait_ms;
	return -1;
}

void login_was_right(struct str remote, struct str name)
{
	char address[64];

	throttle_address(remote, address);
	throttle_clear(&by_user, name);
	throttle_return(&by_address, str_of(address));
}

int login_verify(struct app *app, struct str remote, struct str username,
		 struct str password, struct admin *out, struct err *e)
{
	char name[USERNAME_MAX + 1] = "";
	const char *hash = dummy_hash;
	bool known;

	if (login_pace(remote, username, e) < 0)
		return -1;
	pthread_once(&dummy_once, make_dummy);
	if (username.n <= USERNAME_MAX)
		memcpy(name, username.p, username.n);
	known = store_admin_get(app->store, name, out, e) == 0;
	if (!known && e->kind != ERR_NOT_FOUND)
		return -1;
	if (known)
		hash = out->password_hash;
	if (!secret_password_matches(hash, password) || !known)
		return err_set(e, ERR_AUTH, "Invalid username or password");
	login_was_right(remote, username);
	return 0;
}
