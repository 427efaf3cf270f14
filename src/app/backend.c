#include "app/backend.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/utf16.h"

enum {
	HEADER_BYTES = 16 * 1024,
	SECRET_MIN = 6,	 /* shorter values are words of any text */
	ESCAPE_BYTES = 6 /* of a character as in JSON: \u002b */
};

/* The only one there is; clients may ask for another (relay/attempt.c). */
#define ANTHROPIC_VERSION "2023-06-01"

static const char *const endpoints[] = {
    [BACKEND_CHAT] = "chat/completions", [BACKEND_COMPLETIONS] = "completions",
    [BACKEND_EMBEDDINGS] = "embeddings", [BACKEND_RESPONSES] = "responses",
    [BACKEND_MESSAGES] = "messages",
};
_Static_assert(sizeof(endpoints) / sizeof(endpoints[0]) == BACKEND_ENDPOINTS,
	       "one path an endpoint");

/* The admin interface refuses these; records may have come another way. */
static bool has_controls(const char *s)
{
	for (; *s; s++) {
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return true;
	}
	return false;
}

static void add_header(struct backend *b, const char *name, const char *value)
{
	struct buf text = BUF_INIT(HEADER_BYTES);

	if (b->nheaders == BACKEND_HEADERS || has_controls(name) ||
	    has_controls(value))
		return;
	buf_addf(&text, "%s: %s", name, value);
	b->headers[b->nheaders++] = buf_take(&text, NULL);
}

/* Anthropic itself takes its keys in x-api-key and its access tokens in
 * Authorization, each only there; of servers that speak its protocol some look
 * here and some there. */
static bool is_access_token(const char *key)
{
	return str_starts(str_of(key), STR("sk-ant-oat"));
}

static bool is_anthropic_key(const char *key)
{
	return str_starts(str_of(key), STR("sk-ant-")) && !is_access_token(key);
}

static void add_credential(struct backend *b)
{
	const char *key = b->account.api_key;
	struct buf bearer = BUF_INIT(HEADER_BYTES);

	if (!key || !key[0])
		return;
	if (b->anthropic && !is_access_token(key))
		add_header(b, "x-api-key", key);
	if (b->anthropic && is_anthropic_key(key))
		return;
	if (b->flavour == FLAVOUR_AZURE) {
		add_header(b, "api-key", key);
		return;
	}
	buf_addf(&bearer, "Bearer %s", key);
	add_header(b, "Authorization", bearer.data);
	secret_wipe(bearer.data, bearer.len);
	buf_release(&bearer);
}

/* What the operator said, else what a probe found, else what the address says,
 * else generic. */
static enum flavour flavour_of(const struct account *a, const char *chat_url)
{
	enum flavour f;

	if (strstr(chat_url, "/openai/deployments/"))
		return FLAVOUR_AZURE;
	if (flavour_parse(str_of(a->flavour), &f) == 0)
		return f;
	if (flavour_parse(str_of(a->detected_flavour), &f) == 0)
		return f;
	if (str_istarts(str_of(chat_url), STR("https://api.openai.com/")))
		return FLAVOUR_OPENAI;
	return FLAVOUR_GENERIC;
}

static int64_t given_or(int64_t given, int64_t fallback)
{
	return given > 0 ? given : fallback;
}

struct backend *backend_new(const struct account *a, const struct settings *s)
{
	struct backend *b = mem_zalloc(sizeof(*b));
	struct account *copy = account_copy(a);

	b->refs = 1;
	b->account = *copy;
	mem_free(copy);
	b->anthropic = str_is(str_of(a->protocol), "anthropic");
	for (int i = 0; i < BACKEND_ENDPOINTS; i++)
		b->urls[i] = backend_url(a, endpoints[i]);
	b->models_url = backend_url(a, "models");
	b->flavour = flavour_of(a, b->urls[BACKEND_CHAT]);
	options_parse(&b->options, a->options);
	b->connect_ms = given_or(a->connect_ms, s->connect_ms);
	b->first_byte_ms = given_or(a->first_byte_ms, s->first_byte_ms);
	b->idle_ms = given_or(a->idle_ms, s->idle_ms);
	b->total_ms = given_or(a->total_ms, s->total_ms);
	add_header(b, "Content-Type", "application/json");
	add_header(b, "Accept", "text/event-stream, application/json");
	add_header(b, "User-Agent", "llmrelay/" PACKAGE_VERSION);
	if (b->anthropic)
		add_header(b, "anthropic-version", ANTHROPIC_VERSION);
	add_credential(b);
	for (size_t i = 0; i < a->nheaders; i++)
		add_header(b, a->headers[i].name, a->headers[i].value);
	return b;
}

void *backend_retain(void *backend)
{
	struct backend *b = backend;

	b->refs++;
	return b;
}

void backend_release(void *backend)
{
	struct backend *b = backend;

	if (!b || --b->refs > 0)
		return;
	for (size_t i = 0; i < b->nheaders; i++) {
		secret_wipe((char *)b->headers[i], strlen(b->headers[i]));
		mem_free((char *)b->headers[i]);
	}
	for (int i = 0; i < BACKEND_ENDPOINTS; i++)
		mem_free(b->urls[i]);
	mem_free(b->models_url);
	lessons_release(b->lessons);
	account_release(&b->account);
	mem_free(b);
}

