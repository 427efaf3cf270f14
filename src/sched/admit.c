#include "sched/admit.h"

#include <inttypes.h>
#include <pthread.h>
#include <string.h>

#include "base/mem.h"

enum { BUCKETS = 1024 };

/* A key with requests in flight; gone when the last one leaves.  None waits
 * while there is a place. */
struct admit_entry {
	struct admit_entry *next;
	size_t bucket;
	int64_t in_flight;
	struct queue waiting;
	char key_id[];
};

struct admit {
	pthread_mutex_t lock;
	struct admit_entry *buckets[BUCKETS];
};

struct admit *admit_new(void)
{
	struct admit *a = mem_zalloc(sizeof(*a));

	pthread_mutex_init(&a->lock, NULL);
	return a;
}

void admit_free(struct admit *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < BUCKETS; i++) {
		while (a->buckets[i]) {
			struct admit_entry *next = a->buckets[i]->next;

			mem_free(a->buckets[i]);
			a->buckets[i] = next;
		}
	}
	pthread_mutex_destroy(&a->lock);
	mem_free(a);
}

/* FNV-1a; ids are our own random UUIDs. */
static size_t bucket_of(const char *id)
{
	uint64_t h = 1469598103934665603ULL;

	for (; *id; id++)
		h = (h ^ (unsigned char)*id) * 1099511628211ULL;
	return (size_t)(h % BUCKETS);
}

static struct admit_entry *find(struct admit *a, const char *id)
{
	struct admit_entry *e = a->buckets[bucket_of(id)];

	while (e && strcmp(e->key_id, id) != 0)
		e = e->next;
	return e;
}

static struct admit_entry *add(struct admit *a, const char *id)
{
	struct admit_entry *e = mem_zalloc(sizeof(*e) + strlen(id) + 1);

	memcpy(e->key_id, id, strlen(id));
	e->bucket = bucket_of(id);
	e->next = a->buckets[e->bucket];
	a->buckets[e->bucket] = e;
	return e;
}

static bool has_place(const struct admit_entry *entry, int64_t limit)
{
	return limit == 0 || entry->in_flight < limit;
}

static struct admit_waiter *first_waiter(const struct admit_entry *entry)
{
	return (struct admit_waiter *)entry->waiting.first;
}

static void give(struct admit_entry *entry, struct admit_lease *lease)
{
	entry->in_flight++;
	lease->entry = entry;
}

static void give_waiters(struct admit_entry *entry)
{
	struct admit_waiter *w;

	while ((w = first_waiter(entry)) && has_place(entry, w->limit)) {
		queue_take(&entry->waiting, &w->queue);
		give(entry, w->lease);
		w->queue.wake(w->queue.ctx);
	}
}

/* The limit may have become larger since they came. */
static void raise_limits(struct admit_entry *entry, int64_t limit)
{
	for (struct queue_waiter *w = entry->waiting.first; w; w = w->next)
		((struct admit_waiter *)w)->limit = limit;
	give_waiters(entry);
}

static void wait_for(struct admit_entry *entry, struct admit_waiter *w,
		     int64_t limit)
{
	w->entry = entry;
	w->limit = limit;
	w->queue.key = entry->key_id;
	queue_add(&entry->waiting, &w->queue);
}

static enum admit_result refuse(const struct admit_entry *entry, int64_t limit,
				struct err *e)
{
	err_set(e, ERR_RATE_LIMIT,
		"This API key has %" PRId64
		" requests in flight and its concurrency limit is %" PRId64,
		entry->in_flight, limit);
	e->retry_after_ms = 1000;
	return ADMIT_REFUSED;
}

static enum admit_result ask(struct admit_entry *entry, int64_t limit,
			     size_t most, struct admit_waiter *w, struct err *e)
{
	raise_limits(entry, limit);
	if (!entry->waiting.n && has_place(entry, limit)) {
		give(entry, w->lease);
		return ADMIT_IN;
	}
	if (entry->waiting.n >= most)
		return refuse(entry, limit, e);
	wait_for(entry, w, limit);
	return ADMIT_WAITS;
}

enum admit_result admit_enter(struct admit *a, const char *key_id,
			      int64_t limit, size_t most,
			      struct admit_waiter *w, struct err *e)
{
	struct admit_entry *entry;
	enum admit_result result;

	w->lease->entry = NULL;
	pthread_mutex_lock(&a->lock);
	entry = find(a, key_id);
	result = ask(entry ? entry : add(a, key_id), limit, most, w, e);
	pthread_mutex_unlock(&a->lock);
	return result;
}

bool admit_give_up(struct admit *a, struct admit_waiter *w)
{
	bool waited;

	pthread_mutex_lock(&a->lock);
	/* Whoever waits, the places are taken: its entry is there. */
	waited = w->queue.waits && queue_drop(&w->entry->waiting, &w->queue);
	pthread_mutex_unlock(&a->lock);
	return waited;
}

static void drop_entry(struct admit *a, struct admit_entry *entry)
{
	struct admit_entry **at = &a->buckets[entry->bucket];

	while (*at != entry)
		at = &(*at)->next;
	*at = entry->next;
	mem_free(entry);
}

void admit_leave(struct admit *a, struct admit_lease *lease)
{
	struct admit_entry *entry = lease->entry;

	if (!entry)
		return;
	lease->entry = NULL;
	pthread_mutex_lock(&a->lock);
	entry->in_flight--;
	give_waiters(entry);
	if (entry->in_flight == 0)
		drop_entry(a, entry);
	pthread_mutex_unlock(&a->lock);
}

int64_t admit_in_flight(struct admit *a, const char *key_id)
{
	struct admit_entry *entry;
	int64_t n;

	pthread_mutex_lock(&a->lock);
	entry = find(a, key_id);
	n = entry ? entry->in_flight : 0;
	pthread_mutex_unlock(&a->lock);
	return n;
}
