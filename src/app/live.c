#include "app/live.h"

#include <pthread.h>
#include <string.h>

#include "base/mem.h"

struct live {
	pthread_mutex_t lock;
	struct live_entry *first, *last;
};

struct live *live_new(void)
{
	struct live *l = mem_zalloc(sizeof(*l));

	pthread_mutex_init(&l->lock, NULL);
	return l;
}

void live_free(struct live *l)
{
	if (!l)
		return;
	pthread_mutex_destroy(&l->lock);
	mem_free(l);
}

static void append(struct live *l, struct live_entry *e)
{
	e->listed = true;
	e->next = NULL;
	e->prev = l->last;
	if (l->last)
		l->last->next = e;
	else
		l->first = e;
	l->last = e;
}

void live_put(struct live *l, struct live_entry *e,
	      const struct ledger_row *row)
{
	pthread_mutex_lock(&l->lock);
	e->row = row;
	memcpy(e->account_id, row->account_id, sizeof(e->account_id));
	mem_free(e->why);
	e->why = mem_strdup(row->why);
	if (!e->listed)
		append(l, e);
	pthread_mutex_unlock(&l->lock);
}

void live_remove(struct live *l, struct live_entry *e)
{
	pthread_mutex_lock(&l->lock);
	if (e->listed) {
		*(e->prev ? &e->prev->next : &l->first) = e->next;
		*(e->next ? &e->next->prev : &l->last) = e->prev;
		e->listed = false;
		mem_free(e->why);
		e->why = NULL;
	}
	pthread_mutex_unlock(&l->lock);
}

/* The other members change while the request goes on. */
static void copy(struct ledger_row *to, const struct live_entry *e)
{
	const struct ledger_row *from = e->row;

	memset(to, 0, sizeof(*to));
	memcpy(to->request_id, from->request_id, sizeof(to->request_id));
	memcpy(to->key_id, from->key_id, sizeof(to->key_id));
	memcpy(to->account_id, e->account_id, sizeof(to->account_id));
	str_put(to->why, sizeof(to->why), str_of(e->why));
	memcpy(to->model, from->model, sizeof(to->model));
	memcpy(to->endpoint, from->endpoint, sizeof(to->endpoint));
	to->stream = from->stream;
	to->started_ms = from->started_ms;
}

size_t live_copy(struct live *l, struct ledger_row *out, size_t max)
{
	size_t n = 0;

	pthread_mutex_lock(&l->lock);
	for (struct live_entry *e = l->first; e && n < max; e = e->next)
		copy(&out[n++], e);
	pthread_mutex_unlock(&l->lock);
	return n;
}