/* How many bytes of a text stand for c: it may be escaped as in JSON, which
 * some servers do with slashes and plus signs.  0: they stand for another. */
static size_t stands_for(const char *text, size_t left, char c)
{
	const unsigned char *digits;

	if (text[0] == c)
		return 1;
	if (text[0] != '\\' || left < 2)
		return 0;
	if (text[1] != 'u')
		return text[1] == c ? 2 : 0;
	if (left < ESCAPE_BYTES)
		return 0;
	digits = (const unsigned char *)text + 2;
	return utf16_hex4(digits, digits + 4) == c ? ESCAPE_BYTES : 0;
}

/* The bytes at text that are the secret, or its beginning where the text ends;
 * 0: none. */
static size_t secret_at(const char *text, size_t left, const char *secret)
{
	size_t at = 0, n;

	for (; *secret && at < left; secret++, at += n) {
		n = stands_for(text + at, left - at, *secret);
		if (n == 0 && text[at] == '\\' && left - at < ESCAPE_BYTES &&
		    at >= SECRET_MIN)
			return at; /* the text ends within an escape */
		if (n == 0)
			return 0;
	}
	return at;
}

static void strike(char *text, size_t left, const char *secret)
{
	if (!secret || strlen(secret) < SECRET_MIN)
		return;
	for (; left >= SECRET_MIN; text++, left--)
		memset(text, '*', secret_at(text, left, secret));
}

void backend_strike_bytes(const struct backend *b, char *p, size_t n)
{
	strike(p, n, b->account.api_key);
	for (size_t i = 0; i < b->account.nheaders; i++)
		strike(p, n, b->account.headers[i].value);
}

void backend_strike_secrets(const struct backend *b, char *text)
{
	backend_strike_bytes(b, text, strlen(text));
}

static bool is_passed_through(const struct backend *b, int status)
{
	return b->options.upstream_auth == AUTH_PASSTHROUGH &&
	       (status == 401 || status == 403);
}

void backend_word_error(const struct backend *b, int status,
			const struct upstream_verdict *v, struct err *e)
{
	size_t n = strlen(e->message);

	if (v->class == CLASS_AUTH && is_passed_through(b, status)) {
		e->kind = status == 401 ? ERR_AUTH : ERR_FORBIDDEN;
		return;
	}
	if (e->kind == ERR_UPSTREAM || e->kind == ERR_TIMEOUT)
		snprintf(e->message + n, sizeof(e->message) - n,
			 " (account \"%s\": its test says more)",
			 b->account.name);
}

/* The smaller of what is known: a backend that takes less than is configured
 * has said so. */
static int64_t window_of(const struct backend *b, const struct lesson *lesson)
{
	int64_t given = b->account.context_window;
	int64_t learned = lesson->context_window;

	if (given > 0 && learned > 0)
		return given < learned ? given : learned;
	return given > 0 ? given : learned;
}

int64_t backend_window(const struct backend *b, struct str model)
{
	struct lesson lesson = lessons_for(b->lessons, model, clock_wall_ms());

	return window_of(b, &lesson);
}

int64_t backend_estimate(const struct backend *b, struct str model, int64_t raw)
{
	return lessons_estimate(b->lessons, model, raw);
}

void backend_learn_refusal(const struct backend *b, struct str model,
			   unsigned param_bit)
{
	lessons_refusal(b->lessons, model, param_bit, clock_wall_ms());
}

void backend_learn_window(const struct backend *b, struct str model,
			  int64_t tokens)
{
	lessons_window(b->lessons, model, tokens, clock_wall_ms());
}

void backend_learn_answer(const struct backend *b, struct str model,
			  const struct lesson_answer *answer)
{
	lessons_answer(b->lessons, model, answer, clock_wall_ms());
}

void backend_target(const struct backend *b, struct str model, int64_t raw,
		    struct openai_target *out)
{
	const struct backend_options *o = &b->options;
	struct lesson lesson = lessons_for(b->lessons, model, clock_wall_ms());

	*out = (struct openai_target){
	    .flavour = b->flavour,
	    .model = model,
	    .refused = lesson.refused,
	    .context_window = window_of(b, &lesson),
	    .max_output = b->account.max_output,
	    .input_estimate = backend_estimate(b, model, raw),
	    .no_vision = !(b->account.capabilities & CAP_VISION),
	    .extra_body = str_of(b->account.extra_body),
	    .reasoning = o->reasoning,
	    .keep_system_turns = o->system_turns == TURNS_KEEP,
	    .data_images_only = o->images == IMAGES_DATA,
	    .refuse_pdf = o->pdf == PDF_REFUSE,
	    .tool_images_inline = o->tool_images == TOOL_IMAGES_INLINE,
	    .developer_role = o->system_role == ROLE_DEVELOPER,
	    .all_efforts = o->all_efforts,
	    .off_effort = str_of(o->no_think_effort),
	};
}
