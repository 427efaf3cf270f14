#include <math.h>
#include <string.h>

#include "app/lessons_impl.h"
#include "base/mem.h"
#include "proto/refusal.h"

enum {
	REFUSAL_MS = 24 * 3600 * 1000, /* servers are upgraded */
	MEASURED_MS = 60 * 1000,       /* measurements are written so often */
	SAMPLES_NEEDED = 5,
	SAMPLES_WEIGHED = 32,	 /* a later one moves the factor by 1/32 */
	SAMPLE_MIN_TOKENS = 100, /* below, the chat template is most of it */
	WINDOW_MAX = 1 << 30
};

static const double scale_min = 0.5, scale_max = 3;
/* As token_estimate's own: clients that count too low compact too late. */
static const double headroom = 1.05;

struct lessons *lessons_new(void)
{
	struct lessons *l = mem_zalloc(sizeof(*l));

	l->refs = 1;
	l->due_ms = INT64_MAX;
	pthread_mutex_init(&l->lock, NULL);
	return l;
}

void lessons_release(struct lessons *l)
{
	if (!l || --l->refs > 0)
		return;
	learned_release(&l->l);
	pthread_mutex_destroy(&l->lock);
	mem_free(l);
}

static struct learned_model *model_of(struct lessons *l, struct str model)
{
	for (size_t i = 0; i < l->l.nmodels; i++) {
		if (str_is(model, l->l.models[i].model))
			return &l->l.models[i];
	}
	return NULL;
}

static struct learned_model *oldest(struct lessons *l)
{
	struct learned_model *m = &l->l.models[0];

	for (size_t i = 1; i < l->l.nmodels; i++) {
		if (l->l.models[i].updated_ms < m->updated_ms)
			m = &l->l.models[i];
	}
	return m;
}

/* Names that would be cut are nobody's: NULL. */
static struct learned_model *model_make(struct lessons *l, struct str model)
{
	struct learned_model *m = model_of(l, model);

	if (m || model.n >= LEARNED_NAME_BYTES)
		return m;
	if (!l->l.models)
		l->l.models = mem_array(LEARNED_MODELS, sizeof(*l->l.models));
	if (l->l.nmodels < LEARNED_MODELS)
		m = &l->l.models[l->l.nmodels++];
	else
		m = oldest(l);
	memset(m, 0, sizeof(*m));
	str_put(m->model, sizeof(m->model), model);
	return m;
}

/* Something changed and is to be written by then. */
static void changed(struct lessons *l, struct learned_model *m, int64_t now_ms,
		    int64_t due_ms)
{
	m->updated_ms = now_ms;
	if (due_ms < l->due_ms)
		l->due_ms = due_ms;
}

bool learned_refusal_holds(const struct learned_refusal *r, int64_t now_ms)
{
	return now_ms - r->since_ms < REFUSAL_MS;
}

double learned_scale(const struct learned_model *m)
{
	/* Not what a damaged record says. */
	if (m->token_samples < SAMPLES_NEEDED ||
	    !(m->token_scale >= scale_min && m->token_scale <= scale_max))
		return 1;
	return m->token_scale;
}

static unsigned refused_now(const struct learned_model *m, int64_t now_ms)
{
	unsigned bits = 0;

	for (size_t i = 0; i < m->nrefusals; i++) {
		if (learned_refusal_holds(&m->refusals[i], now_ms))
			bits |= refusal_bit(str_of(m->refusals[i].name));
	}
	return bits;
}

struct lesson lessons_for(struct lessons *l, struct str model, int64_t now_ms)
{
	struct lesson found = {0, 0};
	const struct learned_model *m;

	if (!l)
		return found;
	pthread_mutex_lock(&l->lock);
	m = model_of(l, model);
	if (m)
		found =
		    (struct lesson){refused_now(m, now_ms), m->context_window};
	pthread_mutex_unlock(&l->lock);
	return found;
}

