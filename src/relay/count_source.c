/* Which backends count, what they are asked, and who is not asked for now. */
#include "relay/count.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "proto/token_estimate.h"
#include "relay/hold.h"

enum {
	LOOKED_AT = 16,
	NEVER_MS = 10 * 60 * 1000, /* what a server lacks, it will lack */
	BUSY_MS = 20 * 1000
};

static const struct {
	int64_t rest_ms; /* it is not asked again so long */
	const char *text;
} faults[] = {
    [COUNT_NO_ENDPOINT] = {NEVER_MS, "has no tokenizer for us"},
    [COUNT_NONSENSE] = {NEVER_MS, "answered without a count"},
    [COUNT_BUSY] = {BUSY_MS, "did not answer in time"},
    [COUNT_REFUSED] = {0, "did not take the request"},
};

enum count_fault count_fault_of(const struct count *c)
{
	static const struct {
		int status;
		enum count_fault fault;
	} rows[] = {
	    {401, COUNT_NO_ENDPOINT}, {403, COUNT_NO_ENDPOINT},
	    {404, COUNT_NO_ENDPOINT}, {405, COUNT_NO_ENDPOINT},
	    {501, COUNT_NO_ENDPOINT}, {408, COUNT_BUSY},
	    {429, COUNT_BUSY},	      {502, COUNT_BUSY},
	    {503, COUNT_BUSY},	      {504, COUNT_BUSY},
	};

	struct str model = str_of(c->sources[c->at].account.sent_model);

	/* vLLM has the endpoint, but not the model. */
	if (c->status == 404 &&
	    str_find(buf_str(&c->answer), model) != SIZE_MAX)
		return COUNT_REFUSED;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].status == c->status)
			return rows[i].fault;
	}
	return COUNT_REFUSED;
}

struct backend *count_backend(const struct count *c)
{
	return c->sources[c->at].account.data;
}

static void target_of(const struct pool_view *v, struct openai_target *out)
{
	backend_target(v->data, str_of(v->sent_model), 0, out);
}

static bool can_count(const struct count *c, const struct pool_view *v,
		      enum tokenizer kind)
{
	const struct backend *b = v->data;
	struct openai_target target;

	if (b->count_after_ms > clock_mono_ms())
		return false;
	target_of(v, &target);
	return tokenize_can(kind, &c->chat, &target);
}

static size_t look(struct count *c, const char *binding,
		   struct pool_view *views)
{
	struct pool_query q = {.model = c->chat.model,
			       .capabilities =
				   c->chat.has_images ? CAP_VISION : 0,
			       .face = FACE_MESSAGES,
			       .binding = binding};
	size_t n = pool_look(c->app->pool, &q, views, LOOKED_AT);

	if (n || !q.capabilities)
		return n;
	/* As when it is answered: nobody sees images. */
	q.capabilities = 0;
	return pool_look(c->app->pool, &q, views, LOOKED_AT);
}

/* The account that the request itself would get, and others that serve the
 * same model: another model counts differently. */
void count_find_sources(struct count *c, const char *binding)
{
	struct pool_view views[LOOKED_AT];
	size_t n = look(c, binding, views);
	struct str model =
	    n ? arena_str(&c->scratch, str_of(views[0].sent_model)) : STR_NONE;

	if (n)
		c->tokens = backend_estimate(views[0].data, model, c->tokens);
	for (size_t i = 0; i < n; i++) {
		const struct backend *b = views[i].data;
		enum tokenizer kind = b->anthropic ? TOKENIZER_ANTHROPIC
						   : tokenizer_of(b->flavour);

		if (c->nsources < COUNT_SOURCES &&
		    str_is(model, views[i].sent_model) &&
		    can_count(c, &views[i], kind))
			c->sources[c->nsources++] =
			    (struct count_source){views[i], kind};
		else
			pool_unview(c->app->pool, &views[i]);
	}
}

void count_next_url(struct count *c)
{
	const struct account *a = &count_backend(c)->account;

	mem_free(c->url);
	c->url =
	    backend_root_url(a, tokenize_path(c->sources[c->at].kind, c->step));
}

void count_write(struct count *c)
{
	const struct count_source *s = &c->sources[c->at];
	struct openai_target target;

	c->step = 0;
	count_next_url(c);
	target_of(&s->account, &target);
	buf_reset(&c->question);
	tokenize_request_write(&c->question, s->kind, &c->chat, &c->doc,
			       &target, &c->scratch);
	hold_set(c->app, &c->held,
		 (int64_t)(c->req->body.cap + c->question.cap +
			   c->doc.cap * sizeof(*c->doc.tok)));
}

/* What the backend's count leaves out, by estimate. */
static int64_t left_out(struct count *c)
{
	const struct count_source *s = &c->sources[c->at];
	struct backend *b = count_backend(c);
	struct openai_target target;
	int64_t n;

	target_of(&s->account, &target);
	n = tokenize_uncounted(s->kind, &c->chat, &target);
	if (tokenize_lacks_tools(&c->chat, c->told.tokens))
		b->count_lacks_tools = true;
	return b->count_lacks_tools ? n + token_estimate_tools(&c->chat) : n;
}

void count_read(struct count *c)
{
	const struct count_source *s = &c->sources[c->at];
	struct backend *b = count_backend(c);

	c->result = tokenize_reply_read(s->kind, c->step, buf_str(&c->answer),
					str_of(s->account.sent_model),
					&c->question, &c->told);
	if (c->result != TOKENIZE_COUNTED)
		return;
	c->told.tokens += left_out(c);
	if (c->told.context_window)
		backend_learn_window(b, str_of(s->account.sent_model),
				     c->told.context_window);
}

void count_note(struct count *c, enum count_fault fault)
{
	struct backend *b = count_backend(c);
	struct logline l;

	if (faults[fault].rest_ms)
		b->count_after_ms = clock_mono_ms() + faults[fault].rest_ms;
	log_begin(&l, LOG_INFO, "count");
	log_cstr(&l, "id", c->req->id);
	log_cstr(&l, "account", b->account.id);
	log_cstr(&l, "text", faults[fault].text);
	log_int(&l, "rest_s", faults[fault].rest_ms / 1000);
	log_end(&l);
}
