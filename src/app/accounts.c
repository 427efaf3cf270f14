#include "app/accounts.h"

#include <pthread.h>
#include <string.h>

#include "app/backend.h"
#include "app/bindings.h"
#include "base/mem.h"

/* A pattern stands for names that only the client knows. */
static bool is_pattern(const char *name)
{
	return str_ends(str_of(name), STR("*"));
}

/*
 * What is sent for a supported name (admin-api.md, supportedModels): what its
 * map says, else the deployment; without one a Claude name is sent as the
 * first entry, any other name as it stands.  An account that speaks Anthropic's
 * protocol knows Claude's names itself.  NULL: as it was asked.
 */
static const char *sent_for(const struct account *a, const char *asked,
			    const char *mapped)
{
	const char *first = a->models[0].asked;
	bool claude = str_istarts(str_of(asked), STR("claude")) &&
		      !str_is(str_of(a->protocol), "anthropic");

	if (mapped && mapped[0])
		return mapped;
	if (a->deployment && a->deployment[0])
		return a->deployment;
	if (claude && !is_pattern(first))
		return first;
	return is_pattern(asked) ? NULL : asked;
}

const char *accounts_sent_model(const struct account *a, size_t model)
{
	bool has_deployment = a->deployment && a->deployment[0];

	if (model < a->nmodels)
		return sent_for(a, a->models[model].asked,
				a->models[model].sent);
	return has_deployment ? a->deployment : NULL;
}

static enum pool_access access_of(const struct account *a)
{
	if (strcmp(a->account_type, "group") == 0)
		return POOL_GROUP;
	return strcmp(a->account_type, "dedicated") == 0 ? POOL_DEDICATED
							 : POOL_SHARED;
}

static void pool_in(struct app *app, const struct account *a)
{
	struct model_pair *pairs = mem_array(a->nmodels, sizeof(*pairs));
	struct backend *b = backend_new(a, app->settings);

	b->lessons = lesson_book_open(app->lessons, a);
	for (size_t i = 0; i < a->nmodels; i++) {
		pairs[i].asked = a->models[i].asked;
		pairs[i].sent = accounts_sent_model(a, i);
	}
	pool_put(app->pool,
		 &(struct pool_account){
		     .id = a->id,
		     .name = a->name,
		     .active = a->active,
		     .schedulable = a->schedulable,
		     .priority = a->priority,
		     .weight = a->weight,
		     .max_concurrent = a->max_concurrent,
		     .capabilities = a->capabilities,
		     .serves = b->anthropic
				   ? FACE_MESSAGES | FACE_NATIVE
				   : FACE_MESSAGES | FACE_THREADS | FACE_OPENAI,
		     .models = pairs,
		     .nmodels = a->nmodels,
		     .default_sent = accounts_sent_model(a, a->nmodels),
		     .access = access_of(a),
		     .groups = (const char *const *)a->groups,
		     .ngroups = a->ngroups,
		     .data = b,
		 });
	mem_free(pairs);
}

/* Changes reach the pool in the order in which they reached the store. */
static pthread_mutex_t in_step = PTHREAD_MUTEX_INITIALIZER;

static bool is_listed(const struct account *list, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(list[i].id, id) == 0)
			return true;
	}
	return false;
}

/* What was learned, of accounts that are still there. */
static int load_lessons(struct app *app, const struct account *list, size_t n,
			struct err *e)
{
	struct learned *learned;
	size_t nlearned;
	int rc = 0;

	if (store_learned_list(app->store, &learned, &nlearned, e) < 0)
		return -1;
	for (size_t i = 0; i < nlearned && rc == 0; i++) {
		const char *id = learned[i].account_id;

		if (is_listed(list, n, id))
			lesson_book_adopt(app->lessons, &learned[i]);
		else
			rc = store_learned_delete(app->store, id, e);
	}
	learned_list_free(learned, nlearned);
	return rc;
}

int accounts_load(struct app *app, struct err *e)
{
	struct account *list;
	size_t n;

	if (store_account_list(app->store, &list, &n, e) < 0)
		return -1;
	if (load_lessons(app, list, n, e) < 0) {
		account_list_free(list, n);
		return -1;
	}
	for (size_t i = 0; i < n; i++)
		pool_in(app, &list[i]);
	account_list_free(list, n);
	return 0;
}

int accounts_renew(struct app *app, struct err *e)
{
	struct account *list;
	size_t n;
	int rc;

	pthread_mutex_lock(&in_step);
	rc = store_account_list(app->store, &list, &n, e);
	for (size_t i = 0; rc == 0 && i < n; i++)
		pool_in(app, &list[i]);
	if (rc == 0)
		account_list_free(list, n);
	pthread_mutex_unlock(&in_step);
	return rc;
}

int accounts_put(struct app *app, struct account *a, struct err *e)
{
	int rc;

	pthread_mutex_lock(&in_step);
	rc = bindings_check_account(app, a, e);
	if (rc == 0)
		rc = store_account_put(app->store, a, e);
	if (rc == 0)
		pool_in(app, a);
	pthread_mutex_unlock(&in_step);
	return rc;
}

int accounts_delete(struct app *app, const char *id, int64_t *unbound,
		    struct err *e)
{
	int rc;

	pthread_mutex_lock(&in_step);
	rc = store_account_delete(app->store, id, e);
	if (rc == 0) {
		pool_remove(app->pool, id);
		lesson_book_drop(app->lessons, id);
		/* A record that stays goes at the next start. */
		store_learned_delete(app->store, id, NULL);
		rc = bindings_unbind(app, id, unbound, e);
	}
	pthread_mutex_unlock(&in_step);
	return rc;
}

int accounts_drop_group(struct app *app, const char *id, struct err *e)
{
	int rc;

	pthread_mutex_lock(&in_step);
	rc = bindings_drop_group(app, id, e);
	pthread_mutex_unlock(&in_step);
	return rc;
}
