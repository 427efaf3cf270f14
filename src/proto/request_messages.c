/* The list of messages: roles, contents, turns (messages-api §§3, 5). */
#include "proto/request_reader.h"

enum role { ROLE_USER, ROLE_ASSISTANT, ROLE_SYSTEM };

static int read_role(struct request_reader *r, const struct place *at, jref v,
		     enum role *out)
{
	static const struct {
		const char *word;
		enum role role;
	} roles[] = {
	    {"user", ROLE_USER},     {"assistant", ROLE_ASSISTANT},
	    {"system", ROLE_SYSTEM}, {"ctx", ROLE_USER},
	    {"msg", ROLE_USER},
	};

	if (v == JNONE)
		return reader_fail(r, at, "role", "Field required");
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		if (jdoc_string_is(r->doc, v, roles[i].word)) {
			*out = roles[i].role;
			return 0;
		}
	}
	return reader_fail(r, at, "role",
			   "Input should be 'user', 'assistant' or 'system'");
}

static int read_list(struct request_reader *r, const struct place *message,
		     jref content, struct chat_turn *turn)
{
	struct block b = {.at = {message, "content", 0},
			  .assistant = turn->assistant};

	for (jref v = jdoc_first(r->doc, content); v != JNONE;
	     v = jdoc_next(r->doc, content, v)) {
		if (block_open(r, v, &b) < 0 ||
		    request_block_read(r, &b, &turn->items) < 0)
			return -1;
		b.at.index++;
	}
	return 0;
}

static int read_content(struct request_reader *r, const struct place *message,
			jref content, struct chat_turn *turn)
{
	struct str chars;

	switch (jdoc_type(r->doc, content)) {
	case J_NONE:
		return reader_fail(r, message, "content", "Field required");
	case J_STRING:
		if (reader_optional_chars(r, content, &chars) < 0)
			return -1;
		if (chars.n)
			chat_items_add(&turn->items, r->arena, ITEM_TEXT,
				       chars);
		return 0;
	case J_ARRAY:
		return read_list(r, message, content, turn);
	default:
		return reader_fail(r, message, "content",
				   "Input should be a valid string or list");
	}
}

/* Leading ones belong to the system prompt; others stay where they are. */
static int read_system_turn(struct request_reader *r,
			    const struct place *message, jref content,
			    struct chat_items *system, struct chat_turn *turn)
{
	struct place at = {message, "content", NO_INDEX};
	struct chat_items texts = {NULL, 0, 0};
	struct chat_item *item;

	if (content == JNONE)
		return reader_fail(r, message, "content", "Field required");
	if (r->out->nturns == 0)
		return request_system_texts(r, &at, content, system);
	if (request_system_texts(r, &at, content, &texts) < 0)
		return -1;
	if (texts.n) {
		item = chat_items_add_more(&turn->items, r->arena, ITEM_SYSTEM,
					   STR_NONE);
		item->more->parts = texts;
	}
	return 0;
}

static int read_message(struct request_reader *r, const struct place *at,
			jref message, struct chat_items *system,
			struct chat_turn *turn)
{
	static const struct str names[] = {STR("role"), STR("content")};
	enum role role = ROLE_USER;
	jref f[2];

	if (jdoc_type(r->doc, message) != J_OBJECT)
		return reader_fail(r, at, NULL,
				   "Input should be a valid dictionary");
	json_fields(r->doc, message, names, 2, f);
	if (read_role(r, at, f[0], &role) < 0)
		return -1;
	turn->assistant = role == ROLE_ASSISTANT;
	turn->position = at->index;
	if (role == ROLE_SYSTEM)
		return read_system_turn(r, at, f[1], system, turn);
	return read_content(r, at, f[1], turn);
}

int request_messages_read(struct request_reader *r, jref messages,
			  struct chat_items *system)
{
	struct place at = {NULL, "messages", 0};
	struct chat_turn *turns =
	    arena_array(r->arena, jdoc_count(r->doc, messages), sizeof(*turns));
	jref next;

	r->out->turns = turns;
	for (jref v = jdoc_first(r->doc, messages); v != JNONE; v = next) {
		struct chat_turn *turn = &turns[r->out->nturns];

		*turn = (struct chat_turn){.assistant = false};
		if (read_message(r, &at, v, system, turn) < 0)
			return -1;
		at.index++;
		next = jdoc_next(r->doc, messages, v);
		/* A turn of nothing is none, but an empty last turn still
		 * says that the assistant's turn before it is over. */
		if (turn->items.n || turn->assistant || next == JNONE)
			r->out->nturns++;
	}
	return request_pairs_match(r, turns, r->out->nturns);
}
