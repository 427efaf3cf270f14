#include "admin/account_edit.h"

#include <pthread.h>

#include "admin/account_json.h"
#include "admin/account_status.h"
#include "admin/field.h"
#include "admin/usage_json.h"
#include "app/accounts.h"
#include "base/clock.h"
#include "base/log.h"

static pthread_mutex_t edits = PTHREAD_MUTEX_INITIALIZER;

int account_edit(struct app *app, const char *id,
		 int (*change)(struct account *a, void *ctx, struct err *e),
		 void *ctx, struct account *out, struct err *e)
{
	int rc;

	pthread_mutex_lock(&edits);
	rc = store_account_get(app->store, id, out, e);
	if (rc == 0) {
		rc = change(out, ctx, e);
		if (rc == 0) {
			out->updated_ms = clock_wall_ms();
			rc = accounts_put(app, out, e);
		}
		if (rc < 0)
			account_release(out);
	}
	pthread_mutex_unlock(&edits);
	return rc;
}

/* Not while an edit could put it back. */
int account_drop(struct app *app, const char *id, int64_t *unbound,
		 struct err *e)
{
	int rc;

	pthread_mutex_lock(&edits);
	rc = accounts_delete(app, id, unbound, e);
	pthread_mutex_unlock(&edits);
	return rc;
}

static int64_t last_used(struct app *app, const struct account *a)
{
	int64_t at_ms = 0;
	struct err e;

	if (store_account_last_used(app->store, a->id, &at_ms, &e) < 0)
		log_note(LOG_WARN, "usage", "last use is missing: %s",
			 e.message);
	return at_ms;
}

cJSON *account_show(struct app *app, const struct account *a)
{
	cJSON *o = account_write(a);

	account_write_learned(o, app, a);
	account_add_status(o, app, a);
	field_add_time(o, "lastUsedAt", last_used(app, a));
	cJSON_AddItemToObject(o, "usage",
			      usage_summary(app, NULL, a->id, a->created_ms));
	return o;
}
