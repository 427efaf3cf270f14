#include "sched/admit.h"

#include <inttypes.h>
#include <pthread.h>
#include <string.h>

#include "base/mem.h"

enum { BUCKETS = 1024 };

/* A key with requests in flight; gone when the last one leaves. */
struct admit_entry {
	struct admit_entry *next;
	size_t bucket;
	int64_t in_flight;
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

int admit_enter(struct admit *a, const char *key_id, int64_t limit,
		struct admit_lease *lease, struct err *e)
{
	struct admit_entry *entry;
	int64_t now = 0;

	lease->entry = NULL;
	pthread_mutex_lock(&a->lock);
	entry = find(a, key_id);
	if (entry)
		now = entry->in_flight;
	if (limit == 0 || now < limit) {
		if (!entry)
			entry = add(a, key_id);
		entry->in_flight++;
		lease->entry = entry;
	}
	pthread_mutex_unlock(&a->lock);
	if (lease->entry)
		return 0;
	err_set(e, ERR_RATE_LIMIT,
		"This API key has %" PRId64
		" requests in flight and its concurrency limit is %" PRId64,
		now, limit);
	e->retry_after_ms = 1000;
	return -1;
}

void admit_leave(struct admit *a, struct admit_lease *lease)
{
	struct admit_entry *entry = lease->entry;

	if (!entry)
		return;
	lease->entry = NULL;
	pthread_mutex_lock(&a->lock);
	if (--entry->in_flight == 0) {
		struct admit_entry **at = &a->buckets[entry->bucket];

		while (*at != entry)
			at = &(*at)->next;
		*at = entry->next;
		mem_free(entry);
	}
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
