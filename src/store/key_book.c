#include "store/key_book.h"

#include <pthread.h>
#include <string.h>

#include "base/mem.h"
#include "store/env.h"
#include "store/records.h"

struct key_book {
	pthread_rwlock_t lock;
	bool loaded;
	struct api_key *list; /* by time of making, then by id */
	size_t n, cap;
};

struct key_book *key_book_new(void)
{
	struct key_book *b = mem_zalloc(sizeof(*b));

	pthread_rwlock_init(&b->lock, NULL);
	return b;
}

static void empty(struct key_book *b)
{
	api_key_list_free(b->list, b->n);
	b->list = NULL;
	b->n = b->cap = 0;
	b->loaded = false;
}

void key_book_free(struct key_book *b)
{
	if (!b)
		return;
	empty(b);
	pthread_rwlock_destroy(&b->lock);
	mem_free(b);
}

static int load(struct store *s, struct err *e)
{
	struct key_book *b = s->key_book;
	int rc = 0;

	pthread_rwlock_wrlock(&b->lock);
	if (!b->loaded)
		rc = store_api_key_list(s, &b->list, &b->n, e);
	b->cap = b->n;
	b->loaded = rc == 0;
	pthread_rwlock_unlock(&b->lock);
	return rc;
}

int store_api_keys_borrow(struct store *s, const struct api_key **out,
			  size_t *n, struct err *e)
{
	struct key_book *b = s->key_book;

	pthread_rwlock_rdlock(&b->lock);
	while (!b->loaded) {
		pthread_rwlock_unlock(&b->lock);
		if (load(s, e) < 0)
			return -1;
		pthread_rwlock_rdlock(&b->lock);
	}
	*out = b->list;
	*n = b->n;
	return 0;
}

void store_api_keys_return(struct store *s)
{
	pthread_rwlock_unlock(&s->key_book->lock);
}

/* Where the key stands, or its place if it is not there. */
static size_t place_of(const struct key_book *b, const struct api_key *k)
{
	size_t from = 0, to = b->n;

	while (from < to) {
		size_t mid = from + (to - from) / 2;
		const struct api_key *at = &b->list[mid];

		if (record_order(at->created_ms, at->id, k->created_ms, k->id) <
		    0)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

static void drop(struct key_book *b, const char *id)
{
	size_t i = 0;

	while (i < b->n && strcmp(b->list[i].id, id) != 0)
		i++;
	if (i == b->n)
		return;
	api_key_release(&b->list[i]);
	memmove(&b->list[i], &b->list[i + 1],
		(b->n - i - 1) * sizeof(*b->list));
	b->n--;
}

/* Takes what k owns. */
static void put(struct key_book *b, const struct api_key *k)
{
	size_t at = place_of(b, k);

	if (at < b->n && strcmp(b->list[at].id, k->id) == 0) {
		api_key_release(&b->list[at]);
		b->list[at] = *k;
		return;
	}
	drop(b, k->id); /* whose time of making was another */
	at = place_of(b, k);
	if (b->n == b->cap) {
		b->cap += b->cap / 4 + 16;
		b->list = mem_realloc(b->list, b->cap * sizeof(*b->list));
	}
	memmove(&b->list[at + 1], &b->list[at], (b->n - at) * sizeof(*b->list));
	b->list[at] = *k;
	b->n++;
}

/* What is read here is what was committed last: of two changes at a time the
 * one that comes here last finds both done. */
void key_book_renew(struct store *s, const char *id)
{
	struct key_book *b = s->key_book;
	struct api_key k;
	struct err e;

	pthread_rwlock_wrlock(&b->lock);
	if (b->loaded) {
		if (store_api_key_get(s, id, &k, &e) == 0)
			put(b, &k);
		else if (e.kind == ERR_NOT_FOUND)
			drop(b, id);
		else
			empty(b); /* to be read again */
	}
	pthread_rwlock_unlock(&b->lock);
}
