/* What pool.c and pool_pick.c share. */
#ifndef SCHED_POOL_IMPL_H
#define SCHED_POOL_IMPL_H

#include "sched/pool.h"

#include <pthread.h>

#include "sched/affinity.h"
#include "sched/health.h"

struct pool_slot {
	struct pool_slot *next;
	char *id, *name;
	bool active, schedulable;
	bool removed; /* out of the list, kept for its leases */
	int64_t priority, weight, max_concurrent;
	unsigned capabilities, serves;
	struct model_pair *models; /* NULL sent: as default_sent says */
	size_t nmodels;
	char *default_sent;
	enum pool_access access;
	char **groups;
	size_t ngroups;
	void *data;
	struct health health;
	uint32_t number; /* for affinity; never given twice */
	int64_t in_flight;
	int64_t last_used_ms;
	int64_t turn; /* of the weighted round among equals */
};

struct pool {
	pthread_mutex_t lock;
	struct pool_slot *slots;
	uint32_t numbers; /* given so far */
	struct affinity *affinity;
	void *(*retain)(void *data);
	void (*release)(void *data);
};

/* *pair: how the account maps the name; NULL when it serves every name. */
bool slot_serves(const struct pool_slot *s, struct str model,
		 const struct model_pair **pair);

/* Is the account for requests of keys with this binding? */
bool slot_admits(const struct pool_slot *s, const char *binding);

#endif
