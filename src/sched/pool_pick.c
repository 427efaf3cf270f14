/* The choice among accounts (architecture §6). */
#include "sched/pool_impl.h"

#include <string.h>

#include "base/mem.h"

/* What one pass over the accounts finds. */
struct survey {
	struct pool_slot *best, *cooling; /* cooling: the best of those */
	bool forced;			  /* best cools */
	size_t admitted, reserved; /* for this binding; map, but are not */
	size_t mapped, faced, eligible, unauthorized, full;
	int64_t wait_ms; /* until the first is out of its obstacle, -1: never */
};

enum {
	FULL_WAIT_MS = 5000,
	/* A session leaves its account when another has so many requests less,
	 * for each unit of weight. */
	SPILL = 4,
	/* Rounds that an account may be behind its share and ahead of it. */
	CREDIT = 32,
	DEBT = 8
};

static bool was_tried(const struct pool_query *q, const char *id)
{
	for (size_t i = 0; i < q->ntried; i++) {
		if (strcmp(q->tried[i], id) == 0)
			return true;
	}
	return false;
}

static bool has_face(const struct pool_slot *s, const struct pool_query *q)
{
	return !(q->face & ~s->serves);
}

static bool is_capable(const struct pool_slot *s, const struct pool_query *q)
{
	return !(q->capabilities & ~s->capabilities);
}

bool slot_is_full(const struct pool_slot *s)
{
	return s->max_concurrent && s->in_flight >= s->max_concurrent;
}

static bool is_eligible(const struct pool_slot *s, const struct pool_query *q)
{
	return s->active && s->schedulable && has_face(s, q) &&
	       is_capable(s, q);
}

/* Why this account is out, of those that are for the query's key and model. */
static enum pool_out out_of(const struct pool_slot *s,
			    const struct pool_query *q, bool cools)
{
	if (!s->active)
		return OUT_INACTIVE;
	if (!s->schedulable)
		return OUT_UNSCHEDULABLE;
	if (!has_face(s, q))
		return OUT_FACE;
	if (!is_capable(s, q))
		return OUT_INCAPABLE;
	if (was_tried(q, s->id))
		return OUT_TRIED;
	if (slot_is_full(s))
		return OUT_FULL;
	return cools ? OUT_COOLING : OUT_NOT;
}

bool slot_is_lighter(const struct pool_slot *a, const struct pool_slot *b,
		     int64_t by)
{
	return (a->in_flight + by * a->weight) * b->weight <=
	       b->in_flight * a->weight;
}

/* Larger priority, then least load for its weight. */
static bool is_better(const struct pool_slot *a, const struct pool_slot *b)
{
	if (!b)
		return true;
	if (a->priority != b->priority)
		return a->priority > b->priority;
	return !slot_is_lighter(b, a, 0);
}

static void may_wait(struct survey *v, int64_t ms)
{
	if (ms >= 0 && (v->wait_ms < 0 || ms < v->wait_ms))
		v->wait_ms = ms;
}

static void look_at(struct survey *v, struct pool_slot *s,
		    const struct pool_query *q, int64_t now_ms)
{
	bool cools = health_cooling(&s->health, now_ms);

	s->out = out_of(s, q, cools);
	v->mapped++;
	v->faced += has_face(s, q);
	if (!is_eligible(s, q))
		return;
	v->eligible++;
	v->unauthorized += cools && health_wait_ms(&s->health, now_ms) < 0;
	if (s->out == OUT_TRIED)
		return;
	v->full += s->out == OUT_FULL;
	if (s->out == OUT_FULL)
		may_wait(v, FULL_WAIT_MS);
	else if (!cools && is_better(s, v->best))
		v->best = s;
	else if (cools && is_better(s, v->cooling))
		v->cooling = s;
	if (cools)
		may_wait(v, health_wait_ms(&s->health, now_ms));
}

