/* The way to a backend: which account, and the body that it is sent. */
#include "relay/exchange.h"

#include <string.h>

#include "app/prices.h"
#include "base/clock.h"

enum { WHY_BYTES = 700, CHOICE_BYTES = 4096, CHANGE_WAIT_MS = 60000 };

static int no_account(enum pool_result result, struct str model,
		      const struct buf *why, int64_t wait_ms, struct err *e)
{
	if (result == POOL_UNKNOWN_MODEL)
		return err_set(e, ERR_NOT_FOUND,
			       "model: %.*s (no account of this gateway serves "
			       "this name)",
			       STR_ARG(model));
	if (result == POOL_RESERVED)
		return err_set(e, ERR_NOT_FOUND,
			       "model: %.*s (no account that this API key may "
			       "use serves this name)",
			       STR_ARG(model));
	if (result == POOL_WRONG_FACE)
		return err_set(e, ERR_NOT_FOUND,
			       "model: %.*s (the accounts that serve it speak "
			       "another protocol than this request needs)",
			       STR_ARG(model));
	if (result == POOL_INCAPABLE)
		return err_set(e, ERR_BAD_REQUEST,
			       "model: %.*s (no account that serves it takes "
			       "images)",
			       STR_ARG(model));
	err_set(e, ERR_OVERLOADED, "No account can serve %.*s now: %.*s",
		STR_ARG(model), STR_ARG(buf_str(why)));
	/* When somebody has to change something first, a client that tries
	 * again at once only waits longer for the reason. */
	e->no_retry = wait_ms < 0;
	e->retry_after_ms = wait_ms < 0 ? CHANGE_WAIT_MS : wait_ms;
	return -1;
}

static enum backend_face face_of(const struct exchange *x)
{
	if (x->native)
		return FACE_NATIVE;
	return x->thread || x->search ? FACE_THREADS : x->endpoint->face;
}

void exchange_note_why(struct exchange *x, struct str more)
{
	struct buf text = BUF_INIT(2 * CHOICE_BYTES);

	buf_adds(&text, x->row.why);
	if (text.len)
		buf_adds(&text, " | ");
	buf_addstr(&text, more);
	str_put(x->row.why, sizeof(x->row.why), buf_str(&text));
	buf_release(&text);
}

/* The choice, after what had to be done or left for it. */
static void note_choice(struct exchange *x, const char *left_out,
			const struct buf *choice)
{
	struct buf text = BUF_INIT(2 * CHOICE_BYTES);

	if (x->wait.waited_ms && !x->row.why[0])
		buf_addf(&text, "after %lld ms in the queue: ",
			 (long long)x->wait.waited_ms);
	buf_adds(&text, left_out);
	buf_addstr(&text, buf_str(choice));
	exchange_note_why(x, buf_str(&text));
	buf_release(&text);
}

static int pick(struct exchange *x, struct err *e)
{
	const char *tried[EXCHANGE_ACCOUNTS];
	struct pool_query q = {.model = x->chat.model,
			       .capabilities =
				   x->chat.has_images ? CAP_VISION : 0,
			       .face = face_of(x),
			       .session = x->session,
			       .binding = x->binding,
			       .tried = tried,
			       .ntried = x->ntried};
	struct buf why = BUF_INIT(WHY_BYTES), choice = BUF_INIT(CHOICE_BYTES);
	const char *left_out = "";
	enum pool_result result;
	int rc = 0;

	for (size_t i = 0; i < x->ntried; i++)
		tried[i] = x->tried[i];
	q.choice = &choice;
	q.waiter = exchange_wait_account(x);
	q.most = x->wait.most;
	result =
	    pool_pick(x->app->pool, &q, clock_mono_ms(), &x->account, &why);
	if (result == POOL_WRONG_FACE && x->search && !x->thread) {
		/* Whoever speaks the Messages API may search by itself. */
		search_free(x->search);
		x->search = NULL;
		q.face = x->endpoint->face;
		left_out = "with its own search: ";
		buf_reset(&why);
		buf_reset(&choice);
		result = pool_pick(x->app->pool, &q, clock_mono_ms(),
				   &x->account, &why);
	}
	if (result == POOL_INCAPABLE && x->endpoint->face == FACE_MESSAGES) {
		/* Nobody sees images: a placeholder beats a dead session. */
		q.capabilities = 0;
		left_out = "without the images: ";
		buf_reset(&why);
		buf_reset(&choice);
		result = pool_pick(x->app->pool, &q, clock_mono_ms(),
				   &x->account, &why);
	}
	note_choice(x, left_out, &choice);
	buf_release(&choice);
	if (result == POOL_WAITS)
		x->wait.what = WAITS_ACCOUNT;
	else if (result == POOL_WRONG_FACE && x->thread)
		rc = thread_refuse(e);
	else if (result != POOL_PICKED)
		rc = no_account(result, x->chat.model, &why, x->account.wait_ms,
				e);
	buf_release(&why);
	return rc;
}

