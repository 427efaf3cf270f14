#include "relay/session_key.h"

#include "base/hash.h"

/* Enough of a beginning to tell conversations apart. */
enum { BEGINNING = 16 * 1024 };

/* "user_X_account_Y_session_Z", or a JSON document with session_id. */
static struct str session_in(struct str user_id)
{
	size_t at = str_find(user_id, STR("session"));

	return at == SIZE_MAX ? STR_NONE : str_sub(user_id, at, user_id.n);
}

static struct str first_message(const struct jdoc *doc)
{
	return jdoc_raw(doc, jdoc_first(doc, jdoc_get(doc, 0, "messages")));
}

static bool add_named(uint64_t *h, struct str name)
{
	if (name.n)
		*h = hash64(*h, name);
	return name.n > 0;
}

/* Of a list the first two: a system prompt says little. */
static void add_beginning(uint64_t *h, const struct jdoc *doc, jref prompt)
{
	jref first = jdoc_first(doc, prompt), second = JNONE;

	if (jdoc_type(doc, prompt) != J_ARRAY) {
		*h = hash64(*h, str_sub(jdoc_raw(doc, prompt), 0, BEGINNING));
		return;
	}
	if (first != JNONE)
		second = jdoc_next(doc, prompt, first);
	*h = hash64(*h, str_sub(jdoc_raw(doc, first), 0, BEGINNING));
	*h = hash64(*h, str_sub(jdoc_raw(doc, second), 0, BEGINNING));
}

uint64_t session_key_openai(const struct request *r, const struct jdoc *doc,
			    const char *key_id)
{
	static const char *const headers[] = {"session_id", "x-session-id"};
	static const char *const members[] = {"prompt_cache_key", "session_id",
					      "conversation_id"};
	static const char *const prompts[] = {"messages", "input", "prompt"};
	uint64_t h = hash64(HASH64_INIT, str_of(key_id));
	bool named = false;

	for (size_t i = 0; i < 2 && !named; i++)
		named = add_named(&h, request_header(r, headers[i]));
	for (size_t i = 0; i < 3 && !named; i++)
		named = add_named(
		    &h, jdoc_chars(doc, jdoc_get(doc, 0, members[i])));
	for (size_t i = 0; i < 3 && !named; i++)
		add_beginning(&h, doc, jdoc_get(doc, 0, prompts[i]));
	return h ? h : 1;
}

uint64_t session_key(const struct request *r, const struct jdoc *doc,
		     const struct chat_request *chat, const char *key_id)
{
	struct str session = request_header(r, "x-claude-code-session-id");
	uint64_t h = hash64(HASH64_INIT, str_of(key_id));

	if (session.n) {
		h = hash64(h, session);
		h = hash64(h, request_header(r, "x-claude-code-agent-id"));
	} else if ((session = session_in(chat->user_id)).n) {
		h = hash64(h, session);
	} else {
		h = hash64(h, str_sub(chat->system, 0, BEGINNING));
		h = hash64(h, str_sub(first_message(doc), 0, BEGINNING));
	}
	return h ? h : 1;
}
