/* What pool.c and pool_pick.c share. */
#ifndef SCHED_POOL_IMPL_H
#define SCHED_POOL_IMPL_H

#include "sched/pool.h"

#include <pthread.h>

#include "sched/health.h"

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
	struct health health;
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

/* *pair: how the account maps the name; NULL when it serves every name. */
bool slot_serves(const struct pool_slot *s, struct str model,
		 const struct model_pair **pair);

#endif
