#include "relay/thread.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "proto/json_fields.h"
#include "relay/hold.h"

enum {
	KB = 1024,
	MB = 1024 * 1024,
	BODY_BYTES = 1 << 30 /* body and conversation have their ceilings */
};

#define ANSWER_BEGIN ",{\"role\":\"assistant\",\"content\":["
#define ANSWER_END   "]}]}"

struct thread {
	struct app *app;
	char key_id[STORE_ID_BYTES];
	struct conversation_ref previous; /* id "": the first answer */
	struct conversation_ref at;	  /* id "": no answer yet */
	struct buf text; /* {"system","tools","messages":[..., unclosed */
	int64_t held;
};

/* Members of a body, and of a text that is kept. */
enum field { F_MESSAGES, F_SYSTEM, F_TOOLS, F_THREAD, FIELDS };
static const struct str field_names[] = {
    [F_MESSAGES] = STR("messages"),
    [F_SYSTEM] = STR("system"),
    [F_TOOLS] = STR("tools"),
    [F_THREAD] = STR("thread"),
};

static int fail(struct err *e, enum err_kind kind, const char *code,
		const char *why)
{
	err_set(e, kind, "thread: %s", why);
	str_put(e->code, sizeof(e->code), str_of(code));
	return -1;
}

static int too_large(struct err *e)
{
	return fail(e, ERR_BAD_REQUEST, "thread_unsupported_request",
		    "the conversation is larger than this gateway keeps");
}

/* What stands between the brackets. */
static struct str inside(struct str list)
{
	return str_trim(str_sub(list, 1, list.n - 1));
}

static void add_member(struct buf *out, enum field field, struct str raw)
{
	if (raw.n == 0)
		return;
	buf_addc(out, '"');
	buf_addstr(out, field_names[field]);
	buf_adds(out, "\":");
	buf_addstr(out, raw);
	buf_addc(out, ',');
}

static struct str given(const struct jdoc *d, jref v)
{
	return jdoc_is_null(d, v) ? STR_NONE : jdoc_raw(d, v);
}

/* The text of the conversation from a body that holds all of it. */
static int begin(struct thread *t, const struct jdoc *d, const jref *f,
		 struct err *e)
{
	buf_addc(&t->text, '{');
	add_member(&t->text, F_SYSTEM, given(d, f[F_SYSTEM]));
	add_member(&t->text, F_TOOLS, given(d, f[F_TOOLS]));
	buf_adds(&t->text, "\"messages\":[");
	buf_addstr(&t->text, inside(jdoc_raw(d, f[F_MESSAGES])));
	return buf_ok(&t->text) ? 0 : too_large(e);
}

/* What a thread was made with stays; a client may say it again. */
static int check_same(const struct jdoc *d, const jref *f,
		      const struct jdoc *kept, const jref *k, struct err *e)
{
	static const enum field fixed[] = {F_SYSTEM, F_TOOLS};

	for (size_t i = 0; i < 2; i++) {
		struct str now = given(d, f[fixed[i]]);

		if (now.n && !str_eq(now, given(kept, k[fixed[i]])))
			return fail(e, ERR_BAD_REQUEST,
				    "thread_fingerprint_mismatch",
				    "system and tools cannot be changed");
	}
	return 0;
}

/* The body with all messages; without `thread` it is like any other, but the
 * reader does not mind it. */
static void compose(struct thread *t, const struct jdoc *d, const jref *f,
		    struct buf *body)
{
	buf_addc(body, '{');
	for (jref key = jdoc_first(d, 0); key != JNONE;
	     key = jdoc_next(d, 0, key)) {
		jref value = jdoc_value(d, key);

		if (value == f[F_MESSAGES] || value == f[F_SYSTEM] ||
		    value == f[F_TOOLS] || value == f[F_THREAD])
			continue;
		buf_addstr(body, jdoc_raw(d, key));
		buf_addc(body, ':');
		buf_addstr(body, jdoc_raw(d, value));
		buf_addc(body, ',');
	}
	buf_addstr(body, str_sub(buf_str(&t->text), 1, t->text.len));
	buf_adds(body, "]}");
}

static int join(struct thread *t, struct request *r, const struct jdoc *d,
		const jref *f, const struct jdoc *kept, struct err *e)
{
	struct buf body = BUF_INIT(BODY_BYTES);
	struct str more = inside(jdoc_raw(d, f[F_MESSAGES]));
	jref k[FIELDS];

	json_fields(kept, 0, field_names, FIELDS, k);
	if (check_same(d, f, kept, k, e) < 0 || begin(t, kept, k, e) < 0)
		return -1;
	if (more.n) {
		buf_addc(&t->text, ',');
		buf_addstr(&t->text, more);
	}
	if (!buf_ok(&t->text))
		return too_large(e);
	compose(t, d, f, &body);
	if (!buf_ok(&body)) {
		buf_release(&body);
		return too_large(e);
	}
	buf_release(&r->body);
	r->body = body;
	return 0;
}

