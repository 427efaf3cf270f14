#include "app/metrics.h"

#include <pthread.h>
#include <string.h>

#include "base/mem.h"

struct metrics {
	pthread_mutex_t lock;
	struct metric_series *series;
	size_t n, cap;
	size_t last; /* the one that was counted last: mostly the next too */
	struct metric_histogram_data histogram[METRIC_HISTOGRAMS];
};

static const double bounds[METRIC_HISTOGRAMS][METRIC_BUCKETS] = {
    [METRIC_OVERHEAD] = {.0001, .00025, .0005, .001, .0025, .005, .01, .025,
			 .05, .1, .25, 1},
    [METRIC_FIRST_BYTE] = {.05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120, 300},
    [METRIC_DURATION] = {.1, .5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600},
};

struct metrics *metrics_new(void)
{
	struct metrics *m = mem_zalloc(sizeof(*m));

	pthread_mutex_init(&m->lock, NULL);
	for (size_t i = 0; i < METRIC_HISTOGRAMS; i++)
		m->histogram[i].bounds = bounds[i];
	return m;
}

void metrics_free(struct metrics *m)
{
	if (!m)
		return;
	mem_free(m->series);
	pthread_mutex_destroy(&m->lock);
	mem_free(m);
}

static bool is_of(const struct metric_series *s, const char *account_id,
		  const char *model)
{
	return strcmp(s->account_id, account_id) == 0 &&
	       strcmp(s->model, model) == 0;
}

static struct metric_series *add(struct metrics *m, const char *account_id,
				 const char *model)
{
	struct metric_series *s;

	if (m->n == m->cap) {
		m->cap = m->cap ? m->cap * 2 : 16;
		m->series = mem_realloc(m->series, m->cap * sizeof(*m->series));
	}
	s = &m->series[m->n];
	memset(s, 0, sizeof(*s));
	str_put(s->account_id, sizeof(s->account_id), str_of(account_id));
	str_put(s->model, sizeof(s->model), str_of(model));
	m->last = m->n++;
	return s;
}

static struct metric_series *
series_of(struct metrics *m, const char *account_id, const char *model)
{
	if (m->n && is_of(&m->series[m->last], account_id, model))
		return &m->series[m->last];
	for (size_t i = 0; i < m->n; i++) {
		if (is_of(&m->series[i], account_id, model)) {
			m->last = i;
			return &m->series[i];
		}
	}
	if (m->n < METRIC_SERIES || strcmp(model, "other") == 0)
		return add(m, account_id, model);
	return series_of(m, account_id, "other");
}

static void observe(struct metric_histogram_data *h, double seconds)
{
	size_t i = 0;

	while (i < METRIC_BUCKETS && seconds > h->bounds[i])
		i++;
	h->count[i]++;
	h->sum += seconds;
}

void metrics_count(struct metrics *m, const struct ledger_row *row,
		   int64_t overhead_us)
{
	struct metric_series *s;

	pthread_mutex_lock(&m->lock);
	s = series_of(m, row->account_id, row->sent_model);
	s->requests[row->outcome]++;
	s->input += row->input;
	s->output += row->output;
	s->cache_read += row->cache_read;
	s->cache_write += row->cache_write;
	s->cost += row->cost;
	if (overhead_us >= 0)
		observe(&m->histogram[METRIC_OVERHEAD],
			(double)overhead_us / 1e6);
	if (row->first_byte_ms >= 0)
		observe(&m->histogram[METRIC_FIRST_BYTE],
			(double)row->first_byte_ms / 1e3);
	observe(&m->histogram[METRIC_DURATION], (double)row->duration_ms / 1e3);
	pthread_mutex_unlock(&m->lock);
}

void metrics_each(struct metrics *m,
		  void (*fn)(void *ctx, const struct metric_series *s),
		  void *ctx)
{
	struct metric_series copy;

	for (size_t i = 0;; i++) {
		bool more;

		pthread_mutex_lock(&m->lock);
		more = i < m->n;
		if (more)
			copy = m->series[i];
		pthread_mutex_unlock(&m->lock);
		if (!more)
			return;
		fn(ctx, &copy);
	}
}

void metrics_histogram(struct metrics *m, enum metric_histogram which,
		       struct metric_histogram_data *out)
{
	pthread_mutex_lock(&m->lock);
	*out = m->histogram[which];
	pthread_mutex_unlock(&m->lock);
}
