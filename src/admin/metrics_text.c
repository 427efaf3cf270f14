/* GET /metrics: Prometheus' text format, version 0.0.4. */
#include <string.h>
#include <sys/resource.h>

#include "admin/reply.h"
#include "admin/routes.h"
#include "app/metrics.h"
#include "base/clock.h"
#include "base/mem.h"
#include "store/account.h"
#include "store/conversation.h"

enum { TEXT_BYTES = 8 * 1024 * 1024 };

struct page {
	struct app *app;
	struct buf out;
	struct account *accounts;
	size_t naccounts;
};

static void begin(struct buf *out, const char *name, const char *type,
		  const char *help)
{
	buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* Backslash, quote and line feed are escaped in values of labels. */
static void add_label(struct buf *out, const char *name, const char *value)
{
	buf_addf(out, "%s=\"", name);
	for (; *value; value++) {
		if (*value == '\n')
			buf_adds(out, "\\n");
		else if (*value == '"' || *value == '\\')
			buf_addf(out, "\\%c", *value);
		else
			buf_addc(out, *value);
	}
	buf_addc(out, '"');
}

/* A deleted account is known by its id only. */
static const char *account_name(const struct page *p, const char *id)
{
	for (size_t i = 0; i < p->naccounts; i++) {
		if (strcmp(p->accounts[i].id, id) == 0)
			return p->accounts[i].name;
	}
	return id;
}

static void add_labels(struct page *p, const char *metric,
		       const struct metric_series *s, const char *more,
		       const char *value)
{
	buf_addf(&p->out, "%s{", metric);
	add_label(&p->out, "account", account_name(p, s->account_id));
	buf_addc(&p->out, ',');
	add_label(&p->out, "model", s->model);
	if (more) {
		buf_addc(&p->out, ',');
		add_label(&p->out, more, value);
	}
	buf_adds(&p->out, "} ");
}

static void add_requests(void *ctx, const struct metric_series *s)
{
	static const char *const outcomes[OUTCOMES] = {
	    "complete", "error", "aborted", "interrupted"};
	struct page *p = ctx;

	for (size_t i = 0; i < OUTCOMES; i++) {
		if (i == OUTCOME_INTERRUPTED)
			continue; /* counted by nobody: its process died */
		add_labels(p, "llmrelay_requests_total", s, "outcome",
			   outcomes[i]);
		buf_addf(&p->out, "%lld\n", (long long)s->requests[i]);
	}
}

static void add_tokens(void *ctx, const struct metric_series *s)
{
	struct page *p = ctx;
	const struct {
		const char *kind;
		int64_t n;
	} rows[] = {{"input", s->input},
		    {"output", s->output},
		    {"cache_read", s->cache_read},
		    {"cache_write", s->cache_write}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		add_labels(p, "llmrelay_tokens_total", s, "kind", rows[i].kind);
		buf_addf(&p->out, "%lld\n", (long long)rows[i].n);
	}
}

static void add_cost(void *ctx, const struct metric_series *s)
{
	struct page *p = ctx;

	add_labels(p, "llmrelay_cost_usd_total", s, NULL, NULL);
	buf_addf(&p->out, "%.10g\n", s->cost);
}

static const struct {
	const char *name, *help;
	void (*add)(void *ctx, const struct metric_series *s);
} series[] = {
    {"llmrelay_requests_total", "Requests that ended, by how.", add_requests},
    {"llmrelay_tokens_total", "Tokens, by kind.", add_tokens},
    {"llmrelay_cost_usd_total", "Cost by the accounts' prices.", add_cost},
};

static const struct {
	enum metric_histogram which;
	const char *name, *help;
} histograms[] = {
    {METRIC_OVERHEAD, "llmrelay_overhead_seconds",
     "From a request's acceptance until it is on its way to a backend."},
    {METRIC_FIRST_BYTE, "llmrelay_time_to_first_token_seconds",
     "From a request's acceptance until its backend's first bytes."},
    {METRIC_DURATION, "llmrelay_request_duration_seconds",
     "From a request's acceptance until its answer is complete."},
};

static void add_histogram(struct buf *out, struct metrics *m, size_t i)
{
	const char *name = histograms[i].name;
	struct metric_histogram_data h;
	int64_t sum = 0;

	metrics_histogram(m, histograms[i].which, &h);
	begin(out, name, "histogram", histograms[i].help);
	for (size_t b = 0; b < METRIC_BUCKETS; b++) {
		sum += h.count[b];
		buf_addf(out, "%s_bucket{le=\"%g\"} %lld\n", name, h.bounds[b],
			 (long long)sum);
	}
	sum += h.count[METRIC_BUCKETS];
	buf_addf(out, "%s_bucket{le=\"+Inf\"} %lld\n", name, (long long)sum);
	buf_addf(out, "%s_sum %.10g\n%s_count %lld\n", name, h.sum, name,
		 (long long)sum);
}

/* One gauge of every account. */
static void add_gauge(struct page *p, const char *name, const char *help,
		      int64_t (*value)(const struct pool_status *s))
{
	begin(&p->out, name, "gauge", help);
	for (size_t i = 0; i < p->naccounts; i++) {
		struct pool_status s;

		pool_status(p->app->pool, p->accounts[i].id, clock_mono_ms(),
			    &s);
		buf_addf(&p->out, "%s{", name);
		add_label(&p->out, "account", p->accounts[i].name);
		buf_addf(&p->out, "} %lld\n", (long long)value(&s));
	}
}

static int64_t in_flight(const struct pool_status *s)
{
	return s->in_flight;
}

static int64_t cooling(const struct pool_status *s)
{
	return s->cooling;
}

static void add_process(struct page *p)
{
	struct rusage use;

	getrusage(RUSAGE_SELF, &use);
	begin(&p->out, "llmrelay_in_flight", "gauge",
	      "Requests that are being relayed.");
	buf_addf(&p->out, "llmrelay_in_flight %lld\n", (long long)p->app->live);
	begin(&p->out, "llmrelay_waiting", "gauge",
	      "Those that wait for a place of their key or of an account.");
	buf_addf(&p->out, "llmrelay_waiting %lld\n",
		 (long long)p->app->waiting);
	begin(&p->out, "process_cpu_seconds_total", "counter",
	      "Processor time of the responder.");
	buf_addf(&p->out, "process_cpu_seconds_total %.6f\n",
		 (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
		     (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) /
			 1e6);
	begin(&p->out, "process_start_time_seconds", "gauge",
	      "When the responder started, since 1970-01-01 UTC.");
	buf_addf(&p->out, "process_start_time_seconds %.3f\n",
		 (double)p->app->started_ms / 1e3);
	begin(&p->out, "process_max_resident_memory_bytes", "gauge",
	      "Largest resident memory of the responder so far.");
	buf_addf(&p->out, "process_max_resident_memory_bytes %lld\n",
		 (long long)use.ru_maxrss * 1024);
}

static void add_store(struct page *p)
{
	begin(&p->out, "llmrelay_conversation_bytes", "gauge",
	      "What the kept conversations of message threads take.");
	buf_addf(&p->out, "llmrelay_conversation_bytes %lld\n",
		 (long long)store_conversation_bytes(p->app->store));
}

static void write_page(struct page *p)
{
	for (size_t i = 0; i < sizeof(series) / sizeof(series[0]); i++) {
		begin(&p->out, series[i].name, "counter", series[i].help);
		metrics_each(p->app->metrics, series[i].add, p);
	}
	for (size_t i = 0; i < sizeof(histograms) / sizeof(histograms[0]); i++)
		add_histogram(&p->out, p->app->metrics, i);
	add_gauge(p, "llmrelay_account_in_flight",
		  "Requests that an account has now.", in_flight);
	add_gauge(p, "llmrelay_account_cooling",
		  "1 while an account is left alone after failures.", cooling);
	add_store(p);
	add_process(p);
}

enum route_result metrics_get(struct app *app, struct request *r,
			      const struct route_args *args)
{
	struct page p = {.app = app, .out = BUF_INIT(TEXT_BYTES)};
	struct err e;

	(void)args;
	if (store_account_list(app->store, &p.accounts, &p.naccounts, &e) < 0)
		return reply_err(r, &e);
	write_page(&p);
	response_send(r, 200, "text/plain; version=0.0.4; charset=utf-8",
		      buf_str(&p.out), NULL, 0);
	account_list_free(p.accounts, p.naccounts);
	buf_release(&p.out);
	return ROUTE_ANSWERED;
}
