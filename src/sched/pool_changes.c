/* Which accounts went out of use, and which came back. */
#include "sched/pool_impl.h"

#include <string.h>

static void fill(struct pool *p, const struct pool_slot *s, int64_t now_ms,
		 struct pool_change *out)
{
	out->view = (struct pool_view){p->retain(s->data), NULL};
	out->down = s->told_down;
	out->cause = s->health.cause;
	out->wait_ms = health_wait_ms(&s->health, now_ms);
	memcpy(out->reason, s->health.reason, sizeof(out->reason));
}

size_t pool_changes(struct pool *p, int64_t now_ms, struct pool_change *out,
		    size_t max)
{
	size_t n = 0;

	pthread_mutex_lock(&p->lock);
	for (struct pool_slot *s = p->slots; s && n < max; s = s->next) {
		/* After a pause it is still out until a request went well. */
		bool down = s->active && s->health.until_ms;

		if (down == s->told_down)
			continue;
		s->told_down = down;
		fill(p, s, now_ms, &out[n++]);
	}
	pthread_mutex_unlock(&p->lock);
	return n;
}
