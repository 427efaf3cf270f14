#include "app/tickets.h"

#include <pthread.h>

#include "base/mem.h"

struct ticket {
	char hash[SECRET_HASH_HEX]; /* "": never made */
	int64_t until_ms;
	int64_t seen;
};

struct tickets {
	pthread_mutex_t lock;
	struct ticket all[TICKETS];
};

struct tickets *tickets_new(void)
{
	struct tickets *t = mem_zalloc(sizeof(*t));

	pthread_mutex_init(&t->lock, NULL);
	return t;
}

void tickets_free(struct tickets *t)
{
	if (!t)
		return;
	pthread_mutex_destroy(&t->lock);
	mem_free(t);
}

void tickets_make(struct tickets *t, const struct secret_keys *keys,
		  int64_t now_ms, char text[TICKET_TEXT + 1])
{
	struct ticket *oldest = &t->all[0];

	secret_base62(text, TICKET_TEXT);
	pthread_mutex_lock(&t->lock);
	for (size_t i = 1; i < TICKETS; i++) {
		if (t->all[i].until_ms < oldest->until_ms)
			oldest = &t->all[i];
	}
	secret_hash(keys, (struct str){text, TICKET_TEXT}, oldest->hash);
	oldest->until_ms = now_ms + TICKET_MINUTES * 60000LL;
	oldest->seen = 0;
	pthread_mutex_unlock(&t->lock);
}

int tickets_find(struct tickets *t, const struct secret_keys *keys,
		 struct str text, int64_t now_ms)
{
	char hash[SECRET_HASH_HEX];
	int found = -1;

	if (text.n != TICKET_TEXT)
		return -1;
	secret_hash(keys, text, hash);
	pthread_mutex_lock(&t->lock);
	for (int i = 0; i < TICKETS; i++) {
		const struct ticket *x = &t->all[i];

		if (x->hash[0] && now_ms < x->until_ms &&
		    secret_equal(str_of(x->hash), str_of(hash)))
			found = i;
	}
	pthread_mutex_unlock(&t->lock);
	return found;
}

void tickets_set_seen(struct tickets *t, int ticket, int64_t events)
{
	pthread_mutex_lock(&t->lock);
	t->all[ticket].seen = events;
	pthread_mutex_unlock(&t->lock);
}

int64_t tickets_seen(struct tickets *t, int ticket)
{
	int64_t seen;

	pthread_mutex_lock(&t->lock);
	seen = t->all[ticket].seen;
	pthread_mutex_unlock(&t->lock);
	return seen;
}
