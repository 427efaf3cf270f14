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
