#include "relay/count.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "relay/hold.h"
#include "web/response.h"

enum {
	QUESTION_BYTES = 256 * 1024 * 1024, /* escapes can triple a body */
	ANSWER_BYTES = 32 * 1024 * 1024,
	ERROR_BYTES = 4096, /* that much of a refusal is looked at */
	STATUS_CLIENT_GONE = 499
};

const char count_header[] = "x-llmrelay-count";

struct count *count_new(struct app *app, struct request *r)
{
	struct count *c = mem_zalloc(sizeof(*c));

	c->app = app;
	c->req = r;
	jdoc_init(&c->doc);
	buf_init(&c->question, QUESTION_BYTES);
	buf_init(&c->answer, ANSWER_BYTES);
	return c;
}

void count_free(struct count *c)
{
	for (size_t i = 0; i < c->nsources; i++)
		pool_unview(c->app->pool, &c->sources[i].account);
	hold_set(c->app, &c->held, 0);
	loop_hook_remove(&c->on_stop);
	jdoc_release(&c->doc);
	arena_release(&c->scratch);
	buf_release(&c->question);
	buf_release(&c->answer);
	mem_free(c->url);
	if (c->req)
		request_free(c->req);
	mem_free(c);
}

void count_body(struct buf *out, int64_t tokens)
{
	buf_addf(out, "{\"input_tokens\":%lld}", (long long)tokens);
}

static void log_count(const struct count *c)
{
	const struct request *r = c->req;
	struct logline l;

	log_begin(&l, LOG_INFO, "request");
	log_cstr(&l, "id", r->id);
	log_str(&l, "method", r->method);
	log_str(&l, "path", r->path);
	log_int(&l, "status", r->status);
	log_str(&l, "model", c->chat.model);
	if (c->counted)
		log_cstr(&l, "account", count_backend(c)->account.id);
	log_cstr(&l, "count", c->counted ? "backend" : "estimate");
	log_int(&l, "input", c->tokens);
	log_int(&l, "ms", (clock_mono_us() - r->started_us) / 1000);
	log_end(&l);
}

/* Nothing of it is on the loop any more. */
static void end(struct count *c)
{
	struct app *app = c->app;

	log_count(c);
	count_free(c);
	app->live--;
}

static void answer(struct count *c)
{
	struct response_header by = {
	    count_header, c->counted ? STR("backend") : STR("estimate")};
	struct buf text = BUF_INIT(8192);

	c->req->status = 200;
	response_head(&text, 200, "application/json", str_of(c->req->id), &by,
		      1);
	count_body(&text, c->tokens);
	fcgi_out_add(c->out, buf_str(&text));
	fcgi_out_end(c->out);
	c->out = NULL;
	buf_release(&text);
}

static void finish(struct count *c)
{
	answer(c);
	end(c);
}

static void ask(struct count *c);
static void failed(struct count *c, enum count_fault fault);

/* ------------------------------------------- reading and writing, elsewhere */

static void work_read(void *arg)
{
	count_read(arg);
}

static void work_write(void *arg)
{
	count_write(arg);
}

/* The client left, or the loop stops: the answer is nobody's concern. */
static bool is_over(struct count *c)
{
	c->working = false;
	if (c->out)
		return false;
	end(c);
	return true;
}

static void was_read(struct loop *l, void *arg)
{
	struct count *c = arg;

	(void)l;
	if (is_over(c))
		return;
	switch (c->result) {
	case TOKENIZE_COUNTED:
		c->tokens = c->told.tokens;
		c->counted = true;
		finish(c);
		break;
	case TOKENIZE_MORE:
		c->step++;
		count_next_url(c);
		ask(c);
		break;
	case TOKENIZE_NONSENSE:
		failed(c, COUNT_NONSENSE);
		break;
	}
}

