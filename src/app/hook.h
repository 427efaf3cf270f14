/*
 * Notices to an address of the administrators' (a webhook): accounts that go
 * out of use and come back, keys that reach a limit.  Noting one costs its
 * finder a lock and a copy; the keeper looks once a second whether one is to be
 * sent, and a loop sends it.  One is on the way at a time; what fails is tried
 * again after growing pauses, and given up in the end.
 */
#ifndef APP_HOOK_H
#define APP_HOOK_H

#include "app/app.h"
#include "store/webhook.h"

struct hook;

enum hook_event {
	HOOK_ACCOUNT_DOWN,
	HOOK_ACCOUNT_BACK,
	HOOK_KEY_LIMIT,
	HOOK_TEST, /* whatever was chosen */
	HOOK_EVENTS
};
/* As it stands in payloads and settings. */
const char *hook_event_name(enum hook_event event);
/* The bits of webhook.events. */
static inline int64_t hook_bit(enum hook_event event)
{
	return (int64_t)1 << event;
}
enum { HOOK_ALL = (1 << HOOK_TEST) - 1 };

struct hook *hook_new(struct app *app);
void hook_free(struct hook *h); /* NULL is allowed */
/* What the store has; at start. */
int hook_load(struct hook *h, struct err *e);
/* From now on this counts; copied.  What waits is dropped when there is nowhere
 * to send it. */
void hook_set(struct hook *h, const struct webhook *w);
/* Once a second, by the keeper. */
void hook_tick(struct hook *h);
/* From now on no loop is asked for anything; before these stop. */
void hook_stop(struct hook *h); /* NULL is allowed */

/* A request was refused for a limit of its key.  From any thread. */
void hook_key_limit(struct hook *h, const char *key_id, const struct err *why);

/* What became of one try to send. */
struct hook_result {
	bool ok;
	int status; /* 0: no answer */
	int64_t ms;
	char error[256]; /* "" when ok */
};

enum { HOOK_QUEUE = 64 };
struct hook_status {
	int64_t queued, sent, failed; /* notices; failed: given up */
	int64_t dropped;	      /* the queue was full */
	int64_t sent_ms;	      /* wall clock of the last, 0: none */
	int64_t error_ms;	      /* of the last try that failed, 0: none */
	int64_t tries;		      /* of the first in the queue */
	int64_t wait_ms;	      /* until it is tried again */
	enum hook_event error_event;
	struct hook_result error;
};
void hook_status(struct hook *h, struct hook_status *out);

/* Sends a test; done is called on the loop, once, also when that stops. */
void hook_test(struct loop *l, const struct webhook *w,
	       void (*done)(void *ctx, const struct hook_result *r), void *ctx);

#endif
