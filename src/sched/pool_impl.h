/* What pool.c, pool_pick.c and pool_why.c share. */
#ifndef SCHED_POOL_IMPL_H
#define SCHED_POOL_IMPL_H

#include "sched/pool.h"

#include <pthread.h>

#include "sched/affinity.h"
#include "sched/health.h"

/* Why an account is not taken; in the order in which they are told. */
enum pool_out {
	OUT_NOT, /* it may be */
	OUT_LOWER,
	OUT_BUSIER,
	OUT_BUSY_HOME, /* the session's own, notably busier */
	OUT_TURN,
	OUT_AWAY, /* the session's prefix is elsewhere */
	OUT_FULL,
	OUT_COOLING,
	OUT_TRIED,
	OUT_INCAPABLE,
	OUT_FACE,
	OUT_UNSCHEDULABLE,
	OUT_INACTIVE,
	OUT_RESERVED,
	OUT_UNMAPPED,
	OUTS
};

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
	bool told_down;	 /* pool_changes() said so */
	uint32_t number; /* for affinity; never given twice */
	int64_t in_flight;
	int64_t last_used_ms;
	int64_t turn;	   /* of the weighted round among equals */
	enum pool_out out; /* for the query that is being answered */
};

struct pool {
	pthread_mutex_t lock;
	struct pool_slot *slots;
	uint32_t numbers; /* given so far */
	struct affinity *affinity;
	struct queue waiting;
	void *(*retain)(void *data);
	void (*release)(void *data);
};

/* *pair: how the account maps the name; NULL when it serves every name. */
bool slot_serves(const struct pool_slot *s, struct str model,
		 const struct model_pair **pair);

/* a is less busy for its weight; by how much at least, in requests a unit of
 * weight. */
bool slot_is_lighter(const struct pool_slot *a, const struct pool_slot *b,
		     int64_t by);
bool slot_is_full(const struct pool_slot *s);

/* What was decided for a query, before anything is leased. */
struct pool_choice {
	struct pool_slot *taken;      /* NULL: none */
	const char *how;	      /* it came to be */
	const struct pool_slot *best; /* least busy of those of its priority */
	uint32_t home;		      /* the session's account, 0: none */
	bool warm;		      /* that was taken */
};

/* pool_pick.c: a place became free; the first that may have it gets it. */
void slot_give(struct pool *p, struct pool_slot *s, int64_t now_ms);

/* pool_why.c: both from the slots' `out`. */
void pool_say_why(const struct pool *p, const struct pool_query *q,
		  int64_t now_ms, struct buf *why);
void pool_say_choice(const struct pool *p, const struct pool_choice *c,
		     int64_t now_ms, struct buf *out);

/* Is the account for requests of keys with this binding? */
bool slot_admits(const struct pool_slot *s, const char *binding);

#endif