static struct survey survey(struct pool *p, const struct pool_query *q,
			    int64_t now_ms)
{
	struct survey v = {.wait_ms = -1};
	const struct model_pair *pair;

	for (struct pool_slot *s = p->slots; s; s = s->next) {
		bool admits = slot_admits(s, q->binding);

		v.admitted += admits;
		s->out = OUT_UNMAPPED;
		if (!slot_serves(s, q->model, &pair))
			continue;
		s->out = OUT_RESERVED;
		if (admits)
			look_at(&v, s, q, now_ms);
		else
			v.reserved++;
	}
	/* A model's only account is never parked; and where every key was
	 * refused, trying one says more than a refusal of ours. */
	v.forced = !v.best && (v.eligible == 1 || v.eligible == v.unauthorized);
	if (v.forced)
		v.best = v.cooling;
	return v;
}

/* May s be taken in place of the best? */
static bool is_peer(const struct pool_slot *s, const struct pool_slot *best)
{
	return s->out == OUT_NOT && s->priority == best->priority;
}

/*
 * A weighted round: each gains its weight, one is taken and pays for all.  Of
 * those that are about as busy as the least busy it is the one that gained
 * most, so that over time each has its share; but the account where a session
 * has its prefix cache goes before, unless it is notably busier.
 */
static void next_in_turn(struct pool *p, struct pool_choice *c)
{
	struct pool_slot *taken = NULL, *warm = NULL;
	int64_t all = 0;

	for (struct pool_slot *s = p->slots; s; s = s->next) {
		if (!is_peer(s, c->best))
			continue;
		if (s->turn < CREDIT * s->weight)
			s->turn += s->weight;
		all += s->weight;
		if (s->number == c->home && !slot_is_lighter(c->best, s, SPILL))
			warm = s;
		if (!slot_is_lighter(c->best, s, 1) &&
		    (!taken || s->turn > taken->turn))
			taken = s;
	}
	c->warm = warm;
	c->taken = warm ? warm : taken;
	c->how = warm ? "has the session" : "its turn";
	if (all == c->taken->weight)
		c->how = "highest priority";
	c->taken->turn -= all;
	if (c->taken->turn < -DEBT * all)
		c->taken->turn = -DEBT * all;
}

static void choose(struct pool *p, const struct survey *v,
		   const struct pool_query *q, int64_t now_ms,
		   struct pool_choice *c)
{
	*c = (struct pool_choice){.best = v->best};
	if (!v->best)
		return;
	if (!v->forced) {
		c->home = affinity_get(p->affinity, q->session, now_ms);
		next_in_turn(p, c);
		return;
	}
	c->taken = v->best;
	c->how = "cooling down, but there is no other";
}

static char *sent_name(const struct pool_slot *s, const struct model_pair *pair,
		       struct str asked)
{
	const char *sent = pair ? pair->sent : s->default_sent;

	return sent ? mem_strdup(sent) : mem_strndup(asked.p, asked.n);
}

static void lease_out(struct pool *p, struct pool_slot *s,
		      const struct pool_query *q, int64_t now_ms,
		      struct pool_lease *lease)
{
	const struct model_pair *pair;

	slot_serves(s, q->model, &pair);
	s->in_flight++;
	s->last_used_ms = now_ms;
	affinity_put(p->affinity, q->session, s->number, now_ms);
	lease->slot = s;
	lease->data = p->retain(s->data);
	lease->tries = health_begin(&s->health, now_ms);
	lease->sent_model = sent_name(s, pair, q->model);
}

static bool enqueue(struct pool *p, const struct pool_query *q,
		    struct pool_lease *lease)
{
	struct pool_waiter *w = q->waiter;

	if (!w || p->waiting.n >= POOL_WAITERS ||
	    queue_count(&p->waiting, w->queue.key) >= q->most)
		return false;
	w->query = *q;
	w->query.choice = NULL;
	w->query.waiter = NULL;
	w->lease = lease;
	queue_add(&p->waiting, &w->queue);
	return true;
}

static enum pool_result no_pick(const struct survey *v,
				const struct pool_query *q)
{
	if (!v->admitted && q->binding && q->binding[0])
		return POOL_NONE_USABLE;
	if (!v->mapped)
		return v->reserved ? POOL_RESERVED : POOL_UNKNOWN_MODEL;
	if (!v->faced)
		return POOL_WRONG_FACE;
	return v->eligible || !q->capabilities ? POOL_NONE_USABLE
					       : POOL_INCAPABLE;
}

