#include "app/prices.h"

#include <pthread.h>

#include "base/mem.h"
#include "sched/model_map.h"

struct prices {
	pthread_rwlock_t lock;
	struct model_price *list;
	size_t n;
	pthread_mutex_t in_step; /* of the store and the list */
};

struct prices *prices_new(void)
{
	struct prices *p = mem_zalloc(sizeof(*p));

	pthread_rwlock_init(&p->lock, NULL);
	pthread_mutex_init(&p->in_step, NULL);
	return p;
}

void prices_free(struct prices *p)
{
	if (!p)
		return;
	pthread_rwlock_destroy(&p->lock);
	pthread_mutex_destroy(&p->in_step);
	mem_free(p->list);
	mem_free(p);
}

int prices_load(struct app *app, struct err *e)
{
	struct prices *p = app->prices;
	struct model_price *list, *old;
	size_t n;

	if (store_price_list(app->store, &list, &n, e) < 0)
		return -1;
	pthread_rwlock_wrlock(&p->lock);
	old = p->list;
	p->list = list;
	p->n = n;
	pthread_rwlock_unlock(&p->lock);
	mem_free(old);
	return 0;
}

bool prices_find_model(struct app *app, const char *model, struct price *out)
{
	struct prices *p = app->prices;
	int best = 0;

	pthread_rwlock_rdlock(&p->lock);
	for (size_t i = 0; i < p->n && model[0]; i++) {
		int score = model_match(p->list[i].model, str_of(model));

		if (score > best) {
			best = score;
			*out = p->list[i].price;
		}
	}
	pthread_rwlock_unlock(&p->lock);
	return best > 0;
}

bool prices_find(struct app *app, const struct account *a,
		 const struct ledger_row *row, struct price *out)
{
	if (a->priced) {
		*out = a->price;
		return true;
	}
	return prices_find_model(app, row->sent_model, out) ||
	       prices_find_model(app, row->model, out);
}

int prices_put(struct app *app, struct model_price *list, size_t n,
	       struct err *e)
{
	int rc;

	pthread_mutex_lock(&app->prices->in_step);
	rc = store_price_put(app->store, list, n, e);
	if (rc == 0)
		rc = prices_load(app, e);
	pthread_mutex_unlock(&app->prices->in_step);
	return rc;
}

int prices_delete(struct app *app, const char *model, struct err *e)
{
	int rc;

	pthread_mutex_lock(&app->prices->in_step);
	rc = store_price_delete(app->store, model, e);
	if (rc == 0)
		rc = prices_load(app, e);
	pthread_mutex_unlock(&app->prices->in_step);
	return rc;
}
