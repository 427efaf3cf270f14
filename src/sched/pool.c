#include "sched/pool_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct pool *pool_new(void *(*retain)(void *data), void (*release)(void *data))
{
	struct pool *p = mem_zalloc(sizeof(*p));

	pthread_mutex_init(&p->lock, NULL);
	p->affinity = affinity_new();
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
	for (size_t i = 0; i < s->ngroups; i++)
		mem_free(s->groups[i]);
	mem_free(s->groups);
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
	affinity_free(p->affinity);
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
	s->serves = a->serves;
	s->default_sent = copy_or_null(a->default_sent);
	s->data = a->data;
	/* It was changed: whatever was wrong may be right now. */
	s->health = (struct health){.failures = 0};
	s->nmodels = a->nmodels;
	s->models = mem_array(a->nmodels, sizeof(*s->models));
	for (size_t i = 0; i < a->nmodels; i++) {
		s->models[i].asked = mem_strdup(a->models[i].asked);
		s->models[i].sent = copy_or_null(a->models[i].sent);
	}
	s->access = a->access;
	s->ngroups = a->ngroups;
	s->groups = mem_array(a->ngroups, sizeof(*s->groups));
	for (size_t i = 0; i < a->ngroups; i++)
		s->groups[i] = mem_strdup(a->groups[i]);
}

static bool is_in_group(const struct pool_slot *s, const char *group)
{
	for (size_t i = 0; i < s->ngroups; i++) {
		if (strcmp(s->groups[i], group) == 0)
			return true;
	}
	return false;
}

bool slot_admits(const struct pool_slot *s, const char *binding)
{
	static const size_t prefix = sizeof(POOL_GROUP_PREFIX) - 1;

	if (!binding || !binding[0])
		return s->access == POOL_SHARED;
	if (strncmp(binding, POOL_GROUP_PREFIX, prefix) == 0)
		return s->access == POOL_GROUP &&
		       is_in_group(s, binding + prefix);
	return s->access != POOL_GROUP && strcmp(s->id, binding) == 0;
}

bool slot_serves(const struct pool_slot *s, struct str model,
		 const struct model_pair **pair)
{
	*pair = model_lookup(s->models, s->nmodels, model);
	return *pair || s->nmodels == 0;
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
		s->number = ++p->numbers;
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

bool pool_status(struct pool *p, const char *id, int64_t now_ms,
		 struct pool_status *out)
{
	struct pool_slot *s;

	*out = (struct pool_status){.in_flight = 0};
	pthread_mutex_lock(&p->lock);
	s = slot_of(p, id);
	if (s) {
		out->in_flight = s->in_flight;
		out->failures = s->health.failures;
		out->cause = s->health.cause;
		out->cooling = health_cooling(&s->health, now_ms);
		out->wait_ms = health_wait_ms(&s->health, now_ms);
		memcpy(out->reason, s->health.reason, sizeof(out->reason));
	}
	pthread_mutex_unlock(&p->lock);
	return s != NULL;
}

void pool_reset(struct pool *p, const char *id)
{
	struct pool_slot *s;

	pthread_mutex_lock(&p->lock);
	s = slot_of(p, id);
	if (s)
		s->health = (struct health){.failures = 0};
	pthread_mutex_unlock(&p->lock);
}

void pool_ready(struct pool *p, const char *id, const void *data,
		int64_t now_ms)
{
	struct pool_slot *s;

	pthread_mutex_lock(&p->lock);
	s = slot_of(p, id);
	if (s && s->data == data)
		health_ready(&s->health, now_ms);
	pthread_mutex_unlock(&p->lock);
}

void pool_doubt(struct pool *p, const char *id, const char *reason,
		int64_t now_ms)
{
	struct pool_slot *s;

	pthread_mutex_lock(&p->lock);
	s = slot_of(p, id);
	if (s && !s->health.until_ms)
		health_report(&s->health, HEALTH_FAILED, false, 0, reason,
			      now_ms);
	pthread_mutex_unlock(&p->lock);
}

size_t pool_cooling(struct pool *p, int64_t now_ms, struct pool_view *out,
		    size_t max)
{
	size_t n = 0;

	pthread_mutex_lock(&p->lock);
	for (struct pool_slot *s = p->slots; s && n < max; s = s->next) {
		if (s->active && health_cooling(&s->health, now_ms) &&
		    s->health.cause != HEALTH_RATE_LIMITED)
			out[n++] = (struct pool_view){p->retain(s->data), NULL};
	}
	pthread_mutex_unlock(&p->lock);
	return n;
}

void pool_report(struct pool *p, struct pool_lease *lease,
		 enum health_event event, int64_t retry_after_ms,
		 const char *reason, int64_t now_ms)
{
	if (!lease->slot)
		return;
	pthread_mutex_lock(&p->lock);
	health_report(&lease->slot->health, event, lease->tries, retry_after_ms,
		      reason, now_ms);
	lease->tries = false;
	pthread_mutex_unlock(&p->lock);
}

void pool_return(struct pool *p, struct pool_lease *lease, int64_t now_ms)
{
	struct pool_slot *s = lease->slot;

	if (!s)
		return;
	pthread_mutex_lock(&p->lock);
	health_abandon(&s->health, lease->tries);
	s->in_flight--;
	s->last_used_ms = now_ms;
	if (!s->removed)
		slot_give(p, s, now_ms);
	if (s->removed && s->in_flight == 0)
		slot_free(p, s);
	pthread_mutex_unlock(&p->lock);
	p->release(lease->data);
	mem_free(lease->sent_model);
	*lease = (struct pool_lease){.slot = NULL};
}

bool pool_serves(struct pool *p, struct str model, const char *binding)
{
	const struct model_pair *pair;
	bool found = false;

	pthread_mutex_lock(&p->lock);
	for (struct pool_slot *s = p->slots; s && !found; s = s->next)
		found = s->active && slot_admits(s, binding) &&
			slot_serves(s, model, &pair);
	pthread_mutex_unlock(&p->lock);
	return found;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void pool_models(struct pool *p, const char *binding,
		 void (*fn)(void *ctx, const char *name), void *ctx)
{
	size_t n = 0, all = 0;
	char **names;

	pthread_mutex_lock(&p->lock);
	for (struct pool_slot *s = p->slots; s; s = s->next)
		all += s->nmodels;
	names = mem_array(all, sizeof(*names));
	for (struct pool_slot *s = p->slots; s; s = s->next) {
		bool open = s->active && slot_admits(s, binding);

		for (size_t i = 0; i < s->nmodels && open; i++) {
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
