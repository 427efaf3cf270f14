/*
 * The conversation of a chat_request: turns of items, already checked and
 * cleared of Anthropic's block types.  Private to the request translators.
 *
 * Strings called chars are JSON string contents as the client wrote them.
 */
#ifndef PROTO_CHAT_TURN_H
#define PROTO_CHAT_TURN_H

#include "base/arena.h"
#include "base/str.h"

enum chat_item_kind {
	ITEM_TEXT,     /* text: chars */
	ITEM_JSON,     /* text: raw JSON, to be shown as text */
	ITEM_IMAGE,    /* text: chars of the base64 data or the URL */
	ITEM_PDF,      /* text: chars of the base64 data */
	ITEM_THINKING, /* text: chars */
	ITEM_CALL,     /* text: raw JSON object, the input */
	ITEM_RESULT,   /* more->parts: the content */
	ITEM_SYSTEM    /* more->parts: texts of an inline system turn (§5.2) */
};

struct chat_item {
	enum chat_item_kind kind;
	bool glued; /* goes on the text of the item before, no separator */
	struct str text;
	struct chat_more *more; /* NULL for texts and thinking */
};

struct chat_items {
	struct chat_item *v;
	size_t n, cap;
};

struct chat_more {
	struct str id;	 /* decoded: CALL, RESULT */
	struct str name; /* CALL: decoded; IMAGE: chars of the media type, empty
			    for a URL; PDF: chars of the title or file name */
	struct chat_items parts;
	bool is_error;		 /* RESULT */
	struct chat_item *other; /* RESULT: its call; CALL: its result; or NULL
				  */
};

struct chat_turn {
	bool assistant;	 /* else the user's */
	size_t position; /* in the client's messages */
	struct chat_items items;
};

struct chat_tool {
	struct str name;	/* decoded */
	struct str description; /* chars; p == NULL: none */
	struct str parameters;	/* raw JSON schema */
	bool strict;
};

/* Appends a zeroed item; memory comes from the arena. */
struct chat_item *chat_items_add(struct chat_items *list, struct arena *a,
				 enum chat_item_kind kind, struct str text);
/* As above with a chat_more of its own. */
struct chat_item *chat_items_add_more(struct chat_items *list, struct arena *a,
				      enum chat_item_kind kind,
				      struct str text);
/* The texts of list, joined with sep (chars). */
struct str chat_items_join(const struct chat_items *list, struct str sep,
			   struct arena *a);

#endif
