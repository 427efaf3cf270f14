/*
 * The list of messages under construction.  The last tool message stays open,
 * because an inline system turn may still be added to its content (§5.2).
 * Private to the request writer.
 */
#ifndef PROTO_MESSAGE_WRITER_H
#define PROTO_MESSAGE_WRITER_H

#include "proto/request_writer.h"

enum open_content { OPEN_NONE, OPEN_STRING, OPEN_PARTS };

struct message_writer {
	struct request_writer *w;
	bool comma;
	enum open_content open; /* of the tool message that stands last */
	size_t start;		/* where its content starts */
	size_t spoken;		/* messages that are not the system prompt */
};

/* A part of the user message that is being collected. */
struct user_part {
	const struct chat_item *item;
	/* "Image" or "Document" for the line that introduces one of a tool
	 * result, item being the result; else NULL. */
	const char *label;
};

struct user_parts {
	struct user_part *v;
	size_t n, cap;
};

/* Ends an open message and starts the next: `{"role":"<role>"`. */
void message_begin(struct message_writer *m, const char *role);
void message_close(struct message_writer *m);
/* A tool message that answers call; result NULL: there is none. */
void message_tool(struct message_writer *m, const struct chat_item *call,
		  const struct chat_item *result);
/* Adds a text of its own to the open tool message. */
void message_tool_add(struct message_writer *m, const struct chat_item *item);
/* A system message in place (mode keep). */
void message_system(struct message_writer *m, const struct chat_item *item);
void user_parts_add(struct user_parts *parts, struct arena *a,
		    const struct chat_item *item, const char *label);
/* Writes what was collected as one user message, if anything, and empties
 * parts. */
void message_user(struct message_writer *m, struct user_parts *parts);
/* One message of n consecutive turns; true when it can be continued. */
bool message_assistant(struct message_writer *m, const struct chat_turn *turns,
		       size_t n, bool last);

#endif
