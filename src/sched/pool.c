#include "sched/pool.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct pool_slot {
	struct pool_slot *next;
	char *id, *name;
	bool active, schedulable;
	bool removed; /* out of the list, kept for its leases */
	int64_t priority, weight, max_concurrent;
	unsigned capabilities;
	struct model_pair *models; /* NULL sent: as default_sent says */
	size_t nmodels;
	char *default_sent;
	void *data;
	int64_t in_flight;
	int64_t last_used_ms;
	uint64_t last_turn; /* order of picks, where the clock is too coarse */
};

struct pool {
	pthread_mutex_t lock;
	struct pool_slot *slots;
	uint64_t turns;
	void *(*retain)(void *data);
	void (*release)(void *data);
};

struct pool *pool_new(void *(*retain)(void *data), void (*release)(void *data))
{
	struct pool *p = mem_zalloc(sizeof(*p));

	pthread_mutex_init(&p->lock, NULL);
	p->retain = retain;
	p->release = release;
	return p;
}

/* Everything that pool_put() copied. */
static void slot_clear(struct pool *p, struct pool_slot *s)
{
	mem_free(s->name);
	mem_free(s->default_sent);
	for (size_t i = 0; i < s->nmodels; i++) {
		mem_free((char *)s->models[i].asked);
		mem_free((char *)s->models[i].sent);
	}
	mem_free(s->models);
	if (s->data)
		p->release(s->data);
}

static void slot_free(struct pool *p, struct pool_slot *s)
{
	slot_clear(p, s);
	mem_free(s->id);
	mem_free(s);
}

void pool_free(struct pool *p)
{
	if (!p)
		return;
	while (p->slots) {
		struct pool_slot *next = p->slots->next;

		slot_free(p, p->slots);
		p->slots = next;
	}
	pthread_mutex_destroy(&p->lock);
	mem_free(p);
}

static char *copy_or_null(const char *s)
{
	return s ? mem_strdup(s) : NULL;
}

static void slot_fill(struct pool_slot *s, const struct pool_account *a)
{
	s->name = mem_strdup(a->name);
	s->active = a->active;
	s->schedulable = a->schedulable;
	s->priority = a->priority;
	s->weight = a->weight > 0 ? a->weight : 1;
	s->max_concurrent = a->max_concurrent;
	s->capabilities = a->capabilities;
	s->default_sent = copy_or_null(a->default_sent);
	s->data = a->data;
	s->nmodels = a->nmodels;
	s->models = mem_array(a->nmodels, sizeof(*s->models));
	for (size_t i = 0; i < a->nmodels; i++) {
		s->models[i].asked = mem_strdup(a->models[i].asked);
		s->models[i].sent = copy_or_null(a->models[i].sent);
	}
}

static struct pool_slot *slot_of(struct pool *p, const char *id)
{
	for (struct pool_slot *s = p->slots; s; s = s->next) {
		if (strcmp(s->id, id) == 0)
			return s;
	}
	return NULL;
}

void pool_put(struct pool *p, const struct pool_account *a)
{
	struct pool_slot *s, **end = &p->slots;

	pthread_mutex_lock(&p->lock);
	s = slot_of(p, a->id);
	if (s) {
		slot_clear(p, s);
	} else {
		s = mem_zalloc(sizeof(*s));
		s->id = mem_strdup(a->id);
		while (*end)
			end = &(*end)->next;
		*end = s;
	}
	slot_fill(s, a);
	pthread_mutex_unlock(&p->lock);
}

void pool_remove(struct pool *p, const char *id)
{
	pthread_mutex_lock(&p->lock);
	for (struct pool_slot **at = &p->slots; *at; at = &(*at)->next) {
		struct pool_slot *s = *at;

		if (strcmp(s->id, id) != 0)
			continue;
		*at = s->next;
		s->removed = true;
		if (s->in_flight == 0)
			slot_free(p, s);
		break;
	}
	pthread_mutex_unlock(&p->lock);
}

size_t pool_in_flight(struct pool *p, const char *id)
{
	struct pool_slot *s;
	size_t n;

	pthread_mutex_lock(&p->lock);
	s = slot_of(p, id);
	n = s ? (size_t)s->in_flight : 0;
	pthread_mutex_unlock(&p->lock);
	return n;
}

static bool serves(const struct pool_slot *s, struct str model,
		   const struct model_pair **pair)
{
	*pair = model_lookup(s->models, s->nmodels, model);
	return *pair || s->nmodels == 0;
}

static bool was_tried(const struct pool_query *q, const char *id)
{
	for (size_t i = 0; i < q->ntried; i++) {
		if (strcmp(q->tried[i], id) == 0)
			return true;
	}
	return false;
}

static bool is_capable(const struct pool_slot *s, const struct pool_query *q)
{
	return !(q->capabilities & ~s->capabilities);
}

