/* The choice among accounts (architecture §6). */
#include "sched/pool_impl.h"

#include <string.h>

#include "base/mem.h"

/* What one pass over the accounts finds. */
struct survey {
	struct pool_slot *best, *cooling; /* cooling: the best of those */
	bool forced;			  /* best cools */
	size_t admitted, reserved; /* for this binding; map, but are not */
	size_t mapped, faced, eligible, unauthorized;
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

static bool is_full(const struct pool_slot *s)
{
	return s->max_concurrent && s->in_flight >= s->max_concurrent;
}

static bool is_eligible(const struct pool_slot *s, const struct pool_query *q)
{
	return s->active && s->schedulable && has_face(s, q) &&
	       is_capable(s, q);
}

/* Why this account is out but for its health, or NULL. */
static const char *obstacle(const struct pool_slot *s,
			    const struct pool_query *q)
{
	if (!s->active)
		return "not active";
	if (!s->schedulable)
		return "not schedulable";
	if (!has_face(s, q))
		return "speaks another protocol than this request needs";
	if (!is_capable(s, q))
		return "lacks a capability that the request needs";
	if (was_tried(q, s->id))
		return "failed this request";
	if (is_full(s))
		return "full";
	return NULL;
}

static void explain_cooling(struct buf *why, const struct health *h,
			    int64_t now_ms)
{
	static const char *const causes[] = {
	    [HEALTH_RATE_LIMITED] = "rate limited",
	    [HEALTH_UNAUTHORIZED] = "its credentials were refused",
	    [HEALTH_FAILED] = "it kept failing",
	};
	int64_t wait_ms = health_wait_ms(h, now_ms);

	if (wait_ms < 0)
		buf_addf(why, "out until reset (%s)", causes[h->cause]);
	else
		buf_addf(why, "cooling down for %lld s (%s)",
			 (long long)(wait_ms + 999) / 1000, causes[h->cause]);
}

static void explain_one(struct buf *why, const struct pool_slot *s,
			const struct pool_query *q, int64_t now_ms)
{
	const char *reason = obstacle(s, q);

	buf_addf(why, "%s%s: ", why->len ? "; " : "", s->name);
	if (!reason)
		explain_cooling(why, &s->health, now_ms);
	else
		buf_adds(why, reason);
	if (is_full(s))
		buf_addf(why, " (%lld in flight)", (long long)s->in_flight);
}

static void explain(struct pool *p, const struct pool_query *q, int64_t now_ms,
		    struct buf *why)
{
	const struct model_pair *pair;

	for (struct pool_slot *s = p->slots; s; s = s->next) {
		if (slot_admits(s, q->binding) &&
		    slot_serves(s, q->model, &pair))
			explain_one(why, s, q, now_ms);
	}
	if (!why->len && q->binding && q->binding[0])
		buf_adds(why, "the account or group that this API key is bound "
			      "to has no account for it");
}

/* a is less busy for its weight; by how much at least, in requests a unit of
 * weight. */
static bool is_lighter(const struct pool_slot *a, const struct pool_slot *b,
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
	return !is_lighter(b, a, 0);
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

	v->mapped++;
	v->faced += has_face(s, q);
	if (!is_eligible(s, q))
		return;
	v->eligible++;
	v->unauthorized += cools && health_wait_ms(&s->health, now_ms) < 0;
	if (was_tried(q, s->id))
		return;
	if (is_full(s))
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
		if (!slot_serves(s, q->model, &pair))
			continue;
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
static bool is_peer(const struct pool_slot *s, const struct pool_slot *best,
		    const struct pool_query *q, int64_t now_ms)
{
	const struct model_pair *pair;

	return s->priority == best->priority && slot_admits(s, q->binding) &&
	       slot_serves(s, q->model, &pair) && !obstacle(s, q) &&
	       !health_cooling(&s->health, now_ms);
}

/*
 * A weighted round: each gains its weight, one is taken and pays for all.  Of
 * those that are about as busy as the least busy it is the one that gained
 * most, so that over time each has its share; but the account where a session
 * has its prefix cache goes before, unless it is notably busier.
 */
static struct pool_slot *next_in_turn(struct pool *p, struct pool_slot *best,
				      const struct pool_query *q,
				      int64_t now_ms)
{
	uint32_t home = affinity_get(p->affinity, q->session, now_ms);
	struct pool_slot *taken = NULL, *warm = NULL;
	int64_t all = 0;

	for (struct pool_slot *s = p->slots; s; s = s->next) {
		if (!is_peer(s, best, q, now_ms))
			continue;
		if (s->turn < CREDIT * s->weight)
			s->turn += s->weight;
		all += s->weight;
		if (s->number == home && !is_lighter(best, s, SPILL))
			warm = s;
		if (!is_lighter(best, s, 1) &&
		    (!taken || s->turn > taken->turn))
			taken = s;
	}
	if (warm)
		taken = warm;
	taken->turn -= all;
	if (taken->turn < -DEBT * all)
		taken->turn = -DEBT * all;
	return taken;
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

enum pool_result pool_pick(struct pool *p, const struct pool_query *q,
			   int64_t now_ms, struct pool_lease *lease,
			   struct buf *why)
{
	struct survey v;

	*lease = (struct pool_lease){.slot = NULL};
	pthread_mutex_lock(&p->lock);
	v = survey(p, q, now_ms);
	if (v.best && !v.forced)
		v.best = next_in_turn(p, v.best, q, now_ms);
	if (v.best)
		lease_out(p, v.best, q, now_ms, lease);
	else
		explain(p, q, now_ms, why);
	pthread_mutex_unlock(&p->lock);
	if (v.best)
		return POOL_PICKED;
	lease->wait_ms = v.wait_ms;
	if (!v.admitted && q->binding && q->binding[0])
		return POOL_NONE_USABLE;
	if (!v.mapped)
		return v.reserved ? POOL_RESERVED : POOL_UNKNOWN_MODEL;
	if (!v.faced)
		return POOL_WRONG_FACE;
	return v.eligible || !q->capabilities ? POOL_NONE_USABLE
					      : POOL_INCAPABLE;
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
