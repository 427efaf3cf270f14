/* What the parts of the chat/completions writer share.  Private to it. */
#ifndef PROTO_REQUEST_WRITER_H
#define PROTO_REQUEST_WRITER_H

#include "proto/chat_turn.h"
#include "proto/flavour_traits.h"
#include "proto/json_extra.h"
#include "proto/openai_request.h"

struct request_writer {
	struct buf *out;
	const struct chat_request *r;
	const struct openai_target *target;
	struct arena *arena;
	struct json_extra extra; /* target->extra_body */
	bool comma;		 /* a member stands before */
};

/* Starts the member key; false when extra_body has its own. */
bool writer_member(struct request_writer *w, const char *key);
bool writer_has(const struct request_writer *w, enum flavour_trait trait);
bool writer_refused(const struct request_writer *w, enum openai_param param);

/* The value of `messages`; *prefill: the last one is to be continued. */
void request_write_messages(struct request_writer *w, bool *prefill);
void request_write_tools(struct request_writer *w);
/* Only the list of tools; false: none is offered. */
bool request_write_functions(struct request_writer *w);
void request_write_thinking(struct request_writer *w);
/* Only what the template is told (chat_template_kwargs). */
void request_write_kwargs(struct request_writer *w);
void request_write_format(struct request_writer *w);
/* §7.1: what the backend is told instead of name. */
struct str request_tool_name(const struct request_writer *w, struct str name);
/* Can schema be enforced strictly as it stands (§9)? */
bool output_schema_is_strict(struct str schema);

/* One item as string contents: text, or the placeholder that stands for it. */
void request_write_item(struct request_writer *w, const struct chat_item *item);
/* Does the item become a part of its own, not text? */
bool request_item_is_part(const struct request_writer *w,
			  const struct chat_item *item);
/* That part: an image or a file. */
void request_write_part(struct request_writer *w, const struct chat_item *item);
/* The content of a tool result as string contents (§6). */
void request_write_result(struct request_writer *w,
			  const struct chat_item *result);

#endif
