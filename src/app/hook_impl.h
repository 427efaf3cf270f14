/* Between the files of the webhook. */
#ifndef APP_HOOK_IMPL_H
#define APP_HOOK_IMPL_H

#include "app/hook.h"
#include "base/buf.h"
#include "base/json.h"

enum { HOOK_ID = 24, HOOK_REASON_BYTES = 512, HOOK_SUBJECT_BYTES = 128 };

/* One that waits to be sent. */
struct hook_notice {
	enum hook_event event;
	char id[HOOK_ID + 1]; /* "evt_..." */
	int64_t at_ms;	      /* wall clock, of what happened */
	cJSON *data;	      /* owned */
	int64_t tries;	      /* so far */
	int64_t next_ms;      /* clock_mono_ms() */
};

/* The body: {"type","service","id","timestamp","data"}; mem_free(). */
char *hook_body(enum hook_event event, const char *id, int64_t at_ms,
		const cJSON *data);
/* The members of data. */
cJSON *hook_account_data(const struct pool_change *c, int64_t now_wall_ms);
cJSON *hook_limit_data(struct app *app, const char *key_id, const char *limit,
		       const char *message);
void hook_new_id(char id[HOOK_ID + 1]);

/* What is sent once; body is taken over. */
struct hook_parcel {
	enum hook_event event;
	char id[HOOK_ID + 1];
	char *body;
};
/* done is called once, on the loop, also when that stops. */
void hook_send(struct loop *l, const struct webhook *w,
	       const struct hook_parcel *parcel,
	       void (*done)(void *ctx, const struct hook_result *r), void *ctx);

#endif
