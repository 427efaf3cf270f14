/* The end of an exchange: usage, outcome, accountant, last bytes. */
#include "relay/exchange.h"

#include "app/metrics.h"
#include "app/prices.h"
#include "base/clock.h"
#include "base/log.h"

enum { LINGER_MS = 1000 };

static const char *const outcomes[] = {
    [OUTCOME_COMPLETE] = "complete",
    [OUTCOME_ERROR] = "error",
    [OUTCOME_ABORTED] = "aborted",
    [OUTCOME_INTERRUPTED] = "interrupted",
};

/* What the backend was not told (messages-api §§4, 6, 7.3). */
static void log_dropped(const struct exchange *x, struct logline *l)
{
	static const struct {
		unsigned bit;
		const char *word;
	} words[] = {
	    {DROPPED_BLOCKS, "blocks"},
	    {DROPPED_DOCUMENTS, "documents"},
	    {DROPPED_SERVER_TOOLS, "server_tools"},
	    {DROPPED_MCP_SERVERS, "mcp_servers"},
	    {EXCHANGE_DROPPED_STOPS, "stops"},
	};
	struct buf list = BUF_INIT(128);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!(x->chat.dropped & words[i].bit))
			continue;
		if (list.len)
			buf_addc(&list, ',');
		buf_adds(&list, words[i].word);
	}
	if (list.len)
		log_str(l, "dropped", buf_str(&list));
	buf_release(&list);
}

static void log_exchange(const struct exchange *x)
{
	const struct ledger_row *row = &x->row;
	struct logline l;

	log_begin(&l, LOG_INFO, "request");
	log_cstr(&l, "id", x->req->id);
	log_str(&l, "method", x->req->method);
	log_str(&l, "path", x->req->path);
	log_int(&l, "status", row->status);
	log_cstr(&l, "outcome", outcomes[row->outcome]);
	log_cstr(&l, "key", row->key_id);
	log_cstr(&l, "account", row->account_id);
	log_cstr(&l, "model", row->model);
	log_cstr(&l, "sent_model", row->sent_model);
	log_int(&l, "stream", row->stream);
	log_int(&l, "attempts", row->attempts);
	log_int(&l, "ms", row->duration_ms);
	log_int(&l, "first_ms", row->first_byte_ms);
	if (x->wait.waited_ms)
		log_int(&l, "queued_ms", x->wait.waited_ms);
	log_int(&l, "input", row->input);
	log_int(&l, "cached", row->cache_read);
	log_int(&l, "output", row->output);
	if (row->error[0])
		log_cstr(&l, "error", row->error);
	else
		log_cstr(&l, "stop", row->stop_reason);
	if (x->search)
		log_cstr(&l, "search", search_outcome(x->search));
	log_dropped(x, &l);
	log_end(&l);
}

/* What was mended on the way: somebody should look at this backend. */
static void log_notes(const struct exchange *x)
{
	for (unsigned notes = x->reply ? reply_notes(x->reply) : 0; notes;
	     notes &= notes - 1) {
		struct logline l;

		log_begin(&l, LOG_WARN, "mended");
		log_cstr(&l, "id", x->req->id);
		log_cstr(&l, "account", x->row.account_id);
		log_cstr(&l, "text", reply_note_text(notes));
		log_end(&l);
	}
}

void exchange_let_go(struct exchange *x)
{
	struct app *app = x->app;

	if (!x->gone)
		exchange_push(x);
	exchange_close(x);
	log_exchange(x);
	log_notes(x);
	exchange_free(x);
	app->live--;
}

static void store_thread(void *arg)
{
	struct exchange *x = arg;

	thread_store(x->thread);
}

static void thread_stored(struct loop *l, void *arg)
{
	struct exchange *x = arg;

	(void)l;
	x->working = false;
	if (x->stopped)
		exchange_end_stopped(x);
	else
		exchange_let_go(x);
}

/* Accounted for.  A conversation is stored before the last byte leaves: the
 * client may go on with it at once. */
static void settled_on_loop(struct loop *l, void *arg)
{
	struct exchange *x = arg;

	if (x->transfer)
		transfer_linger(x->transfer, LINGER_MS);
	/* Before the last byte: a client that asks again at once is let in. */
	admit_leave(x->app->admit, &x->caller);
	if (!x->thread || x->gone || x->row.outcome != OUTCOME_COMPLETE) {
		exchange_let_go(x);
		return;
	}
	thread_answer(x->thread, x->message_id, chat_reply_content(x->reply));
	x->working = true;
	loop_work(l, store_thread, thread_stored, x);
}

static void settled(void *ctx, bool stored)
{
	struct exchange *x = ctx;

	(void)stored; /* the accountant has said so in the log */
	loop_post(x->loop, settled_on_loop, x);
}

static void add_cost(struct exchange *x)
{
	const struct backend *b = x->account.data;
	struct price price;

	if (prices_find(x->app, &b->account, &x->row, &price))
		price_row(&x->row, &price);
}

static void add_usage(struct exchange *x)
{
	const struct usage *u = reply_usage(x->reply);
	struct ledger_row *row = &x->row;

	row->input = u->input;
	row->output = u->output;
	row->cache_read = u->cache_read;
	row->cache_write = u->cache_write;
	row->thinking = u->thinking;
	row->estimated = !u->reported;
	str_put(row->stop_reason, sizeof(row->stop_reason),
		str_of(reply_stop_reason(x->reply)));
}

/* What a complete answer to a request of ours says about its backend.  Images
 * and what was left out make the estimate no measure. */
static void learn(const struct exchange *x)
{
	bool plain = !x->chat.has_images && !x->chat.dropped;
	struct lesson_answer answer = {
	    .usage = reply_usage(x->reply),
	    .continuous = reply_usage_early(x->reply),
	    .raw = plain ? x->input_estimate : 0,
	};

	backend_learn_answer(x->account.data, str_of(x->account.sent_model),
			     &answer);
}

/* Of ours, until it was on its way; -1: it never was. */
static int64_t overhead_us(const struct exchange *x)
{
	if (!x->sent_us)
		return -1;
	return x->sent_us - x->req->started_us - x->wait.waited_ms * 1000;
}

void exchange_settle(struct exchange *x, enum ledger_outcome outcome)
{
	struct ledger_row *row = &x->row;

	x->settling = true;
	loop_timer_stop(x->timer);
	row->outcome = outcome;
	row->duration_ms = (clock_mono_us() - x->req->started_us) / 1000;
	if (outcome == OUTCOME_ABORTED) {
		struct err left;
		struct buf nowhere = BUF_INIT(4096);

		err_set(&left, ERR_UPSTREAM, "the client left");
		reply_fail(x->reply, &left, STR_NONE, &nowhere);
		buf_release(&nowhere);
		row->status = EXCHANGE_CLIENT_GONE;
	}
	/* An error before anything was sent costs nothing. */
	if (outcome != OUTCOME_ERROR || row->status == 200)
		add_usage(x);
	if (x->account.slot && outcome == OUTCOME_COMPLETE && !x->passes)
		learn(x);
	if (x->account.slot)
		add_cost(x);
	pool_return(x->app->pool, &x->account, clock_mono_ms());
	spend_settle(x->app, &x->spend, row);
	metrics_count(x->app->metrics, row, overhead_us(x));
	accountant_submit(x->app->accountant, row, settled, x);
}
