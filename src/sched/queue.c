#include "sched/queue.h"

#include <string.h>

/*
 * Start-time fair queueing with requests of equal size (Goyal, Vin and Cheng
 * 1996): a request's turn is one after its key's last one, or after the turn
 * that is served now when the key has none waiting.
 */
static int64_t next_turn(const struct queue *q, const char *key)
{
	for (const struct queue_waiter *w = q->last; w; w = w->prev) {
		if (strcmp(w->key, key) == 0)
			return w->turn + 1;
	}
	return q->turn + 1;
}

void queue_add(struct queue *q, struct queue_waiter *w)
{
	struct queue_waiter *before = q->last;

	w->turn = next_turn(q, w->key);
	while (before && before->turn > w->turn)
		before = before->prev;
	w->prev = before;
	w->next = before ? before->next : q->first;
	*(w->prev ? &w->prev->next : &q->first) = w;
	*(w->next ? &w->next->prev : &q->last) = w;
	w->waits = true;
	q->n++;
}

bool queue_drop(struct queue *q, struct queue_waiter *w)
{
	if (!w->waits)
		return false;
	*(w->prev ? &w->prev->next : &q->first) = w->next;
	*(w->next ? &w->next->prev : &q->last) = w->prev;
	w->prev = w->next = NULL;
	w->waits = false;
	q->n--;
	return true;
}

void queue_take(struct queue *q, struct queue_waiter *w)
{
	/* Those that were passed over keep their smaller turns. */
	if (w->turn > q->turn)
		q->turn = w->turn;
	queue_drop(q, w);
}

size_t queue_count(const struct queue *q, const char *key)
{
	size_t n = 0;

	for (const struct queue_waiter *w = q->first; w; w = w->next)
		n += strcmp(w->key, key) == 0;
	return n;
}