static void ask_next_source(struct count *c)
{
	c->until_ms = loop_now_ms(c->loop) + COUNT_LIMIT_MS;
	if (buf_ok(&c->question))
		ask(c);
	else
		failed(c, COUNT_REFUSED); /* too large once translated */
}

static void was_written(struct loop *l, void *arg)
{
	struct count *c = arg;

	(void)l;
	if (!is_over(c))
		ask_next_source(c);
}

static void failed(struct count *c, enum count_fault fault)
{
	count_note(c, fault);
	if (++c->at == c->nsources) {
		finish(c);
		return;
	}
	c->working = true;
	loop_work(c->loop, work_write, was_written, c);
}

/* --------------------------------------------------------- the transfer */

static int on_head(void *ctx, const struct transfer_head *head)
{
	struct count *c = ctx;

	c->status = head->status;
	return 0;
}

static int on_data(void *ctx, struct str bytes)
{
	struct count *c = ctx;

	buf_addstr(&c->answer, bytes);
	if (buf_ok(&c->answer) &&
	    (c->status == 200 || c->answer.len <= ERROR_BYTES))
		return 0;
	c->transfer = NULL;
	failed(c, c->status == 200 ? COUNT_REFUSED : count_fault_of(c));
	return 1;
}

static void on_flush(void *ctx)
{
	(void)ctx;
}

static void on_done(void *ctx, enum transfer_end end, const char *detail)
{
	struct count *c = ctx;

	c->transfer = NULL;
	if (end != TRANSFER_OK) {
		log_note(LOG_INFO, "upstream", "id=%s account=%s %s",
			 c->req->id, count_backend(c)->account.id, detail);
		failed(c, COUNT_BUSY);
		return;
	}
	if (c->status != 200) {
		failed(c, count_fault_of(c));
		return;
	}
	c->working = true;
	loop_work(c->loop, work_read, was_read, c);
}

static const struct transfer_events events = {on_head, on_data, on_flush,
					      on_done};

static void ask(struct count *c)
{
	const struct backend *b = count_backend(c);
	int64_t left = c->until_ms - loop_now_ms(c->loop);
	const char *headers[BACKEND_HEADERS + FORWARDED_HEADERS];
	struct transfer_spec spec = {
	    .method = "POST",
	    .url = c->url,
	    .headers = headers,
	    .nheaders = forwarded_headers(&c->forwarded, b, headers),
	    .body = buf_str(&c->question),
	    .proxy = b->account.proxy,
	    .connect_ms = b->connect_ms,
	    .total_ms = left > 1 ? left : 1,
	};

	c->status = 0;
	buf_reset(&c->answer);
	c->transfer = transfer_start(c->loop, &spec, &events, c);
}

/* --------------------------------------------------------- life on a loop */

static void leave(struct count *c)
{
	if (c->transfer)
		transfer_cancel(c->transfer);
	c->transfer = NULL;
	if (!c->working)
		end(c);
}

static void on_gone(void *ctx)
{
	struct count *c = ctx;

	c->req->status = STATUS_CLIENT_GONE;
	fcgi_out_abort(c->out);
	c->out = NULL;
	leave(c);
}

/* The process is going down: an estimate is better than nothing. */
static void stopped(void *ctx)
{
	struct count *c = ctx;

	if (c->out)
		answer(c);
	leave(c);
}

static void begin(struct loop *l, void *arg)
{
	static const struct fcgi_out_events out_events = {.gone = on_gone};
	struct count *c = arg;
	int fd = c->req->fd;

	c->req->fd = -1;
	c->out = fcgi_out_new(l, fd, c->req->fcgi_id, &out_events, c);
	c->on_stop = (struct loop_hook){.fn = stopped, .ctx = c};
	loop_hook_add(l, &c->on_stop);
	ask_next_source(c);
}

void count_start(struct count *c)
{
	c->loop = app_loop(c->app);
	c->app->live++;
	request_detach(c->req);
	loop_post(c->loop, begin, c);
}