static struct tool_names keep_names(struct exchange *x,
				    const struct tool_names *names)
{
	struct arena *a = &x->req->arena;
	struct tool_names kept = {NULL, names->n};

	if (names->n)
		kept.names = arena_array(a, names->n, sizeof(*kept.names));
	for (size_t i = 0; i < names->n; i++) {
		kept.names[i].sent = arena_str(a, names->names[i].sent);
		kept.names[i].asked = arena_str(a, names->names[i].asked);
	}
	return kept;
}

/* The reply outlives the request's body: what it needs is copied. */
static void new_reply(struct exchange *x, const struct tool_names *names,
		      const struct openai_target *target)
{
	const struct backend_options *o =
	    &((struct backend *)x->account.data)->options;
	struct arena *a = &x->req->arena;
	struct str *stops = arena_array(a, x->chat.nstops, sizeof(*stops));
	struct chat_reply_params p = {
	    .stream = x->chat.stream,
	    .id = str_of(x->message_id),
	    .model = arena_str(a, x->chat.model),
	    .stops = stops,
	    .nstops = x->chat.nstops,
	    .single_tool = x->chat.single_tool,
	    .max_tokens = x->chat.max_tokens,
	    .names = keep_names(x, names),
	    .input_estimate = target->input_estimate,
	    .search = x->search ? search_shown(x->search) : NULL,
	    .keep_bytes = x->thread ? thread_room(x->thread) : 0,
	    .think_tags = (enum think_tags)o->think_tags,
	    .think_open = o->think_open,
	    .eof_is_end = o->eof_is_end,
	};

	for (size_t i = 0; i < x->chat.nstops; i++)
		stops[i] = arena_str(a, x->chat.stops[i]);
	memcpy(&p.seed, x->message_id + 8, sizeof(p.seed));
	reply_free(x->reply);
	x->reply = chat_reply_new(&p);
}

static int write_translated(struct exchange *x, struct err *e)
{
	struct backend *b = x->account.data;
	struct openai_target target;
	struct tool_names names = {NULL, 0};

	backend_target(b, str_of(x->account.sent_model), x->input_estimate,
		       &target);
	target.refused |= x->refused;
	if (x->max_output &&
	    (target.max_output == 0 || x->max_output < target.max_output))
		target.max_output = x->max_output;
	if (openai_request_write(&x->upstream, &x->chat, &target, &x->scratch,
				 &names, e) < 0)
		return -1;
	if (openai_request_stops(&x->chat, b->flavour) < x->chat.nstops)
		x->chat.dropped |= EXCHANGE_DROPPED_STOPS;
	new_reply(x, &names, &target);
	return 0;
}

static bool refuses_usage(const struct exchange *x)
{
	struct openai_target target;

	backend_target(x->account.data, str_of(x->account.sent_model), 0,
		       &target);
	return (target.refused | x->refused) & PARAM_STREAM_OPTIONS;
}

static void write_passed(struct exchange *x)
{
	const struct backend *b = x->account.data;
	struct str sent = str_of(x->account.sent_model);
	bool other_name = !str_eq(sent, x->chat.model);
	bool back = other_name && x->app->settings->restore_model_names;
	struct pass_params p = {
	    .kind = x->endpoint->kind,
	    .stream = x->chat.stream,
	    .model = back ? x->chat.model : STR_NONE,
	    .eof_is_end = b->options.eof_is_end,
	    .single = x->more.single,
	    .input_estimate = x->input_estimate,
	};

	/* The model that the key may use, however often the body names one. */
	x->asked_usage = pass_request_write(
	    &x->upstream, &x->doc, sent,
	    x->endpoint->kind <= PASS_COMPLETIONS && !refuses_usage(x));
	p.drop_usage = x->asked_usage;
	reply_free(x->reply);
	x->reply = pass_reply_new(&p);
}

int exchange_write(struct exchange *x, struct err *e)
{
	const struct backend *b = x->account.data;
	int rc = 0;

	x->passes = b->anthropic || x->endpoint->face == FACE_OPENAI;
	buf_reset(&x->upstream);
	buf_reset(&x->pending); /* of an attempt that came to nothing */
	if (x->passes)
		write_passed(x);
	else
		rc = write_translated(x, e);
	if (rc == 0 && !buf_ok(&x->upstream))
		rc = err_set(e, ERR_TOO_LARGE,
			     "the request is too large once translated");
	return rc;
}

int exchange_choose(struct exchange *x, struct err *e)
{
	if (pick(x, e) < 0)
		return -1;
	return x->wait.what ? 0 : exchange_taken(x, e);
}

int exchange_taken(struct exchange *x, struct err *e)
{
	const struct backend *b = x->account.data;
	struct price price = {0};

	memcpy(x->tried[x->ntried++], b->account.id, STORE_ID_BYTES);
	memcpy(x->row.account_id, b->account.id, STORE_ID_BYTES);
	str_put(x->row.sent_model, sizeof(x->row.sent_model),
		str_of(x->account.sent_model));
	x->row.attempts++;
	live_put(x->app->requests, &x->listed, &x->row);
	/* Unpriced: it reserves nothing. */
	prices_find(x->app, &b->account, &x->row, &price);
	if (spend_price(x->app, &x->spend, &price, x->input_estimate,
			x->chat.max_tokens, e) < 0)
		return -1;
	x->refused = 0;
	x->max_output = 0;
	return exchange_write(x, e);
}
