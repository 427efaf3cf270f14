#include "app/hook_impl.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "app/backend.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

enum {
	SUBJECTS = 256, /* of which it is known when they were told */
	LIMITS = 64,	/* noted and not yet looked at */
	CHANGES = 32,	/* of accounts in a second */
	DOWN_QUIET_MS = 5 * 60 * 1000,
	LIMIT_QUIET_MS = 60 * 60 * 1000
};

/* After so many tries that failed. */
static const int64_t pauses_ms[] = {1000, 5000, 25000, 120000, 600000};
enum { TRIES = sizeof(pauses_ms) / sizeof(pauses_ms[0]) + 1 };

struct subject {
	char name[HOOK_SUBJECT_BYTES]; /* an account, or a key's limit */
	int64_t told_ms;	       /* clock_mono_ms(), 0: free */
	bool down;		       /* told, and not yet that it is back */
};

struct limit_note {
	char key_id[STORE_ID_BYTES];
	char limit[64]; /* err.code */
	char message[HOOK_REASON_BYTES];
	int64_t at_ms;
};

struct hook {
	struct app *app;
	pthread_mutex_t lock;
	struct webhook to;
	bool stopping, sending;
	struct hook_notice queue[HOOK_QUEUE]; /* the first one first */
	size_t n;
	struct limit_note limits[LIMITS];
	size_t nlimits;
	struct subject subjects[SUBJECTS];
	struct hook_status status;
};

struct hook *hook_new(struct app *app)
{
	struct hook *h = mem_zalloc(sizeof(*h));

	h->app = app;
	pthread_mutex_init(&h->lock, NULL);
	return h;
}

static void drop_first(struct hook *h)
{
	cJSON_Delete(h->queue[0].data);
	h->n--;
	memmove(h->queue, h->queue + 1, h->n * sizeof(h->queue[0]));
}

void hook_free(struct hook *h)
{
	if (!h)
		return;
	while (h->n)
		drop_first(h);
	webhook_release(&h->to);
	pthread_mutex_destroy(&h->lock);
	mem_free(h);
}

static bool wants(const struct hook *h, enum hook_event event)
{
	return h->to.active && h->to.url && h->to.events & hook_bit(event);
}

int hook_load(struct hook *h, struct err *e)
{
	return store_webhook_get(h->app->store, &h->to, e);
}

void hook_set(struct hook *h, const struct webhook *w)
{
	pthread_mutex_lock(&h->lock);
	webhook_release(&h->to);
	webhook_copy(&h->to, w);
	/* The first one may be on its way. */
	while (!(w->active && w->url) && h->n > (h->sending ? 1 : 0)) {
		cJSON_Delete(h->queue[--h->n].data);
	}
	for (size_t i = 0; i < h->n; i++)
		h->queue[i].next_ms = 0;
	pthread_mutex_unlock(&h->lock);
}

void hook_stop(struct hook *h)
{
	if (!h)
		return;
	pthread_mutex_lock(&h->lock);
	h->stopping = true;
	pthread_mutex_unlock(&h->lock);
}

void hook_status(struct hook *h, struct hook_status *out)
{
	int64_t now = clock_mono_ms();

	pthread_mutex_lock(&h->lock);
	*out = h->status;
	out->queued = (int64_t)h->n;
	if (h->n) {
		out->tries = h->queue[0].tries;
		if (h->queue[0].next_ms > now)
			out->wait_ms = h->queue[0].next_ms - now;
	}
	pthread_mutex_unlock(&h->lock);
}

/* ------------------------------------------------------------- what is told */

/* That an account is down is forgotten last: else it would not be told that
 * it is back. */
static bool goes_before(const struct subject *a, const struct subject *b)
{
	return a->down != b->down ? b->down : a->told_ms < b->told_ms;
}

/* The place of a subject; of a new one that of the one told longest ago. */
static struct subject *subject_of(struct hook *h, const char *name)
{
	struct subject *oldest = &h->subjects[0];

	for (size_t i = 0; i < SUBJECTS; i++) {
		struct subject *s = &h->subjects[i];

		if (strcmp(s->name, name) == 0)
			return s;
		if (goes_before(s, oldest))
			oldest = s;
	}
	*oldest = (struct subject){.told_ms = 0};
	str_put(oldest->name, sizeof(oldest->name), str_of(name));
	return oldest;
}

static bool is_quiet(const struct subject *s, int64_t quiet_ms)
{
	return s->told_ms && clock_mono_ms() - s->told_ms < quiet_ms;
}

static void queue(struct hook *h, enum hook_event event, int64_t at_ms,
		  cJSON *data)
{
	struct hook_notice *notice;

	if (h->n == HOOK_QUEUE) { /* news counts more than what is old */
		h->status.dropped++;
		cJSON_Delete(h->queue[1].data);
		h->n--;
		memmove(h->queue + 1, h->queue + 2,
			(h->n - 1) * sizeof(h->queue[0]));
	}
	notice = &h->queue[h->n++];
	*notice =
	    (struct hook_notice){.event = event, .at_ms = at_ms, .data = data};
	hook_new_id(notice->id);
}

