/*
 * The accounts in memory and the choice among them (architecture §6).  Locked
 * inside: any thread may call.  Time is an argument.
 */
#ifndef SCHED_POOL_H
#define SCHED_POOL_H

#include "base/buf.h"
#include "sched/health.h"
#include "sched/model_map.h"
#include "sched/queue.h"

struct pool;
struct pool_slot; /* private */

/* Whose requests an account takes (admin-api.md, accountType). */
enum pool_access {
	POOL_SHARED,	/* those of keys that are not bound, and of its own */
	POOL_DEDICATED, /* those of keys that are bound to it */
	POOL_GROUP	/* those of keys that are bound to one of its groups */
};

/* A binding is an account's id, or this and a group's. */
#define POOL_GROUP_PREFIX "group:"

/* What choice needs to know of an account.  Copied by pool_put(). */
struct pool_account {
	const char *id, *name;
	bool active, schedulable;
	int64_t priority;	/* larger first */
	int64_t weight;		/* share among equals, >= 1 */
	int64_t max_concurrent; /* 0: no limit */
	unsigned capabilities;	/* bits of the caller's choosing */
	unsigned serves;	/* so too: faces of the relay */
	const struct model_pair *models;
	size_t nmodels;		  /* 0: every name, sent as it was asked */
	const char *default_sent; /* what every name is sent as, NULL: itself */
	enum pool_access access;
	const char *const *groups; /* ids, for POOL_GROUP */
	size_t ngroups;
	/* The owner's own description: one reference is handed over. */
	void *data;
};

struct pool *pool_new(void *(*retain)(void *data), void (*release)(void *data));
void pool_free(struct pool *p);
/* Adds, or replaces the one with that id (what is in flight goes on). */
void pool_put(struct pool *p, const struct pool_account *a);
void pool_remove(struct pool *p, const char *id);
size_t pool_in_flight(struct pool *p, const char *id);

struct pool_status {
	int64_t in_flight;
	unsigned failures; /* in a row */
	enum health_event cause;
	bool cooling;
	int64_t wait_ms; /* while cooling; -1: until pool_reset() */
	char reason[HEALTH_REASON];
};
/* False when there is no such account. */
bool pool_status(struct pool *p, const char *id, int64_t now_ms,
		 struct pool_status *out);
/* The account counts as well again. */
void pool_reset(struct pool *p, const char *id);

struct pool_waiter;

struct pool_query {
	struct str model;
	unsigned capabilities;	  /* the account needs all of these */
	unsigned face;		  /* and serves this one; 0: any */
	uint64_t session;	  /* requests that share a prefix; 0: none */
	const char *binding;	  /* of the key; NULL or "": none */
	const char *const *tried; /* ids that failed this request already */
	size_t ntried;
	/* For administrators: receives the account that was taken and why the
	 * others were not (pool_why.c), picked or not; NULL: nobody asks. */
	struct buf *choice;
	/* When those that could be picked are full and fewer than most of its
	 * key wait for an account, this one does; NULL: it does not. */
	struct pool_waiter *waiter;
	size_t most;
};

struct pool_lease {
	struct pool_slot *slot; /* NULL: none */
	void *data;		/* a reference, dropped by pool_return() */
	char *sent_model;	/* what to send upstream; owned by the lease */
	bool tries;	 /* of a cooling account: whether it is well again */
	int64_t wait_ms; /* nothing was picked: until one may be; -1: never by
			    itself */
};

enum { POOL_WAITERS = 4096 }; /* at a time, of all keys */

/* A request that waits for an account that is full; part of it. */
struct pool_waiter {
	struct queue_waiter
	    queue;		  /* wake, ctx and key are the owner's to set */
	struct pool_query query;  /* what it points to must stay */
	struct pool_lease *lease; /* given before wake() */
};

enum pool_result {
	POOL_PICKED,
	POOL_WAITS,	    /* see pool_query.waiter */
	POOL_UNKNOWN_MODEL, /* no account maps the name */
	POOL_RESERVED,	    /* those that do are not for this binding */
	POOL_WRONG_FACE,    /* those that do all serve another */
	POOL_INCAPABLE,	    /* those that do lack a capability */
	POOL_NONE_USABLE    /* some do, but each is out for a reason */
};

/* Picks and leases.  why receives, when nothing was picked, the accounts that
 * were considered and why each was out, as a sentence ("a: not schedulable;
 * b: full (4 in flight)"). */
enum pool_result pool_pick(struct pool *p, const struct pool_query *q,
			   int64_t now_ms, struct pool_lease *lease,
			   struct buf *why);
/* Looks again, for what changed but for places that became free: it was picked,
 * and wake() will not be called, or it waits on, or was given one before. */
bool pool_pick_again(struct pool *p, struct pool_waiter *w, int64_t now_ms);
/* It waits no more; false: it has its lease, and wake() was called. */
bool pool_give_up(struct pool *p, struct pool_waiter *w);
/* What became of the request at that account, before pool_return(); without
 * it nothing is learned of the account.  reason is for administrators. */
void pool_report(struct pool *p, struct pool_lease *lease,
		 enum health_event event, int64_t retry_after_ms,
		 const char *reason, int64_t now_ms);
/* Gives the lease back, to a request that waits if one does; on every path,
 * exactly once; harmless on an empty one. */
void pool_return(struct pool *p, struct pool_lease *lease, int64_t now_ms);

/* An account that is only looked at: nothing is leased, counted or judged. */
struct pool_view {
	void *data; /* a reference */
	char *sent_model;
};

/* Up to max accounts that q could get, the one that it would get first; those
 * that are full at the moment too.  pool_unview() is due for each. */
size_t pool_look(struct pool *p, const struct pool_query *q,
		 struct pool_view *out, size_t max);
void pool_unview(struct pool *p, struct pool_view *v);

/* A test of the account failed: that counts as one failed request.  Nothing is
 * learned of one that cools already. */
void pool_doubt(struct pool *p, const char *id, const char *reason,
		int64_t now_ms);

/* Active accounts that cool down, but for those that asked for a pause; each to
 * be unviewed. */
size_t pool_cooling(struct pool *p, int64_t now_ms, struct pool_view *out,
		    size_t max);
/* The account answers (health_ready), if it is still the one with this data. */
void pool_ready(struct pool *p, const char *id, const void *data,
		int64_t now_ms);

/* An account that went out of use or is in use again since the last call; those
 * that were reset or changed are, too. */
struct pool_change {
	struct pool_view view; /* to be unviewed */
	bool down;
	enum health_event cause;
	int64_t wait_ms; /* -1: not before a reset */
	char reason[HEALTH_REASON];
};
/* At most max; the others are told by the next call. */
size_t pool_changes(struct pool *p, int64_t now_ms, struct pool_change *out,
		    size_t max);

/* Does an active account map this name, by pattern too, for this binding? */
bool pool_serves(struct pool *p, struct str model, const char *binding);
/* Names that clients with this binding can ask for (patterns left out), each
 * once, sorted. */
void pool_models(struct pool *p, const char *binding,
		 void (*fn)(void *ctx, const char *name), void *ctx);

#endif