/* Why this account is out, or NULL. */
static const char *obstacle(const struct pool_slot *s,
			    const struct pool_query *q)
{
	if (!s->active)
		return "not active";
	if (!s->schedulable)
		return "not schedulable";
	if (!is_capable(s, q))
		return "lacks a capability that the request needs";
	if (was_tried(q, s->id))
		return "failed this request";
	if (s->max_concurrent && s->in_flight >= s->max_concurrent)
		return "full";
	return NULL;
}

static void explain(struct buf *why, const struct pool_slot *s,
		    const char *reason)
{
	if (why->len)
		buf_adds(why, "; ");
	buf_addf(why, "%s: %s", s->name, reason);
	if (s->max_concurrent && s->in_flight >= s->max_concurrent)
		buf_addf(why, " (%lld in flight)", (long long)s->in_flight);
}

/* Larger priority, then least load for its weight, then longest idle. */
static bool is_better(const struct pool_slot *a, const struct pool_slot *b)
{
	if (!b)
		return true;
	if (a->priority != b->priority)
		return a->priority > b->priority;
	if (a->in_flight * b->weight != b->in_flight * a->weight)
		return a->in_flight * b->weight < b->in_flight * a->weight;
	return a->last_turn < b->last_turn;
}

static char *sent_name(const struct pool_slot *s, const struct model_pair *pair,
		       struct str asked)
{
	const char *sent = pair ? pair->sent : s->default_sent;

	return sent ? mem_strdup(sent) : mem_strndup(asked.p, asked.n);
}

static void lease_out(struct pool *p, struct pool_slot *s,
		      const struct model_pair *pair, struct str asked,
		      int64_t now_ms, struct pool_lease *lease)
{
	s->in_flight++;
	s->last_used_ms = now_ms;
	s->last_turn = ++p->turns;
	lease->slot = s;
	lease->data = p->retain(s->data);
	lease->sent_model = sent_name(s, pair, asked);
}

enum pool_result pool_pick(struct pool *p, const struct pool_query *q,
			   int64_t now_ms, struct pool_lease *lease,
			   struct buf *why)
{
	const struct model_pair *pair, *best_pair = NULL;
	struct pool_slot *best = NULL;
	bool mapped = false, capable = false;

	*lease = (struct pool_lease){NULL, NULL, NULL};
	pthread_mutex_lock(&p->lock);
	for (struct pool_slot *s = p->slots; s; s = s->next) {
		const char *reason;

		if (!serves(s, q->model, &pair))
			continue;
		mapped = true;
		capable |= s->active && s->schedulable && is_capable(s, q);
		reason = obstacle(s, q);
		if (reason) {
			explain(why, s, reason);
		} else if (is_better(s, best)) {
			best = s;
			best_pair = pair;
		}
	}
	if (best)
		lease_out(p, best, best_pair, q->model, now_ms, lease);
	pthread_mutex_unlock(&p->lock);
	if (best)
		return POOL_PICKED;
	if (!mapped)
		return POOL_UNKNOWN_MODEL;
	return capable || !q->capabilities ? POOL_NONE_USABLE : POOL_INCAPABLE;
}

void pool_return(struct pool *p, struct pool_lease *lease, int64_t now_ms)
{
	struct pool_slot *s = lease->slot;

	if (!s)
		return;
	pthread_mutex_lock(&p->lock);
	s->in_flight--;
	s->last_used_ms = now_ms;
	if (s->removed && s->in_flight == 0)
		slot_free(p, s);
	pthread_mutex_unlock(&p->lock);
	p->release(lease->data);
	mem_free(lease->sent_model);
	*lease = (struct pool_lease){NULL, NULL, NULL};
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
		if (s->active && s->schedulable && is_capable(s, q) &&
		    serves(s, q->model, &pair))
			n = rank(best, n, max, s);
	}
	for (size_t i = 0; i < n; i++) {
		serves(best[i], q->model, &pair);
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

bool pool_serves(struct pool *p, struct str model)
{
	const struct model_pair *pair;
	bool found = false;

	pthread_mutex_lock(&p->lock);
	for (struct pool_slot *s = p->slots; s && !found; s = s->next)
		found = s->active && serves(s, model, &pair);
	pthread_mutex_unlock(&p->lock);
	return found;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void pool_models(struct pool *p, void (*fn)(void *ctx, const char *name),
		 void *ctx)
{
	size_t n = 0, all = 0;
	char **names;

	pthread_mutex_lock(&p->lock);
	for (struct pool_slot *s = p->slots; s; s = s->next)
		all += s->nmodels;
	names = mem_array(all, sizeof(*names));
	for (struct pool_slot *s = p->slots; s; s = s->next) {
		for (size_t i = 0; i < s->nmodels && s->active; i++) {
			if (!str_ends(str_of(s->models[i].asked), STR("*")))
				names[n++] = mem_strdup(s->models[i].asked);
		}
	}
	pthread_mutex_unlock(&p->lock);
	qsort(names, n, sizeof(*names), by_name);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || strcmp(names[i], names[i - 1]) != 0)
			fn(ctx, names[i]);
	}
	for (size_t i = 0; i < n; i++)
		mem_free(names[i]);
	mem_free(names);
}
