/* Which requests belong together: they share a prefix that one backend has in
 * its cache (architecture §6). */
#ifndef RELAY_SESSION_KEY_H
#define RELAY_SESSION_KEY_H

#include "proto/chat.h"
#include "web/request.h"

/* By Claude Code's session and agent, else the session named in
 * metadata.user_id, else how the conversation begins; always within one API
 * key.  doc holds the request's body.  Never 0. */
uint64_t session_key(const struct request *r, const struct jdoc *doc,
		     const struct chat_request *chat, const char *key_id);
/* The same for OpenAI's endpoints: by what clients call a session, else how the
 * prompt begins. */
uint64_t session_key_openai(const struct request *r, const struct jdoc *doc,
			    const char *key_id);

#endif