static int load(struct thread *t, struct str id, struct buf *text,
		struct err *e)
{
	const struct settings *s = t->app->settings;
	struct conversation_query q = {
	    .id = id,
	    .key_id = t->key_id,
	    .not_before_ms = clock_wall_ms() - s->thread_minutes * 60000,
	};

	if (store_conversation_get(t->app->store, &q, text, &t->previous, e) ==
	    0)
		return 0;
	if (e->kind != ERR_NOT_FOUND)
		return -1;
	return fail(e, ERR_NOT_FOUND, "thread_not_found",
		    "no conversation is kept for this previous_message_id");
}

static int go_on(struct thread *t, struct request *r, const struct jdoc *d,
		 const jref *f, struct str id, struct err *e)
{
	struct buf text = BUF_INIT(BODY_BYTES);
	struct jerror why;
	struct jdoc kept;
	int rc = load(t, id, &text, e);

	jdoc_init(&kept);
	if (rc == 0 &&
	    jdoc_parse(&kept, buf_str(&text), &jscan_request_limits, &why) < 0)
		/* More values than a request may hold. */
		rc = too_large(e);
	if (rc == 0)
		rc = join(t, r, d, f, &kept, e);
	jdoc_release(&kept);
	buf_release(&text);
	return rc;
}

static int read_thread(struct thread *t, struct request *r,
		       const struct jdoc *d, const jref *f, struct err *e)
{
	static const struct str names[] = {STR("type"),
					   STR("previous_message_id")};
	struct str id;
	jref m[2];

	json_fields(d, f[F_THREAD], names, 2, m);
	if (jdoc_string_is(d, m[0], "create"))
		return begin(t, d, f, e);
	if (!jdoc_string_is(d, m[0], "continue"))
		return err_set(e, ERR_BAD_REQUEST,
			       "thread: Input tag found using 'type' does not "
			       "match any of the expected tags: 'create', "
			       "'continue'");
	id = jdoc_string(d, m[1], &r->arena);
	if (id.n == 0)
		return err_set(e, ERR_BAD_REQUEST,
			       "thread.continue.previous_message_id: Field "
			       "required");
	return go_on(t, r, d, f, id, e);
}

/* A word that no body without a thread has outside of its texts: those have
 * its quotes escaped. */
static bool may_have(struct str body)
{
	return str_find(body, STR("\"thread\"")) != SIZE_MAX;
}

int thread_open(struct app *app, struct request *r, const struct api_key *key,
		struct jdoc *doc, struct thread **out, struct err *e)
{
	const struct settings *s = app->settings;
	struct jerror why;
	struct thread *t;
	jref f[FIELDS];

	*out = NULL;
	if (!s->threads || !may_have(buf_str(&r->body)) ||
	    jdoc_parse(doc, buf_str(&r->body), &jscan_request_limits, &why) < 0)
		return 0;
	json_fields(doc, 0, field_names, FIELDS, f);
	if (jdoc_is_null(doc, f[F_THREAD]))
		return 0;
	if (jdoc_type(doc, f[F_MESSAGES]) != J_ARRAY)
		return err_set(e, ERR_BAD_REQUEST,
			       "messages: Input should be a valid list");
	t = mem_zalloc(sizeof(*t));
	t->app = app;
	str_put(t->key_id, sizeof(t->key_id), str_of(key->id));
	buf_init(&t->text, (size_t)s->thread_kb * KB);
	if (read_thread(t, r, doc, f, e) < 0 ||
	    hold_take(app, &t->held, (int64_t)t->text.cap, e) < 0) {
		thread_free(t);
		return -1;
	}
	*out = t;
	return 0;
}

void thread_free(struct thread *t)
{
	if (!t)
		return;
	hold_set(t->app, &t->held, 0);
	buf_release(&t->text);
	mem_free(t);
}

int thread_refuse(struct err *e)
{
	return fail(e, ERR_BAD_REQUEST, "thread_unsupported_request",
		    "no account that serves this model can keep one");
}

size_t thread_room(const struct thread *t)
{
	size_t used = t->text.len + sizeof(ANSWER_BEGIN ANSWER_END);

	return used < t->text.max ? t->text.max - used : 1;
}

void thread_answer(struct thread *t, const char *message_id, struct str content)
{
	if (content.n == 0)
		return;
	buf_adds(&t->text, ANSWER_BEGIN);
	buf_addstr(&t->text, content);
	buf_adds(&t->text, ANSWER_END);
	if (buf_ok(&t->text))
		str_put(t->at.id, sizeof(t->at.id), str_of(message_id));
}

void thread_store(struct thread *t)
{
	struct conversation c = {.key_id = t->key_id,
				 .text = buf_str(&t->text)};
	struct err e;

	if (!t->at.id[0])
		return;
	t->at.stored_ms = clock_wall_ms();
	c.at = t->at;
	c.previous = t->previous.id[0] ? &t->previous : NULL;
	if (store_conversation_put(t->app->store, &c,
				   t->app->settings->threads_mb * MB, &e) < 0)
		log_note(LOG_WARN, "thread", "%s is not kept: %s", t->at.id,
			 e.message);
}
