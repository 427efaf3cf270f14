#include "sched/limits.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"

enum { BUCKETS = 4096, BUSY_MS = 1000, MINUTE_MS = 60 * 1000 };

/* A key that has limits; kept, for its figures are not in the ledger while
 * requests are in flight. */
struct limit_entry {
	struct limit_entry *next;
	int64_t window_ms;
	struct limit_spent spent;
	int64_t requests, tokens; /* reserved */
	double cost;
	char key_id[];
};

struct limits {
	pthread_mutex_t lock;
	struct limit_entry *buckets[BUCKETS];
};

struct limits *limits_new(void)
{
	struct limits *l = mem_zalloc(sizeof(*l));

	pthread_mutex_init(&l->lock, NULL);
	return l;
}

void limits_free(struct limits *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < BUCKETS; i++) {
		while (l->buckets[i]) {
			struct limit_entry *next = l->buckets[i]->next;

			mem_free(l->buckets[i]);
			l->buckets[i] = next;
		}
	}
	pthread_mutex_destroy(&l->lock);
	mem_free(l);
}

bool limits_any(const struct limit_rules *r)
{
	return (r->window_ms && (r->requests || r->tokens || r->cost > 0)) ||
	       r->daily_cost > 0 || r->total_cost > 0;
}

int64_t limits_window_start(const struct limit_rules *r, int64_t now_ms)
{
	return r->window_ms ? now_ms - now_ms % r->window_ms : 0;
}

static struct limit_entry **bucket_of(struct limits *l, const char *key_id)
{
	return &l->buckets[hash64(HASH64_INIT, str_of(key_id)) % BUCKETS];
}

static struct limit_entry *find(struct limits *l, const char *key_id)
{
	struct limit_entry *entry = *bucket_of(l, key_id);

	while (entry && strcmp(entry->key_id, key_id) != 0)
		entry = entry->next;
	return entry;
}

void limits_load(struct limits *l, const char *key_id,
		 const struct limit_rules *rules,
		 const struct limit_spent *spent)
{
	struct limit_entry **at, *entry;

	pthread_mutex_lock(&l->lock);
	entry = find(l, key_id);
	if (!entry) {
		at = bucket_of(l, key_id);
		entry = mem_zalloc(sizeof(*entry) + strlen(key_id) + 1);
		memcpy(entry->key_id, key_id, strlen(key_id));
		entry->next = *at;
		*at = entry;
		entry->window_ms = -1;
	}
	if (entry->window_ms != rules->window_ms) {
		entry->window_ms = rules->window_ms;
		entry->spent = *spent;
	}
	pthread_mutex_unlock(&l->lock);
}

/* A new window or day has begun. */
static void roll(struct limit_entry *entry, const struct limit_query *q)
{
	int64_t start = limits_window_start(q->rules, q->now_ms);

	if (start > entry->spent.window_start_ms) {
		entry->spent.window_start_ms = start;
		entry->spent.requests = entry->spent.tokens = 0;
		entry->spent.cost = 0;
	}
	if (q->day_start_ms > entry->spent.day_start_ms) {
		entry->spent.day_start_ms = q->day_start_ms;
		entry->spent.day_cost = 0;
	}
}

/* One limit as a row: what is used, what requests in flight may add. */
struct gauge {
	double limit, used, reserved;
	const char *what, *code;
	bool in_window;
};

static int refuse(const struct gauge *g, const struct limit_query *q,
		  struct err *e)
{
	int64_t minutes = q->rules->window_ms / MINUTE_MS;
	int64_t end_ms =
	    limits_window_start(q->rules, q->now_ms) + q->rules->window_ms;
	char span[64] = "";

	if (g->in_window)
		snprintf(span, sizeof(span), " a window of %" PRId64 " min",
			 minutes);
	if (g->used < g->limit) {
		err_set(
		    e, ERR_RATE_LIMIT,
		    "This API key has used %.10g of its %.10g %s%s, and its "
		    "requests in flight may need the rest",
		    g->used, g->limit, g->what, span);
		e->retry_after_ms = BUSY_MS;
	} else if (g->in_window) {
		err_set(e, ERR_RATE_LIMIT,
			"This API key has used its %.10g %s%s; the next window "
			"begins in %" PRId64 " s",
			g->limit, g->what, span,
			(end_ms - q->now_ms + 999) / 1000);
		e->retry_after_ms = end_ms - q->now_ms;
	} else {
		err_set(e, ERR_BILLING,
			"This API key has used %.10g of its %.10g %s", g->used,
			g->limit, g->what);
		e->no_retry = true;
	}
	str_put(e->code, sizeof(e->code), str_of(g->code));
	return -1;
}

static int check(const struct gauge *gauges, size_t n,
		 const struct limit_query *q, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		const struct gauge *g = &gauges[i];

		if (g->limit > 0 && g->used + g->reserved >= g->limit)
			return refuse(g, q, e);
	}
	return 0;
}