enum pool_result pool_pick(struct pool *p, const struct pool_query *q,
			   int64_t now_ms, struct pool_lease *lease,
			   struct buf *why)
{
	enum pool_result result = POOL_PICKED;
	struct pool_choice c;
	struct survey v;

	*lease = (struct pool_lease){.slot = NULL};
	pthread_mutex_lock(&p->lock);
	v = survey(p, q, now_ms);
	choose(p, &v, q, now_ms, &c);
	if (q->choice)
		pool_say_choice(p, &c, now_ms, q->choice);
	if (c.taken) {
		lease_out(p, c.taken, q, now_ms, lease);
	} else if (v.full && enqueue(p, q, lease)) {
		result = POOL_WAITS;
	} else {
		pool_say_why(p, q, now_ms, why);
		result = no_pick(&v, q);
		lease->wait_ms = v.wait_ms;
	}
	pthread_mutex_unlock(&p->lock);
	return result;
}

bool pool_pick_again(struct pool *p, struct pool_waiter *w, int64_t now_ms)
{
	struct pool_choice c = {.taken = NULL};
	struct survey v;

	pthread_mutex_lock(&p->lock);
	if (w->queue.waits) {
		v = survey(p, &w->query, now_ms);
		choose(p, &v, &w->query, now_ms, &c);
	}
	if (c.taken) {
		queue_take(&p->waiting, &w->queue);
		lease_out(p, c.taken, &w->query, now_ms, w->lease);
	}
	pthread_mutex_unlock(&p->lock);
	return c.taken;
}

bool pool_give_up(struct pool *p, struct pool_waiter *w)
{
	bool waited;

	pthread_mutex_lock(&p->lock);
	waited = queue_drop(&p->waiting, &w->queue);
	pthread_mutex_unlock(&p->lock);
	return waited;
}

static bool suits(const struct pool_slot *s, const struct pool_query *q,
		  bool cools)
{
	const struct model_pair *pair;

	return slot_admits(s, q->binding) && slot_serves(s, q->model, &pair) &&
	       out_of(s, q, cools) == OUT_NOT;
}

void slot_give(struct pool *p, struct pool_slot *s, int64_t now_ms)
{
	struct queue_waiter *next;

	for (struct queue_waiter *at = p->waiting.first; at; at = next) {
		struct pool_waiter *w = (struct pool_waiter *)at;

		next = at->next;
		if (!suits(s, &w->query, health_cooling(&s->health, now_ms)))
			continue;
		queue_take(&p->waiting, at);
		lease_out(p, s, &w->query, now_ms, w->lease);
		at->wake(at->ctx);
	}
}

/* Puts s among the n best; the last one falls out when there is no room. */
static size_t rank(const struct pool_slot **best, size_t n, size_t max,
		   const struct pool_slot *s)
{
	size_t at = n;

	while (at > 0 && is_better(s, best[at - 1]))
		at--;
	if (at == max)
		return n;
	if (n < max)
		n++;
	memmove(&best[at + 1], &best[at], (n - 1 - at) * sizeof(*best));
	best[at] = s;
	return n;
}

size_t pool_look(struct pool *p, const struct pool_query *q,
		 struct pool_view *out, size_t max)
{
	const struct pool_slot **best = mem_array(max, sizeof(*best));
	const struct model_pair *pair;
	size_t n = 0;

	pthread_mutex_lock(&p->lock);
	for (struct pool_slot *s = p->slots; s; s = s->next) {
		if (slot_admits(s, q->binding) && is_eligible(s, q) &&
		    slot_serves(s, q->model, &pair))
			n = rank(best, n, max, s);
	}
	for (size_t i = 0; i < n; i++) {
		slot_serves(best[i], q->model, &pair);
		out[i].data = p->retain(best[i]->data);
		out[i].sent_model = sent_name(best[i], pair, q->model);
	}
	pthread_mutex_unlock(&p->lock);
	mem_free(best);
	return n;
}

void pool_unview(struct pool *p, struct pool_view *v)
{
	if (v->data)
		p->release(v->data);
	mem_free(v->sent_model);
	*v = (struct pool_view){NULL, NULL};
}
