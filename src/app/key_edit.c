#include "app/key_edit.h"

#include <pthread.h>

#include "base/clock.h"

static pthread_mutex_t edits = PTHREAD_MUTEX_INITIALIZER;

int key_edit(struct app *app, const char *id,
	     int (*change)(struct api_key *k, void *ctx, struct err *e),
	     void *ctx, struct api_key *out, struct err *e)
{
	int rc;

	pthread_mutex_lock(&edits);
	rc = store_api_key_get(app->store, id, out, e);
	if (rc == 0) {
		rc = change(out, ctx, e);
		if (rc == 0) {
			out->updated_ms = clock_wall_ms();
			rc = store_api_key_put(app->store, out, e);
		}
		if (rc < 0)
			api_key_release(out);
	}
	pthread_mutex_unlock(&edits);
	return rc;
}

void key_start(struct api_key *k)
{
	k->activated_ms = clock_wall_ms();
	k->expires_ms = k->activated_ms + k->activation_ms;
}

static int start(struct api_key *k, void *ctx, struct err *e)
{
	(void)ctx, (void)e;
	if (k->activation_ms && !k->activated_ms)
		key_start(k);
	return 0;
}

int key_activate(struct app *app, const struct api_key *k, struct err *e)
{
	struct api_key now;

	if (!k->activation_ms || k->activated_ms)
		return 0;
	if (key_edit(app, k->id, start, NULL, &now, e) < 0)
		return -1;
	api_key_release(&now);
	return 0;
}