int64_t lessons_estimate(struct lessons *l, struct str model, int64_t raw)
{
	const struct learned_model *m;
	bool measured;
	double scale = 1;

	if (!l || raw <= 0)
		return raw;
	pthread_mutex_lock(&l->lock);
	m = model_of(l, model);
	measured = m && m->token_samples >= SAMPLES_NEEDED;
	if (measured)
		scale = learned_scale(m);
	pthread_mutex_unlock(&l->lock);
	return measured ? (int64_t)ceil((double)raw * scale * headroom) : raw;
}

static struct learned_refusal *refusal_of(struct learned_model *m,
					  const char *name)
{
	struct learned_refusal *r = m->refusals;

	for (size_t i = 0; i < m->nrefusals; i++) {
		if (strcmp(m->refusals[i].name, name) == 0)
			return &m->refusals[i];
		if (m->refusals[i].since_ms < r->since_ms)
			r = &m->refusals[i];
	}
	if (m->nrefusals < LEARNED_REFUSALS)
		r = &m->refusals[m->nrefusals++];
	str_put(r->name, sizeof(r->name), str_of(name));
	return r;
}

void lessons_refusal(struct lessons *l, struct str model, unsigned bit,
		     int64_t now_ms)
{
	const char *name = refusal_name(bit);
	struct learned_model *m;

	if (!l || !name)
		return;
	pthread_mutex_lock(&l->lock);
	m = model_make(l, model);
	if (m) {
		refusal_of(m, name)->since_ms = now_ms;
		changed(l, m, now_ms, now_ms);
	}
	pthread_mutex_unlock(&l->lock);
}

void lessons_window(struct lessons *l, struct str model, int64_t tokens,
		    int64_t now_ms)
{
	struct learned_model *m;

	if (!l || tokens <= 0 || tokens > WINDOW_MAX)
		return;
	pthread_mutex_lock(&l->lock);
	m = model_make(l, model);
	if (m && m->context_window != tokens) {
		m->context_window = tokens;
		changed(l, m, now_ms, now_ms);
	}
	pthread_mutex_unlock(&l->lock);
}

static void learn_usage(struct lessons *l, struct learned_model *m,
			const struct lesson_answer *answer, int64_t now_ms)
{
	const char *word = !answer->usage->reported ? "none"
			   : answer->continuous	    ? "continuous"
						    : "final";

	if (strcmp(m->usage, word) == 0)
		return;
	str_put(m->usage, sizeof(m->usage), str_of(word));
	/* Streams and plain answers may differ: not each time. */
	changed(l, m, now_ms, now_ms + MEASURED_MS);
}

static double clamped(double x)
{
	return x < scale_min ? scale_min : x > scale_max ? scale_max : x;
}

/* A mean at first, a slow moving one after that. */
static void learn_scale(struct lessons *l, struct learned_model *m,
			int64_t prompt, int64_t raw, int64_t now_ms)
{
	double ratio = clamped((double)prompt / (double)raw);

	if (m->token_samples < 0 || !isfinite(m->token_scale))
		m->token_samples = 0;
	if (m->token_samples < SAMPLES_WEIGHED)
		m->token_samples++;
	if (m->token_samples == 1)
		m->token_scale = ratio;
	m->token_scale = clamped(m->token_scale + (ratio - m->token_scale) /
						      (double)m->token_samples);
	changed(l, m, now_ms, now_ms + MEASURED_MS);
}

void lessons_answer(struct lessons *l, struct str model,
		    const struct lesson_answer *answer, int64_t now_ms)
{
	const struct usage *u = answer->usage;
	int64_t prompt = u->input + u->cache_read + u->cache_write;
	struct learned_model *m;

	if (!l)
		return;
	pthread_mutex_lock(&l->lock);
	m = model_make(l, model);
	if (m) {
		learn_usage(l, m, answer, now_ms);
		if (u->reported && answer->raw >= SAMPLE_MIN_TOKENS)
			learn_scale(l, m, prompt, answer->raw, now_ms);
		/* It holds more than was known: started anew with more. */
		if (u->reported && m->context_window > 0 &&
		    prompt + u->output > m->context_window) {
			m->context_window = 0;
			changed(l, m, now_ms, now_ms);
		}
	}
	pthread_mutex_unlock(&l->lock);
}
