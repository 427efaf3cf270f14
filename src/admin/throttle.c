#include "admin/throttle.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/secret.h"

/* The entry of the name, or the one that makes room for it. */
static struct throttle_entry *entry_of(struct throttle *t, const char *digest)
{
	struct throttle_entry *oldest = &t->entries[0];

	for (size_t i = 0; i < THROTTLE_NAMES; i++) {
		struct throttle_entry *x = &t->entries[i];

		if (strcmp(x->digest, digest) == 0)
			return x;
		if (oldest->digest[0] &&
		    (!x->digest[0] || x->last_ms < oldest->last_ms))
			oldest = x;
	}
	*oldest = (struct throttle_entry){0};
	memcpy(oldest->digest, digest, sizeof(oldest->digest));
	return oldest;
}

static int64_t pause_after(int64_t tries, int64_t longest_ms)
{
	int64_t ms = THROTTLE_FIRST_MS;

	if (tries < THROTTLE_FREE)
		return 0;
	for (int64_t i = THROTTLE_FREE; i < tries && ms < longest_ms; i++)
		ms *= 2;
	return ms < longest_ms ? ms : longest_ms;
}

int64_t throttle_try(struct throttle *t, struct str name, int64_t now_ms)
{
	struct throttle_entry *x;
	char digest[41];
	int64_t wait_ms;

	secret_digest(name, digest);
	pthread_mutex_lock(&t->lock);
	x = entry_of(t, digest);
	if (x->tries && now_ms - x->last_ms > THROTTLE_FORGET_MS)
		x->tries = x->next_ms = 0;
	wait_ms = x->tries && now_ms < x->next_ms ? x->next_ms - now_ms : 0;
	if (wait_ms == 0) {
		x->tries++;
		x->last_ms = now_ms;
		x->next_ms = now_ms + pause_after(x->tries, t->longest_ms);
	}
	pthread_mutex_unlock(&t->lock);
	return wait_ms;
}

void throttle_return(struct throttle *t, struct str name)
{
	struct throttle_entry *x;
	char digest[41];

	secret_digest(name, digest);
	pthread_mutex_lock(&t->lock);
	x = entry_of(t, digest);
	if (x->tries > 0)
		x->tries--;
	x->next_ms = x->last_ms + pause_after(x->tries, t->longest_ms);
	pthread_mutex_unlock(&t->lock);
}

void throttle_clear(struct throttle *t, struct str name)
{
	char digest[41];

	secret_digest(name, digest);
	pthread_mutex_lock(&t->lock);
	*entry_of(t, digest) = (struct throttle_entry){0};
	pthread_mutex_unlock(&t->lock);
}

void throttle_address(struct str remote, char out[64])
{
	struct in6_addr v6;
	size_t n = remote.n < 63 ? remote.n : 63;

	memcpy(out, remote.p ? remote.p : "", n);
	out[n] = '\0';
	if (inet_pton(AF_INET6, out, &v6) != 1 || IN6_IS_ADDR_V4MAPPED(&v6))
		return;
	memset(v6.s6_addr + 8, 0, 8);
	inet_ntop(AF_INET6, &v6, out, 64);
}
