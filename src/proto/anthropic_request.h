/* Reads the body of POST /v1/messages (messages-api §§3-7). */
#ifndef PROTO_ANTHROPIC_REQUEST_H
#define PROTO_ANTHROPIC_REQUEST_H

#include "proto/chat.h"

struct anthropic_request_options {
	bool counting;		/* count_tokens: max_tokens may be missing */
	bool keep_attribution;	/* do not remove x-anthropic-billing-header */
	bool strict_tool_pairs; /* 400 instead of repair (§5.3) */
	bool threaded;		/* somebody sees to `thread` */
	bool can_search; /* somebody sees to web_search as the only tool */
};

/*
 * Validates and translates.  doc receives the parse of body; doc, body and a
 * must outlive *out.  0, or -1 with ERR_BAD_REQUEST and the message of §3.
 */
int anthropic_request_read(struct chat_request *out, struct jdoc *doc,
			   struct str body, struct arena *a,
			   const struct anthropic_request_options *options,
			   struct err *e);

/*
 * The session part of metadata.user_id: both the `..._session_<uuid>` and the
 * JSON document form of Claude Code.  Empty when there is none.
 */
struct str anthropic_session_of(struct str user_id, struct arena *a);

#endif
