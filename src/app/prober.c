#include "app/prober.h"

#include <pthread.h>

#include "app/backend.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/probe.h"

enum { AT_ONCE = 32, LIMIT_MS = 5000 };

struct prober {
	struct app *app;
	pthread_mutex_t lock;
	bool stopping;
};

/* One account that is looked at. */
struct look {
	struct app *app;
	struct pool_view view;
};

struct prober *prober_new(struct app *app)
{
	struct prober *p = mem_zalloc(sizeof(*p));

	p->app = app;
	pthread_mutex_init(&p->lock, NULL);
	return p;
}

void prober_free(struct prober *p)
{
	if (!p)
		return;
	pthread_mutex_destroy(&p->lock);
	mem_free(p);
}

static void done(void *ctx, struct probe_result *r)
{
	struct look *look = ctx;
	struct backend *b = look->view.data;

	/* What it says to others, a refusal too, is no list. */
	if (r->nmodels)
		pool_ready(look->app->pool, b->account.id, b, clock_mono_ms());
	log_note(LOG_DEBUG, "probe", "%s: %s", b->account.name,
		 r->nmodels ? "its models are there" : "no list of models");
	b->probe_after_ms = clock_mono_ms() + b->account.probe_seconds * 1000;
	probe_result_release(r);
	pool_unview(look->app->pool, &look->view);
	mem_free(look);
}

static void begin(struct loop *l, void *ctx)
{
	struct look *look = ctx;
	const struct backend *b = look->view.data;
	struct probe_spec spec = {
	    .models_url = b->models_url,
	    .headers = b->headers,
	    .nheaders = b->nheaders,
	    .proxy = b->account.proxy,
	    .limit_ms = LIMIT_MS,
	};

	probe_start(l, &spec, done, look);
}

static bool is_due(const struct backend *b)
{
	return b->account.probe_seconds && b->models_url &&
	       clock_mono_ms() >= b->probe_after_ms;
}

static void start(struct prober *p, struct pool_view *v)
{
	struct backend *b = v->data;
	struct look *look = mem_zalloc(sizeof(*look));

	b->probe_after_ms = INT64_MAX; /* until it has answered */
	*look = (struct look){p->app, *v};
	*v = (struct pool_view){NULL, NULL};
	loop_post(app_loop(p->app), begin, look);
}

void prober_tick(struct prober *p)
{
	struct pool_view views[AT_ONCE];
	size_t n = pool_cooling(p->app->pool, clock_mono_ms(), views, AT_ONCE);

	pthread_mutex_lock(&p->lock);
	for (size_t i = 0; i < n; i++) {
		if (!p->stopping && is_due(views[i].data))
			start(p, &views[i]);
	}
	pthread_mutex_unlock(&p->lock);
	for (size_t i = 0; i < n; i++)
		pool_unview(p->app->pool, &views[i]);
}

void prober_stop(struct prober *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	p->stopping = true;
	pthread_mutex_unlock(&p->lock);
}