static int check_use(const struct limit_entry *entry,
		     const struct limit_query *q, struct err *e)
{
	const struct limit_rules *r = q->rules;
	const struct gauge gauges[] = {
	    {r->window_ms ? (double)r->requests : 0,
	     (double)entry->spent.requests, (double)entry->requests,
	     "requests in", "rate_limit_requests", true},
	    {r->window_ms ? (double)r->tokens : 0, (double)entry->spent.tokens,
	     (double)entry->tokens, "tokens in", "rate_limit_tokens", true},
	};

	return check(gauges, sizeof(gauges) / sizeof(gauges[0]), q, e);
}

static int check_cost(const struct limit_entry *entry,
		      const struct limit_query *q, struct err *e)
{
	const struct limit_rules *r = q->rules;
	const struct gauge gauges[] = {
	    {r->total_cost, entry->spent.total_cost, entry->cost, "USD in all",
	     "total_cost_limit_exceeded", false},
	    {r->daily_cost, entry->spent.day_cost, entry->cost,
	     "USD a day, until midnight", "daily_cost_limit_exceeded", false},
	    {r->window_ms ? r->cost : 0, entry->spent.cost, entry->cost,
	     "USD in", "rate_limit_cost", true},
	};

	return check(gauges, sizeof(gauges) / sizeof(gauges[0]), q, e);
}

/* Locked. */
static struct limit_entry *known(struct limits *l, const struct limit_query *q)
{
	struct limit_entry *entry = find(l, q->key_id);

	if (!entry || entry->window_ms != q->rules->window_ms)
		return NULL;
	roll(entry, q);
	return entry;
}

enum limits_result limits_enter(struct limits *l, const struct limit_query *q,
				struct limit_lease *lease, struct err *e)
{
	enum limits_result result = LIMITS_IN;
	struct limit_entry *entry;

	*lease = (struct limit_lease){.entry = NULL};
	if (!limits_any(q->rules))
		return LIMITS_IN;
	pthread_mutex_lock(&l->lock);
	entry = known(l, q);
	if (!entry) {
		result = LIMITS_UNKNOWN;
	} else if (check_use(entry, q, e) < 0 || check_cost(entry, q, e) < 0) {
		result = LIMITS_REFUSED;
	} else {
		entry->requests++;
		entry->tokens += q->tokens;
		lease->entry = entry;
		lease->tokens = q->tokens;
	}
	pthread_mutex_unlock(&l->lock);
	return result;
}

int limits_reserve_cost(struct limits *l, const struct limit_query *q,
			struct limit_lease *lease, double cost, struct err *e)
{
	struct limit_entry *entry = lease->entry;
	int rc;

	if (!entry)
		return 0;
	pthread_mutex_lock(&l->lock);
	entry->cost -= lease->cost;
	lease->cost = 0;
	roll(entry, q);
	rc = check_cost(entry, q, e);
	if (rc == 0) {
		entry->cost += cost;
		lease->cost = cost;
	}
	pthread_mutex_unlock(&l->lock);
	return rc;
}

/* Locked: what was reserved is free again. */
static void give_back(struct limit_entry *entry,
		      const struct limit_lease *lease)
{
	entry->requests--;
	entry->tokens -= lease->tokens;
	entry->cost -= lease->cost;
	if (entry->requests == 0) /* no sum of roundings */
		entry->cost = 0;
}

/* Locked. */
static void count(struct limit_spent *spent, int64_t tokens, double cost)
{
	spent->requests++;
	spent->tokens += tokens;
	spent->cost += cost;
	spent->day_cost += cost;
	spent->total_cost += cost;
}

void limits_settle(struct limits *l, struct limit_lease *lease, int64_t tokens,
		   double cost)
{
	struct limit_entry *entry = lease->entry;

	if (!entry)
		return;
	pthread_mutex_lock(&l->lock);
	give_back(entry, lease);
	count(&entry->spent, tokens, cost);
	pthread_mutex_unlock(&l->lock);
	lease->entry = NULL;
}

void limits_add(struct limits *l, const char *key_id, int64_t tokens,
		double cost)
{
	struct limit_entry *entry;

	pthread_mutex_lock(&l->lock);
	entry = find(l, key_id);
	if (entry)
		count(&entry->spent, tokens, cost);
	pthread_mutex_unlock(&l->lock);
}

void limits_refund(struct limits *l, struct limit_lease *lease)
{
	if (!lease->entry)
		return;
	pthread_mutex_lock(&l->lock);
	give_back(lease->entry, lease);
	pthread_mutex_unlock(&l->lock);
	lease->entry = NULL;
}

bool limits_spent(struct limits *l, const struct limit_query *q,
		  struct limit_spent *out)
{
	struct limit_entry *entry;

	pthread_mutex_lock(&l->lock);
	entry = known(l, q);
	if (entry)
		*out = entry->spent;
	pthread_mutex_unlock(&l->lock);
	return entry != NULL;
}