/* An account that comes and goes is told of once in a while, and that it is
 * back only when it was told that it went. */
static void take_change(struct hook *h, const struct pool_change *c,
			const char *account_id)
{
	enum hook_event event = c->down ? HOOK_ACCOUNT_DOWN : HOOK_ACCOUNT_BACK;
	struct subject *s = subject_of(h, account_id);
	int64_t now_ms = clock_wall_ms();

	if (c->down ? is_quiet(s, DOWN_QUIET_MS) : !s->down)
		return;
	s->down = c->down;
	if (c->down)
		s->told_ms = clock_mono_ms();
	if (wants(h, event))
		queue(h, event, now_ms, hook_account_data(c, now_ms));
}

static void watch_accounts(struct hook *h)
{
	struct pool_change changes[CHANGES];
	struct pool *pool = h->app->pool;
	size_t n = pool_changes(pool, clock_mono_ms(), changes, CHANGES);

	for (size_t i = 0; i < n; i++) {
		const struct backend *b = changes[i].view.data;

		pthread_mutex_lock(&h->lock);
		take_change(h, &changes[i], b->account.id);
		pthread_mutex_unlock(&h->lock);
		pool_unview(pool, &changes[i].view);
	}
}

void hook_key_limit(struct hook *h, const char *key_id, const struct err *why)
{
	char name[HOOK_SUBJECT_BYTES];
	struct limit_note *note;
	struct subject *s;

	snprintf(name, sizeof(name), "%s/%s", key_id, why->code);
	pthread_mutex_lock(&h->lock);
	s = subject_of(h, name);
	if (wants(h, HOOK_KEY_LIMIT) && !is_quiet(s, LIMIT_QUIET_MS) &&
	    h->nlimits < LIMITS) {
		s->told_ms = clock_mono_ms();
		note = &h->limits[h->nlimits++];
		str_put(note->key_id, sizeof(note->key_id), str_of(key_id));
		str_put(note->limit, sizeof(note->limit), str_of(why->code));
		str_put(note->message, sizeof(note->message),
			str_of(why->message));
		note->at_ms = clock_wall_ms();
	}
	pthread_mutex_unlock(&h->lock);
}

/* The names of keys are read from the store, which a request must not wait
 * for. */
static void take_limits(struct hook *h)
{
	struct limit_note note;

	for (;;) {
		cJSON *data;

		pthread_mutex_lock(&h->lock);
		if (!h->nlimits) {
			pthread_mutex_unlock(&h->lock);
			return;
		}
		note = h->limits[--h->nlimits];
		pthread_mutex_unlock(&h->lock);
		data = hook_limit_data(h->app, note.key_id, note.limit,
				       note.message);
		pthread_mutex_lock(&h->lock);
		queue(h, HOOK_KEY_LIMIT, note.at_ms, data);
		pthread_mutex_unlock(&h->lock);
	}
}

/* ------------------------------------------------------------------ sending */

static void note_failure(struct hook *h, const struct hook_result *r)
{
	struct hook_notice *first = &h->queue[0];

	h->status.error = *r;
	h->status.error_ms = clock_wall_ms();
	h->status.error_event = first->event;
	first->tries++;
	log_note(LOG_WARN, "webhook", "%s %s, try %lld: %s",
		 hook_event_name(first->event), first->id,
		 (long long)first->tries, r->error);
	if (first->tries < TRIES) {
		first->next_ms = clock_mono_ms() + pauses_ms[first->tries - 1];
		return;
	}
	h->status.failed++;
	drop_first(h);
}

static void on_sent(void *ctx, const struct hook_result *r)
{
	struct hook *h = ctx;

	pthread_mutex_lock(&h->lock);
	h->sending = false;
	if (r->ok) {
		h->status.sent++;
		h->status.sent_ms = clock_wall_ms();
		drop_first(h);
	} else {
		note_failure(h, r);
	}
	pthread_mutex_unlock(&h->lock);
}

static void send_first(struct hook *h)
{
	const struct hook_notice *first = &h->queue[0];
	struct hook_parcel parcel = {.event = first->event};

	memcpy(parcel.id, first->id, sizeof(parcel.id));
	parcel.body =
	    hook_body(first->event, first->id, first->at_ms, first->data);
	h->sending = true;
	hook_send(app_loop(h->app), &h->to, &parcel, on_sent, h);
}

void hook_tick(struct hook *h)
{
	watch_accounts(h);
	take_limits(h);
	pthread_mutex_lock(&h->lock);
	if (h->n && !h->sending && !h->stopping && h->to.active && h->to.url &&
	    clock_mono_ms() >= h->queue[0].next_ms)
		send_first(h);
	pthread_mutex_unlock(&h->lock);
}
